import type { TuningOptions } from './api'
import { flag, invalid, isCallback, number, object, optionalText } from './checks'
import { httpOf } from './http'
import type { NativeOptions, NativePatience } from './native'
import type { Described } from './providers'
import { describeStore } from './stores'
import type { Unasked } from './unasked'

/** What differs between the drop-in and the general API. */
export interface Defaults {
  /** Tries within one renewal. */
  attempts: number
  /** Are failures remembered? */
  coolsDown: boolean
  /** How long before its expiry a token is renewed, in seconds. */
  margin: number | 'auto'
  /** Are the proxies of the environment used? */
  proxy: boolean
}

/** The drop-in does what the class before it did, and nothing that its users would have to learn. */
export const DROP_IN: Defaults = { attempts: 1, coolsDown: false, margin: 60, proxy: false }
export const GENERAL: Defaults = { attempts: 3, coolsDown: true, margin: 'auto', proxy: true }

/** The options as the native side takes them; throws an INVALID_OPTION that names the option. */
export function toNativeOptions(
  options: TuningOptions & { refreshMarginSeconds?: number | 'auto' | undefined },
  who: Pick<Described, 'patience'>,
  defaults: Defaults,
  unasked: Pick<Unasked, 'background'>,
): NativeOptions {
  const ttlSeconds = number(options.ttlSeconds, 'ttlSeconds', { above: 0 })
  const margin = marginOf(options.refreshMarginSeconds) ?? defaults.margin
  const fallbackEnv = optionalText(options.fallbackEnv, 'fallbackEnv')
  const retry = object(options.retry, 'retry') ?? {}
  // First: whoever gives both is told of both, whether or not either could be used.
  const hasOwnFetch = hasFetch(options)
  const checked: NativeOptions = {
    ...(fallbackEnv === undefined ? undefined : { fallbackEnv }),
    hasLogger: hasLogger(options.logger),
    ...(margin === 'auto' ? undefined : { marginMs: margin * 1000 }),
    background: unasked.background,
    ...(ttlSeconds === undefined ? undefined : { ttlMs: ttlSeconds * 1000 }),
    ...patienceOf(options, who, defaults),
    serveStale: flag(options.serveStale, 'serveStale') ?? true,
    baseDelayMs: number(retry.baseDelayMs, 'retry.baseDelayMs', { from: 0 }) ?? 200,
    maxDelayMs: number(retry.maxDelayMs, 'retry.maxDelayMs', { from: 0 }) ?? 5000,
    coolsDown: defaults.coolsDown,
    http: httpOf(options, defaults.proxy),
    hasFetch: hasOwnFetch,
  }
  // Last, because a store of callbacks is taken then, and lives until the native side says that it is done with it.
  const store = describeStore(options.store)
  return store === null ? checked : { ...checked, store }
}

/** The part of it that depends on the provider. */
export function patienceOf(
  options: Pick<TuningOptions, 'timeoutMs' | 'deadlineMs' | 'retry'>,
  { patience }: Pick<Described, 'patience'>,
  defaults: Defaults,
): NativePatience {
  const retry = object(options.retry, 'retry') ?? {}
  const attempts = number(retry.attempts, 'retry.attempts', { from: 1 }) ?? patience?.attempts ?? defaults.attempts
  if (!Number.isInteger(attempts) || attempts > 100) throw invalid('retry.attempts', 'must be a whole number from 1 to 100')
  return {
    timeoutMs: number(options.timeoutMs, 'timeoutMs', { above: 0 }) ?? patience?.timeoutMs ?? 10_000,
    deadlineMs: number(options.deadlineMs, 'deadlineMs', { above: 0 }) ?? patience?.deadlineMs ?? 30_000,
    attempts,
  }
}

function marginOf(value: unknown): number | 'auto' | undefined {
  if (value === 'auto') return value
  if (typeof value === 'string') throw invalid('refreshMarginSeconds', "must be a number or 'auto'")
  return number(value, 'refreshMarginSeconds', { from: 0 })
}

function hasFetch({ fetch, tls, proxy }: TuningOptions): boolean {
  if (!isCallback(fetch, 'fetch', 'a promise of a Response')) return false
  // It would go unused, and its user would believe that it is in force.
  const unused = { tls: Object.values(tls ?? {}).some((value) => value != null), proxy: Boolean(proxy) }
  for (const [name, isGiven] of Object.entries(unused)) {
    if (isGiven) throw invalid(name, 'and fetch exclude one another: give it to the agent of your fetch')
  }
  return true
}

function hasLogger(value: unknown): boolean {
  if (value === undefined || value === null) return false
  const { info, warn } = value as Record<string, unknown>
  if (typeof info === 'function' && typeof warn === 'function') return true
  throw invalid('logger', 'must have the methods info and warn, as pino and console do')
}
