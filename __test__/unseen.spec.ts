// No secret in anything that is published: channels, spans, metrics, events, log lines and status, searched to the bottom.
import { subscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { baserow, createTokenManager, custom, fileStore, jsonLogin, oauth2 } from 'tokenkeep'
import type { Provider, TokenEvent } from 'tokenkeep'
import { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterAll, expect, it } from 'vitest'
import { between } from './between'
import { recorder } from './recorder'

const EVENTS = ['login', 'refresh', 'restore', 'invalidate', 'failure'] as const
const CHANNELS = ['tracing:tokenkeep.renew:start', 'tracing:tokenkeep.renew:end', 'tracing:tokenkeep.renew:asyncStart',
  'tracing:tokenkeep.renew:asyncEnd', 'tracing:tokenkeep.renew:error', 'tokenkeep.invalidate', 'tokenkeep.restore']
const WRONG = 'the-wrong-password-that-was-planted'
const THROWN = 'the-secret-that-a-callback-threw'
/** In whatever an answer calls them: access tokens, refresh tokens, those of scopes. */
const TOKENS = /"(?:\w+_)?token":"([^"\\]+)"/g

const dir = mkdtempSync(join(tmpdir(), 'tokenkeep-unseen-'))
afterAll(() => rmSync(dir, { recursive: true }))

it('passwords, keys and tokens are in none of it', async () => {
  const published: unknown[] = []
  const told = new Set<string>()
  for (const name of CHANNELS) subscribe(name, (message) => (told.add(name), published.push(message)))
  const spans = new InMemorySpanExporter()
  const figures = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter: figures, exportIntervalMillis: 2 ** 30 })
  const meters = new MeterProvider({ readers: [reader] })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
  metrics.setGlobalMeterProvider(meters)

  await using modern = await startBaserow()
  await using server = await startTokenServer({ opaque: true })
  await using way = await between()
  const secrets = new Set([DEFAULT_USER.password, DEFAULT_KEY, WRONG, THROWN])
  const { logger, lines } = recorder()
  /** What was thrown by a callback is its user's own, secrets and all, and comes back as the cause. */
  const theirs = new Set<unknown>()
  /** All of an error, down to what is not ours. */
  const whole = (error: unknown): unknown => {
    if (!(error instanceof Error)) return error
    if (theirs.has(error)) return 'thrown by a callback'
    const parts = Object.getOwnPropertyNames(error).map((name) => [name, name === 'cause' ? whole(error.cause) : (error as never)[name]])
    return [String(error), Object.fromEntries(parts)]
  }
  const throwing = async () => {
    const error = Object.assign(new Error('refused'), { config: { data: THROWN } })
    theirs.add(error)
    throw error
  }
  const events = new Set<string>()
  let rounds = 0
  const own = async () => ({ token: keep(`own-access-token-${++rounds}`), refreshToken: keep(`own-refresh-token-${rounds}`), scoped: { some: keep(`own-scoped-token-${rounds}`) } })
  const [url, baseUrl] = [modern.url, modern.baseUrl].map(way.through) as [string, string]
  const providers: Provider[] = [
    baserow({ baseUrl, email: DEFAULT_USER.email, password: DEFAULT_USER.password }),
    baserow({ baseUrl, email: DEFAULT_USER.email, password: WRONG }),
    jsonLogin({ url: way.through(server.loginUrl), refreshUrl: way.through(server.refreshUrl), body: { api_key: DEFAULT_KEY } }),
    jsonLogin({ url: `${url}/api/user/token-auth/?key=${WRONG}`, body: { password: WRONG }, account: 'nobody' }),
    oauth2({ tokenUrl: way.through(server.tokenUrl), clientId: 'nightly-report', clientSecret: DEFAULT_KEY, grant: 'client_credentials' }),
    custom({ account: 'throwing', credential: WRONG, login: throwing as never }),
    custom({ account: 'own', credential: WRONG, login: own, refresh: own }),
  ]
  function keep(token: string): string {
    secrets.add(token)
    return token
  }
  for (const provider of providers) {
    const options = { provider, logger, retry: { attempts: 1 }, ttlSeconds: 600, store: fileStore({ dir }) }
    const heard = (each: TokenEvent) => void (events.add(each.name), published.push({ ...each, error: whole(each.error) }))
    const failed = (error: unknown) => void published.push(whole(error))
    // What it gets lies in the store for the one that comes after it.
    await using first = createTokenManager(options)
    for (const event of EVENTS) first.on(event, heard)
    await first.getToken().then(keep, failed)
    await first.close()
    await using manager = createTokenManager(options)
    for (const event of EVENTS) manager.on(event, heard)
    const renew = async () => manager.getToken({ forceRefresh: true }).then(keep, failed)
    await manager.getToken().then(keep, failed)
    await manager.invalidate()
    // The body of what was sent comes back as an error.
    modern.fail('echo', { times: 2 })
    server.fail('echo', { times: 2 })
    await renew()
    modern.clearFaults()
    server.clearFaults()
    await renew()
    published.push(manager.status(), inspect(manager, { depth: Infinity, showHidden: true }))
  }
  const opaque = way.replies.flatMap((reply) => [...reply.matchAll(TOKENS)].map(([, token]) => keep(token!))).filter((token) => !token.startsWith('eyJ'))
  await reader.forceFlush()
  const parts = spans.getFinishedSpans().map(({ name, attributes, events, status, links, resource }) => ({ name, attributes, events, status, links, resource }))
  published.push(lines, parts, figures.getMetrics())

  expect([...told].sort()).toEqual([...CHANNELS].sort())
  expect([...events].sort()).toEqual([...EVENTS].sort())
  expect(theirs.size).toBeGreaterThan(0)
  // Nothing about these would show but the search for each.
  expect(opaque.length).toBeGreaterThan(4)
  expect(parts.length).toBeGreaterThan(10)
  const all = inspect(published, { depth: Infinity, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity, breakLength: Infinity })
  expect(all).toContain(DEFAULT_USER.email)
  expect(all).toContain('INVALID_CREDENTIALS')
  // Not which: a failure is printed.
  expect([...secrets].filter((secret) => all.includes(secret)).map((secret) => secret.length)).toEqual([])
  expect(all).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}/)
  await meters.shutdown()
})
