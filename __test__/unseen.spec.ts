// No secret in anything that is published: channels, spans, metrics, events, log lines and status, searched to the bottom.
import { subscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { baserow, createTokenManager, custom, jsonLogin, oauth2 } from 'tokenkeep'
import type { Provider, TokenEvent } from 'tokenkeep'
import { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { expect, it } from 'vitest'
import { recorder } from './recorder'

const EVENTS = ['login', 'refresh', 'restore', 'invalidate', 'failure'] as const
const CHANNELS = ['tracing:tokenkeep.renew:start', 'tracing:tokenkeep.renew:end', 'tracing:tokenkeep.renew:asyncStart',
  'tracing:tokenkeep.renew:asyncEnd', 'tracing:tokenkeep.renew:error', 'tokenkeep.invalidate', 'tokenkeep.restore']
const WRONG = 'the-wrong-password-that-was-planted'
const THROWN = 'the-secret-that-a-callback-threw'

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
  await using server = await startTokenServer()
  const secrets = new Set([DEFAULT_USER.password, DEFAULT_KEY, WRONG, THROWN])
  const { logger, lines } = recorder()
  const throwing = async () => {
    throw Object.assign(new Error('refused'), { config: { data: THROWN } })
  }
  let rounds = 0
  const own = async () => ({ token: keep(`own-access-token-${++rounds}`), refreshToken: keep(`own-refresh-token-${rounds}`), scoped: { some: keep(`own-scoped-token-${rounds}`) } })
  const { url, baseUrl } = modern
  const providers: Provider[] = [
    baserow({ baseUrl, email: DEFAULT_USER.email, password: DEFAULT_USER.password }),
    baserow({ baseUrl, email: DEFAULT_USER.email, password: WRONG }),
    jsonLogin({ url: server.loginUrl, body: { api_key: DEFAULT_KEY } }),
    jsonLogin({ url: `${url}/api/user/token-auth/?key=${WRONG}`, body: { password: WRONG }, account: 'nobody' }),
    oauth2({ tokenUrl: server.tokenUrl, clientId: 'nightly-report', clientSecret: DEFAULT_KEY, grant: 'client_credentials' }),
    custom({ account: 'throwing', credential: WRONG, login: throwing as never }),
    custom({ account: 'own', credential: WRONG, login: own, refresh: own }),
  ]
  function keep(token: string): string {
    secrets.add(token)
    return token
  }
  for (const provider of providers) {
    await using manager = createTokenManager({ provider, logger, retry: { attempts: 1 }, ttlSeconds: 600 })
    for (const event of EVENTS) manager.on(event, (each: TokenEvent) => published.push({ ...each, error: each.error?.message }))
    const renew = async () => manager.getToken({ forceRefresh: true }).then(keep, () => undefined)
    await manager.getToken().then(keep, () => undefined)
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
  for (const { body } of modern.requests) for (const [, token] of body.matchAll(/"refresh_token":"([^"]+)"/g)) keep(token!)
  await reader.forceFlush()
  const parts = spans.getFinishedSpans().map(({ name, attributes, events, status, links, resource }) => ({ name, attributes, events, status, links, resource }))
  published.push(lines, parts, figures.getMetrics())

  expect([...told].sort()).toEqual(CHANNELS.filter((name) => name !== 'tokenkeep.restore').sort())
  expect(parts.length).toBeGreaterThan(10)
  const all = inspect(published, { depth: Infinity, showHidden: true, maxArrayLength: Infinity, maxStringLength: Infinity, breakLength: Infinity })
  expect(all).toContain(DEFAULT_USER.email)
  expect(all).toContain('INVALID_CREDENTIALS')
  // Not which: a failure is printed.
  expect([...secrets].filter((secret) => all.includes(secret)).map((secret) => secret.length)).toEqual([])
  expect(all).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}/)
  await meters.shutdown()
})
