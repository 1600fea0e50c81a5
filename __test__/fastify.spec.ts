// The plugin in the real Fastify.
import Fastify, { type FastifyInstance } from 'fastify'
import { BaserowJwtManagerDisabled, TokenError, createBaserowJwtManager } from 'tokenkeep'
import byDefault, { type Condition, type Keeper, tokenPlugin } from 'tokenkeep/fastify'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterEach, describe, expect, it } from 'vitest'

let app: FastifyInstance
afterEach(() => app?.close())

const keeper = (condition?: Condition): Keeper & { closed: number } => ({
  closed: 0,
  status: () => condition ?? new BaserowJwtManagerDisabled().status(),
  async close() {
    this.closed++
  },
})
const cooling = () => new TokenError({ code: 'COOLING_DOWN', message: 'COOLING_DOWN: not asked again yet', retryAfterMs: 1500 })
const throwing = (error: unknown) => async () => {
  throw error
}

describe('the decorator', () => {
  it('is the manager, for the whole app and not for a scope of its own', async () => {
    const manager = keeper()
    app = Fastify()
    await app.register(tokenPlugin, { manager })
    expect(app).toHaveProperty('tokens', manager)
    await app.register(async (scope) => expect(scope).toHaveProperty('tokens', manager))
  })

  it('can have another name, so that an app has two of them', async () => {
    const [one, two] = [keeper(), keeper()]
    app = Fastify()
    await app.register(tokenPlugin, { manager: one, name: 'baserow' })
    await app.register(byDefault, { manager: two, name: 'crm' })
    expect(app).toMatchObject({ baserow: one, crm: two })
    await app.close()
    expect([one.closed, two.closed]).toEqual([1, 1])
  })

  it('a name that is taken is Fastify’s own error', async () => {
    app = Fastify()
    await app.register(tokenPlugin, { manager: keeper() })
    await expect(async () => app.register(tokenPlugin, { manager: keeper() })).rejects.toMatchObject({ code: 'FST_ERR_DEC_ALREADY_PRESENT' })
  })
})

describe('a TokenError', () => {
  it('is answered with its statusCode, its code and Retry-After', async () => {
    app = Fastify()
    await app.register(tokenPlugin, { manager: keeper() })
    app.get('/', throwing(cooling()))
    const response = await app.inject('/')
    expect(response.statusCode).toBe(503)
    expect(response.headers['retry-after']).toBe('2')
    expect(response.json()).toEqual({ statusCode: 503, code: 'COOLING_DOWN', error: 'Service Unavailable', message: 'COOLING_DOWN: not asked again yet' })
  })

  it('is so in every scope, from hooks, and where the handler has begun a success', async () => {
    app = Fastify()
    await app.register(tokenPlugin, { manager: keeper() })
    await app.register(async (scope) => {
      scope.get('/hook', { preHandler: throwing(cooling()) }, async () => 'never')
      scope.get('/begun', async (_request, reply) => {
        reply.code(201)
        throw cooling()
      })
    })
    for (const path of ['/hook', '/begun']) {
      const { statusCode, headers } = await app.inject(path)
      expect([statusCode, headers['retry-after']]).toEqual([503, '2'])
    }
  })

  it('without a time to wait has no Retry-After, and a status that is no error is none', async () => {
    app = Fastify()
    await app.register(tokenPlugin, { manager: keeper() })
    app.get('/timeout', throwing(new TokenError({ code: 'TIMEOUT', message: 'slow' })))
    app.get('/odd', throwing(new TokenError({ code: 'UNEXPECTED_STATUS', message: 'odd', statusCode: 204 })))
    const { statusCode, headers } = await app.inject('/timeout')
    expect([statusCode, headers['retry-after']]).toEqual([504, undefined])
    expect((await app.inject('/odd')).statusCode).toBe(500)
  })

  it('of a handler that waits for a real manager', async () => {
    await using server = await startBaserow()
    const manager = createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, password: 'wrong' })
    app = Fastify()
    await app.register(tokenPlugin, { manager })
    app.get('/', () => manager.getToken())
    const response = await app.inject('/')
    expect([response.statusCode, response.json().code]).toEqual([401, 'INVALID_CREDENTIALS'])
  })

  it('goes to the app’s own error handler, if there is one, whenever it was set', async () => {
    for (const early of [true, false]) {
      app = Fastify()
      const set = () => app.setErrorHandler((error: Error, _request, reply) => reply.code(418).send({ mine: (error as TokenError).code }))
      if (early) set()
      await app.register(tokenPlugin, { manager: keeper() })
      if (!early) set()
      app.get('/', throwing(cooling()))
      const response = await app.inject('/')
      expect([response.statusCode, response.json(), response.headers['retry-after']]).toEqual([418, { mine: 'COOLING_DOWN' }, '2'])
      await app.close()
    }
  })

  it('other errors are as they were', async () => {
    app = Fastify()
    await app.register(tokenPlugin, { manager: keeper() })
    app.get('/', throwing(Object.assign(new Error('mine'), { statusCode: 409, retryAfterMs: 1 })))
    app.get('/bare', throwing(new Error('mine')))
    const response = await app.inject('/')
    expect([response.statusCode, response.headers['retry-after'], response.json().message]).toEqual([409, undefined, 'mine'])
    expect((await app.inject('/bare')).statusCode).toBe(500)
    expect((await app.inject('/missing')).statusCode).toBe(404)
  })
})

describe('the health route', () => {
  const condition = (changes: Partial<Extract<Condition, { state: unknown }>>): Condition => ({
    state: 'valid',
    expiresAt: 2,
    refreshAt: 1,
    renewing: false,
    recent: [],
    lastError: null,
    ...changes,
  })
  const failed = (ago: number) => ({
    recent: [{ at: Date.now() - ago, how: 'login' as const, durationMs: 1, error: 'NETWORK' as const }],
    lastError: { code: 'NETWORK' as const, message: 'alice@example.com at db.internal', at: 3 },
  })

  it.each<[string, Condition, number, string]>([
    ['a token', condition({}), 200, 'ok'],
    ['a token whose renewal fails', condition({ state: 'expiring', ...failed(0) }), 200, 'ok'],
    ['no token yet', condition({ state: 'empty', expiresAt: null }), 200, 'ok'],
    ['no token, and the login fails', condition({ state: 'empty', ...failed(0) }), 503, 'failing'],
    ['an expired token, and the login fails', condition({ state: 'expired', ...failed(0) }), 503, 'failing'],
    ['a failure that is a minute old: somebody has to try again', condition({ state: 'expired', ...failed(61_000) }), 200, 'ok'],
    ['no credentials', condition({ state: 'disabled' }), 503, 'failing'],
    ['a pool', { accounts: 3, states: { valid: 1, expired: 2 } }, 200, 'ok'],
  ])('%s', async (_what, now, status, word) => {
    app = Fastify()
    await app.register(tokenPlugin, { manager: keeper(now), health: '/health' })
    const response = await app.inject('/health')
    expect([response.statusCode, response.json().status, response.headers['cache-control']]).toEqual([status, word, 'no-store'])
    expect(response.body).not.toMatch(/alice|internal/)
  })

  it('says how a real manager is, without a request and without a secret', async () => {
    await using server = await startBaserow()
    const manager = createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER })
    app = Fastify()
    await app.register(tokenPlugin, { manager, health: '/health' })
    expect((await app.inject('/health')).json()).toEqual({ status: 'ok', state: 'empty', expiresAt: null, refreshAt: null, renewing: false, lastError: null })
    expect(server.counters.connections).toBe(0)
    const token = await manager.getToken()
    const { body } = await app.inject('/health')
    expect(JSON.parse(body)).toMatchObject({ status: 'ok', state: 'valid' })
    for (const secret of [token, DEFAULT_USER.password, DEFAULT_USER.email]) expect(body).not.toContain(secret)
  })

  it('is there only when it is asked for', async () => {
    app = Fastify()
    await app.register(tokenPlugin, { manager: keeper() })
    expect((await app.inject('/health')).statusCode).toBe(404)
  })
})

it('closes the manager with the app', async () => {
  await using server = await startBaserow()
  const manager = createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER })
  app = Fastify()
  await app.register(tokenPlugin, { manager })
  await app.close()
  await expect(manager.getToken()).rejects.toMatchObject({ code: 'CLOSED' })
})

it.each<[string, unknown, RegExp]>([
  ['no manager', {}, /INVALID_OPTION: manager /],
  ['a name that is none', { manager: keeper(), name: '' }, /INVALID_OPTION: name /],
  ['a path that is none', { manager: keeper(), health: 'health' }, /INVALID_OPTION: health /],
])('%s is refused by name', async (_what, options, message) => {
  app = Fastify()
  await expect(async () => app.register(tokenPlugin, options as never)).rejects.toThrow(message)
})
