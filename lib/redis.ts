import type { Store } from './api'
import { invalid, number, object, optionalText, options as given } from './checks'
import { keysOf } from './encryption'
import { type RedisClient, serverOf } from './redis/client'
import { Dialled } from './redis/dialled'
import { driver } from './redis/drivers'
import { Line } from './redis/line'
import { nameOf, placeOf } from './redis/place'
import { callbacksOn } from './redis/records'
import { OUTSIDE, type Outside } from './shelves'

export type { Store } from './api'
export type { IoredisClient, NodeRedisClient, RedisClient } from './redis/client'

/** Where a {@link redisStore} keeps sessions: through a client of your own, or at a URL. */
export type RedisStoreOptions = RedisStoreTuning &
  (
    | {
        /**
         * A client of `ioredis` (or its Cluster) or `redis` (node-redis 4 or newer, or its cluster, sentinel or pool), with your settings. It
         * stays yours: whoever made it connects and closes it.
         */
        client: RedisClient
        url?: undefined
      }
    | {
        /**
         * `redis://[user:password@]host[:6379][/0]`, `rediss://…` for TLS, or `unix:///path`. Connects through `ioredis` or `redis`, whichever
         * is installed, when there is something to ask, and keeps no process alive.
         */
        url: string
        client?: undefined
      }
  )

/** How a {@link redisStore} works. */
export interface RedisStoreTuning {
  /** What all keys begin with. Defaults to `tokenkeep:`. */
  keyPrefix?: string | undefined
  /**
   * 32 bytes, or their base64 or hex: the records are sealed with it (XChaCha20-Poly1305). Of a list the first seals and all open, so that a key
   * can be replaced. Defaults to none.
   */
  encryptionKey?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined
  /**
   * For how long the lease of a process that died keeps others from renewing. It is renewed while the process lives. Defaults to 10,000, at least 1,200 and at most a
   * day.
   */
  leaseMs?: number | undefined
  /** For how long one answer of Redis is waited for. Defaults to 1,000, and is at most a day. */
  timeoutMs?: number | undefined
}

/** A {@link Store} in Redis. */
export interface RedisStore extends Store {
  readonly kind: 'redis'
  /** Ends the connection that a `url` has brought; a client of your own stays as it is. Nothing has to wait for it. */
  close(): void
}

const PREFIX = 'tokenkeep:'
const LEASE_MS = 10_000
/** Two thirds of it (`lease.ts`), and then what a look is good for in the core (`limits.look`, 400 ms): a lease must outlast both. */
const LEAST_LEASE_MS = 1200
const TIMEOUT_MS = 1000
/** Of both: nobody means longer, and a timer rings at once for what it cannot count. */
const DAY_MS = 86_400_000

/**
 * Sessions in Redis or Valkey, 6.2 or newer, shared by all hosts that use it: one login for the fleet, and one refresh when it is due.
 * Redis is never why a `getToken()` fails: without it each process goes on with its memory alone, and joins again when it is back.
 */
export function redisStore(options: RedisStoreOptions): RedisStore {
  const { client, url, ...tuning } = given(options)
  if ((client == null) === (url == null)) throw invalid('client', 'or url is needed, and not both')
  const keyPrefix = optionalText(tuning.keyPrefix, 'keyPrefix') ?? PREFIX
  if (/[{}]/.test(keyPrefix)) throw invalid('keyPrefix', 'must not have braces: they decide which server of a cluster has a key')
  const leaseMs = number(tuning.leaseMs, 'leaseMs', { from: LEAST_LEASE_MS, to: DAY_MS }) ?? LEASE_MS
  const timeoutMs = number(tuning.timeoutMs, 'timeoutMs', { above: 0, to: DAY_MS }) ?? TIMEOUT_MS
  const encryptionKeys = keysOf(tuning.encryptionKey)
  const place = url == null ? undefined : placeOf(url)
  const dialled = place === undefined ? undefined : new Dialled(driver(), place, timeoutMs)
  const line = new Line(dialled ?? serverOf(object(client, 'client')), timeoutMs, () => dialled?.hangUp())
  const inside: Outside = {
    callbacks: callbacksOn(line, { keyPrefix, leaseMs: Math.round(leaseMs) }),
    name: place === undefined ? 'Redis' : nameOf(place),
    encryptionKeys,
  }
  const store: RedisStore = { kind: 'redis', close: () => line.end() }
  // Not to be seen when the store is printed.
  Object.defineProperty(store, OUTSIDE, { value: () => inside })
  return Object.freeze(store)
}
