// What a registered OpenTelemetry SDK is told, by the SDK itself; and that nothing is loaded where there is none.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Span, SpanStatusCode, context, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { baserow, createTokenManager, custom } from 'tokenkeep'
import { DEFAULT_USER, type BaserowServer, startBaserow } from 'tokenkeep/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

function tokens(server: BaserowServer, refreshIntervalSeconds?: number) {
  const provider = baserow({ baseUrl: server.baseUrl, email: DEFAULT_USER.email, password: DEFAULT_USER.password })
  return createTokenManager({ provider, retry: { attempts: 1 }, refreshIntervalSeconds })
}

describe('with an SDK', () => {
  const spans = new InMemorySpanExporter()
  const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
  const figures = new InMemoryMetricExporter(AggregationTemporality.DELTA)
  const reader = new PeriodicExportingMetricReader({ exporter: figures, exportIntervalMillis: 2 ** 30 })
  const meters = new MeterProvider({ readers: [reader] })

  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
    trace.setGlobalTracerProvider(tracers)
    metrics.setGlobalMeterProvider(meters)
  })
  afterAll(async () => {
    await meters.shutdown()
    trace.disable()
    metrics.disable()
    context.disable()
  })
  beforeEach(async () => {
    await reader.forceFlush()
    spans.reset()
    figures.reset()
  })

  /** The points of an instrument, what they count and of what kind. */
  async function points(name: string) {
    await reader.forceFlush()
    const all = figures.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    return all.filter(({ descriptor }) => descriptor.name === name).flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ value, attributes }) => ({ unit: descriptor.unit, value, attributes })),
    )
  }

  function inSpan<T>(work: (span: Span) => Promise<T>): Promise<T> {
    return trace.getTracer('the program').startActiveSpan('the caller', async (span) => work(span).finally(() => span.end()))
  }

  it('a renewal is a span of the caller who began it, and one renewal in the metrics', async () => {
    await using server = await startBaserow()
    await using manager = tokens(server)
    const caller = await inSpan(async (span) => {
      await Promise.all(Array.from({ length: 100 }, () => manager.getToken()))
      return span.spanContext()
    })
    const [span, ...more] = spans.getFinishedSpans().filter(({ name }) => name === 'tokenkeep.renew')
    expect(more).toEqual([])
    const where = { 'tokenkeep.provider': 'baserow', 'server.address': '127.0.0.1', 'server.port': Number(new URL(server.url).port) }
    const how = { 'tokenkeep.outcome': 'success', 'tokenkeep.how': 'login' }
    expect(span!.parentSpanContext?.spanId).toBe(caller.spanId)
    expect(span!.instrumentationScope).toMatchObject({ name: 'tokenkeep', version: expect.stringMatching(/^\d/) })
    expect(span!.attributes).toEqual({ ...where, ...how, 'tokenkeep.account': DEFAULT_USER.email, 'tokenkeep.cause': 'first', 'tokenkeep.attempts': 1 })
    expect(await points('tokenkeep.renewals')).toEqual([
      { unit: '{renewal}', value: 1, attributes: { ...where, ...how, 'tokenkeep.cause': 'first' } },
    ])
    const [duration] = await points('tokenkeep.renewal.duration')
    expect(duration).toMatchObject({ unit: 's', value: { count: 1 }, attributes: { ...where, ...how } })
    expect((duration!.value as { sum: number }).sum).toBeLessThan(30)
  })

  it('a failure is an error of its kind', async () => {
    await using server = await startBaserow()
    await using manager = tokens(server)
    server.fail({ kind: 'status', status: 503 }, { times: Infinity })
    await manager.getToken().catch(() => {})
    const [span] = spans.getFinishedSpans()
    expect(span!.status.code).toBe(SpanStatusCode.ERROR)
    expect(span!.attributes).toMatchObject({ 'error.type': 'SERVER_ERROR', 'tokenkeep.outcome': 'failure', 'tokenkeep.attempts': 1 })
    expect(span!.events.map(({ name }) => name)).toEqual(['exception'])
    expect(await points('tokenkeep.renewals')).toMatchObject([{ value: 1, attributes: { 'error.type': 'SERVER_ERROR' } }])
  })

  it('a token that is dropped counts', async () => {
    await using server = await startBaserow()
    await using manager = tokens(server)
    await manager.invalidate(await manager.getToken())
    expect(await points('tokenkeep.invalidations')).toMatchObject([{ value: 1, attributes: { 'tokenkeep.provider': 'baserow' } }])
  })

  it('a login of your own runs within the span, and has no server that could be named', async () => {
    const login = async () => {
      trace.getTracer('the login').startSpan('inside').end()
      return { token: 'opaque', expiresAt: Date.now() + 600_000 }
    }
    await using manager = createTokenManager({ provider: custom({ account: 'spanned', login }) })
    await manager.getToken()
    const [inside, renewal] = spans.getFinishedSpans()
    expect([inside!.name, renewal!.name]).toEqual(['inside', 'tokenkeep.renew'])
    expect(inside!.parentSpanContext?.spanId).toBe(renewal!.spanContext().spanId)
    expect(renewal!.attributes).not.toHaveProperty('server.address')
  })

  it('a renewal by the interval belongs to nobody', async () => {
    await using server = await startBaserow()
    await inSpan(async () => {
      await using manager = tokens(server, 0.1)
      await manager.getToken()
      await expect.poll(() => spans.getFinishedSpans().map(({ attributes }) => attributes['tokenkeep.cause'])).toContain('interval')
    })
    const aside = spans.getFinishedSpans().find(({ attributes }) => attributes['tokenkeep.cause'] === 'interval')!
    expect(aside.parentSpanContext).toBeUndefined()
  })
})

describe('without', () => {
  const program = (before: string) => `
    ${before}
    const { createTokenManager, custom } = require('tokenkeep')
    const login = async () => ({ token: 'opaque', expiresAt: Date.now() + 600000 })
    const tokens = createTokenManager({ provider: custom({ account: 'alone', login }) })
    tokens.getToken().then((token) => console.log(token, Object.keys(require.cache).filter((path) => path.includes('opentelemetry')).length))`
  const run = (code: string, cwd: string) => execFileSync(process.execPath, ['--eval', code], { cwd, encoding: 'utf8' }).trim()

  it('an SDK, the API is not loaded although it is installed', () => {
    expect(run(program(''), root)).toBe('opaque 0')
  })

  it('the API, there are tokens, whatever a program has registered', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-alone-'))
    try {
      const installed = join(folder, 'node_modules', 'tokenkeep')
      mkdirSync(installed, { recursive: true })
      const files = ['package.json', 'dist', ...readdirSync(root).filter((name) => name.endsWith('.node'))]
      for (const name of files) cpSync(join(root, name), join(installed, name), { recursive: true })
      const registered = `globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.9.0', trace: {}, metrics: {} }`
      expect(run(program(registered), folder)).toBe('opaque 0')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
