// The store in Redis as the compiler sees it, beside the clients that it is for.
import { Cluster, Redis } from 'ioredis'
import { createClient, createClientPool, createCluster, createSentinel } from 'redis'
import { createTokenManager, type Provider, type Store } from 'tokenkeep'
import {
  type IoredisClient,
  type NodeRedisClient,
  type RedisClient,
  redisStore,
  type RedisStore,
  type RedisStoreOptions,
  type RedisStoreTuning,
} from 'tokenkeep/redis'
import { expectTypeOf, test } from 'vitest'

declare const provider: Provider

test('takes a URL, or a client of either library, and is a store', () => {
  expectTypeOf(redisStore).toEqualTypeOf<(options: RedisStoreOptions) => RedisStore>()
  expectTypeOf<RedisStore>().toExtend<Store>()
  expectTypeOf<RedisStore['kind']>().toEqualTypeOf<'redis'>()
  expectTypeOf<RedisStore['close']>().toEqualTypeOf<() => void>()
  createTokenManager({ provider, store: redisStore({ url: 'redis://localhost' }) })
  for (const client of [new Redis(), new Cluster([])]) expectTypeOf(client).toExtend<IoredisClient>()
  redisStore({ client: new Redis() })
  redisStore({ client: new Cluster([]) })
  redisStore({ client: createClient() })
  redisStore({ client: createClientPool() })
  redisStore({ client: createCluster({ rootNodes: [] }) })
  redisStore({ client: createSentinel({ name: 'mymaster', sentinelRootNodes: [] }) })
  expectTypeOf<RedisClient>().toEqualTypeOf<IoredisClient | NodeRedisClient>()
  expectTypeOf<IoredisClient['eval']>().toEqualTypeOf<(script: string, numberOfKeys: number, ...keysAndArguments: string[]) => Promise<unknown>>()
  expectTypeOf<NodeRedisClient['eval']>().toEqualTypeOf<(script: string, options: { keys: string[]; arguments: string[] }) => Promise<unknown>>()
  expectTypeOf<NodeRedisClient>().toHaveProperty('hmGet')
  // By the names of a command each of the two libraries is known.
  expectTypeOf<Pick<IoredisClient, 'status'>>().toEqualTypeOf<{ readonly status: string }>()
  expectTypeOf<NodeRedisClient['hmGet']>().toEqualTypeOf<unknown>()
  // @ts-expect-error one of the two
  redisStore({})
  // @ts-expect-error and not both
  redisStore({ url: 'redis://localhost', client: new Redis() })
  // @ts-expect-error not a client
  redisStore({ client: { get: () => 'value' } })
})

test('is tuned by names with units', () => {
  const key = new Uint8Array(32)
  redisStore({ url: 'redis://localhost', keyPrefix: 'app:', encryptionKey: [key, 'ab'.repeat(32)], leaseMs: 5000, timeoutMs: 500 })
  redisStore({ url: 'redis://localhost', keyPrefix: undefined, encryptionKey: undefined, leaseMs: undefined, timeoutMs: undefined })
  expectTypeOf<RedisStoreTuning>().toEqualTypeOf<{
    keyPrefix?: string | undefined
    encryptionKey?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined
    leaseMs?: number | undefined
    timeoutMs?: number | undefined
  }>()
  // @ts-expect-error not in seconds
  redisStore({ url: 'redis://localhost', leaseSeconds: 5 })
})
