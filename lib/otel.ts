import { subscribe } from 'node:diagnostics_channel'
import type * as Api from '@opentelemetry/api'
import type { TokenInvalidation, TokenRenewal } from './api'

declare const require: (id: string) => unknown

/** Where every copy of `@opentelemetry/api` keeps what a program has registered. */
const REGISTRY = Symbol.for('opentelemetry.js.api.1')

const NAME = 'tokenkeep'

/** In seconds: from a session found on disk to a login that takes its whole deadline. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Begun by nobody who could be named: what its timer was set in is not where it belongs. */
const OWN_ACCORD: readonly string[] = ['interval', 'background']

/** `null`: it is not installed. */
let api: typeof Api | null | undefined
let version: string | undefined
let instruments: Instruments | undefined
const spans = new WeakMap<TokenRenewal, Api.Span>()

interface Instruments {
  of: Api.MeterProvider
  renewals: Api.Counter
  duration: Api.Histogram
  invalidations: Api.Counter
}

/**
 * Has OpenTelemetry told of renewals, if the program has registered an SDK by now. Else nothing is loaded: without one it could
 * only be told in vain.
 */
export function attach(): void {
  if (api !== undefined) return
  const registered = (globalThis as { [REGISTRY]?: { trace?: unknown; metrics?: unknown } })[REGISTRY]
  if (registered?.trace === undefined && registered?.metrics === undefined) return
  try {
    api = require('@opentelemetry/api') as typeof Api
    ;({ version } = require('../package.json') as { version: string })
  } catch {
    api = null
    return
  }
  subscribe('tracing:tokenkeep.renew:start', (told) => start(told as TokenRenewal))
  subscribe('tracing:tokenkeep.renew:asyncEnd', (told) => end(told as TokenRenewal))
  subscribe('tokenkeep.invalidate', (told) => {
    metered().invalidations.add(1, whereabouts(told as TokenInvalidation))
  })
}

/** Does `work` where the span of this renewal is the active one. */
export function within<T>(told: TokenRenewal, work: () => T): T {
  const span = spans.get(told)
  return span === undefined ? work() : api!.context.with(api!.trace.setSpan(api!.context.active(), span), work)
}

function start(told: TokenRenewal): void {
  const attributes = { ...whereabouts(told), 'tokenkeep.account': told.account, 'tokenkeep.cause': told.cause }
  const root = OWN_ACCORD.includes(told.cause)
  spans.set(told, api!.trace.getTracer(NAME, version).startSpan('tokenkeep.renew', { attributes, root }))
}

function end(told: TokenRenewal): void {
  const { outcome, how, attempts = [], durationMs = 0, error } = told
  const result = {
    'tokenkeep.outcome': outcome!,
    ...(how === undefined ? undefined : { 'tokenkeep.how': how }),
    ...(error === undefined ? undefined : { 'error.type': error.code }),
  }
  const span = spans.get(told)
  if (span !== undefined) {
    span.setAttributes({ ...result, 'tokenkeep.attempts': attempts.length })
    if (error !== undefined) {
      span.setStatus({ code: api!.SpanStatusCode.ERROR, message: error.message })
      span.recordException({ code: error.code, name: error.name, message: error.message })
    }
    span.end()
  }
  const { renewals, duration } = metered()
  // Without the account: a pool may have a hundred thousand.
  const attributes = { ...whereabouts(told), ...result }
  renewals.add(1, { ...attributes, 'tokenkeep.cause': told.cause })
  duration.record(durationMs / 1000, attributes)
}

/** The instruments of the meter provider that is registered at the moment. */
function metered(): Instruments {
  const of = api!.metrics.getMeterProvider()
  if (instruments?.of === of) return instruments
  const meter = of.getMeter(NAME, version)
  instruments = {
    of,
    renewals: meter.createCounter('tokenkeep.renewals', { unit: '{renewal}', description: 'Renewals that have ended' }),
    duration: meter.createHistogram('tokenkeep.renewal.duration', {
      unit: 's',
      description: 'How long renewals took',
      advice: { explicitBucketBoundaries: BOUNDARIES },
    }),
    invalidations: meter.createCounter('tokenkeep.invalidations', {
      unit: '{token}',
      description: 'Tokens dropped before their time',
    }),
  }
  return instruments
}

function whereabouts({ provider, host }: TokenInvalidation | TokenRenewal): Api.Attributes {
  // A login of one's own has no server that could be named: its place is taken by a word in brackets.
  if (host.includes('(')) return { 'tokenkeep.provider': provider }
  const [, address = host, port] = /^(.*?)(?::(\d+))?$/.exec(host) ?? []
  return {
    'tokenkeep.provider': provider,
    'server.address': address,
    ...(port === undefined ? undefined : { 'server.port': Number(port) }),
  }
}
