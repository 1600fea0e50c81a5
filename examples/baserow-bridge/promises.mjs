// What code written for the old class relies on, and what was wrong there: on an embedded server, which can be made to misbehave.
import assert from 'node:assert/strict'
import pino from 'pino'
import { BaserowAuthError, BaserowJwtManagerDisabled, BaserowJwtManagerImpl, createBaserowJwtManager } from 'tokenkeep'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { check } from '../report.mjs'

const MINUTE = 60_000

/** A server, and managers of its user. Both are gone when `ask` ends. */
async function at(settings, ask) {
  const server = await startBaserow(settings)
  const made = []
  const manager = (more) => {
    made.push(createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, ...more }))
    return made.at(-1)
  }
  try {
    return await ask(server, manager)
  } finally {
    await Promise.all(made.map((each) => each.close()))
    await server.close()
  }
}

const failureOf = (promise) => promise.then(() => assert.fail('a token, and no error'), (error) => error)
/** A pino, and the lines that it has written. */
const listening = () => {
  const lines = []
  return { logger: pino({ base: null }, { write: (line) => lines.push(JSON.parse(line)) }), lines }
}
const WARN = 40
const warnings = (lines) => lines.filter(({ level }) => level >= WARN)

/** A login that gets no answer. Begun first and looked at last, so that nobody waits for it. */
const patience = at({}, async (server, manager) => {
  server.fail('hang', { times: Infinity })
  const started = performance.now()
  const error = await failureOf(manager().getToken())
  return { error, ms: performance.now() - started }
})
patience.catch(() => {})

export async function promises() {
  await check('no login at start-up', () =>
    at({}, async (server, manager) => {
      const each = manager()
      assert.deepEqual([each.isEnabled(), each.peek(), server.counters.connections], [true, null, 0])
      await each.getToken()
      assert.equal(server.counters.loginRequests, 1)
      return 'nothing is sent; the first getToken() logs in'
    }),
  )

  await check('a refresh that fails', () =>
    at({}, async (server, manager) => {
      const faults = ['outage', 'reset', 'not-json', 'no-token', 'throttled', { kind: 'status', status: 401 }]
      for (const fault of faults) {
        const each = manager()
        const first = await each.getToken()
        server.reset()
        server.fail(fault, { endpoint: 'refresh' })
        assert.notEqual(await each.getToken({ forceRefresh: true }), first)
        assert.deepEqual([server.counters.refreshRequests, server.counters.loginRequests], [1, 1])
      }
      return `in ${faults.length} ways: each leads to 1 login, at once`
    }),
  )

  await check('a failure poisons nothing', () =>
    at({}, async (server, manager) => {
      const each = manager()
      server.fail('outage', { endpoint: 'login' })
      const error = await failureOf(each.getToken())
      assert.deepEqual([error.code, error.statusCode], ['SERVER_ERROR', 500])
      await each.getToken()
      assert.equal(server.counters.loginRequests, 2)
      return 'the next call tries again, and has its token'
    }),
  )

  await check('a token without exp', () =>
    at({ omitExp: true }, async (_server, manager) => {
      const { logger, lines } = listening()
      const each = manager({ logger })
      for (const forceRefresh of [false, true]) await each.getToken({ forceRefresh })
      const life = each.status().expiresAt - Date.now()
      assert.ok(life <= 55 * MINUTE && life > 54.5 * MINUTE, `${life} ms`)
      assert.equal(warnings(lines).length, 1)
      return `good for 55 minutes, one warning: ${warnings(lines)[0].msg}`
    }),
  )

  await check('a 2xx without a token', () =>
    at({}, async (server, manager) => {
      server.fail('no-token', { endpoint: 'login' })
      const error = await failureOf(manager().getToken())
      assert.ok(error instanceof BaserowAuthError)
      assert.equal(error.statusCode, 502)
      assert.match(error.message, /^BRIDGE_BASEROW_AUTH_FAILED: response missing token field/)
      return `${error.code} ${error.statusCode}\n${error.message}`
    }),
  )

  await check('its log, with pino', () =>
    at({}, async (server, manager) => {
      const { logger, lines } = listening()
      const each = manager({ logger })
      const tokens = [await each.getToken(), await each.getToken({ forceRefresh: true })]
      server.fail('outage', { endpoint: 'refresh' })
      tokens.push(await each.getToken({ forceRefresh: true }))
      const told = lines.map(({ level, msg }) => `${pino.levels.labels[level]} ${msg.split(/[,:(]/)[0].trim()}`)
      assert.equal(told.length, 4, told.join('; '))
      assert.match(told.join('; '), /^info logged in; info refreshed; warn refresh failed[^;]*; info logged in$/)
      for (const { service } of lines) assert.equal(service, 'baserow-jwt-manager')
      const text = JSON.stringify(lines)
      for (const { body } of server.requests) tokens.push(JSON.parse(body || '{}').refresh_token ?? DEFAULT_USER.password)
      assert.deepEqual(tokens.filter((secret) => text.includes(secret)), [])
      return told.join('; ')
    }),
  )

  await check('the refresh token is used', () =>
    at({}, async (server, manager) => {
      const each = manager()
      const access = await each.getToken()
      await each.getToken({ forceRefresh: true })
      const { path, body } = server.requests.at(-1)
      assert.deepEqual([path, server.counters.logins, server.counters.refreshes], ['/api/user/token-refresh/', 1, 1])
      assert.deepEqual(Object.keys(JSON.parse(body)), ['refresh_token'])
      assert.equal(body.includes(access), false)
      return 'and not the access token, which cost the old class a login every time'
    }),
  )

  await check('a Baserow without them', () =>
    at({ dialect: '1.6' }, async (server, manager) => {
      const each = manager()
      const first = await each.getToken()
      assert.notEqual(await each.getToken({ forceRefresh: true }), first)
      assert.deepEqual([server.counters.logins, server.counters.refreshes], [1, 1])
      return '1.6 knows only `token`: it is refreshed all the same'
    }),
  )

  await check('a margin as long as a life', () =>
    at({ accessLifetimeMs: 10 * MINUTE }, async (server, manager) => {
      const each = manager({ refreshMarginSeconds: 600 })
      for (let i = 0; i < 100; i++) await each.getToken()
      const { refreshAt, expiresAt } = each.status()
      const margin = Math.round((expiresAt - refreshAt) / 1000)
      assert.deepEqual([server.counters.loginRequests, server.counters.refreshRequests, margin], [1, 0, 300])
      return `100 calls, 1 login: capped at ${margin} s, half of the life`
    }),
  )

  await check('a network that fails', () =>
    at({}, async (server, manager) => {
      server.fail('reset', { endpoint: 'login' })
      const error = await failureOf(manager().getToken())
      assert.ok(error instanceof BaserowAuthError && error.cause instanceof Error)
      assert.deepEqual([error.code, error.statusCode], ['NETWORK', 502])
      return `${error.name}: ${error.code} ${error.statusCode}, and a cause`
    }),
  )

  await check('what the server says of it', () =>
    at({}, async (server, manager) => {
      server.fail({ kind: 'echo', status: 500 }, { endpoint: 'login' })
      const echoed = await failureOf(manager().getToken())
      assert.equal(echoed.message.includes(DEFAULT_USER.password), false)
      server.fail({ kind: 'status', status: 500, body: `a page ${'that goes on '.repeat(1000)}` }, { endpoint: 'login' })
      const long = await failureOf(manager().getToken())
      assert.match(long.message, /a page that goes on/)
      assert.ok(long.message.length < 1000, `${long.message.length} characters`)
      return `a short excerpt without secrets: ${long.message.length} of 13,000 characters`
    }),
  )

  await check('the names of the old class', () =>
    at({}, async (server) => {
      const { baseUrl } = server
      const made = [createBaserowJwtManager({ baseUrl, ...DEFAULT_USER }), new BaserowJwtManagerImpl({ baseUrl, ...DEFAULT_USER })]
      for (const each of made) assert.match(await each.getToken(), /^eyJ/)
      const disabled = [createBaserowJwtManager({ baseUrl, email: '', password: '' }), new BaserowJwtManagerDisabled()]
      for (const each of disabled) {
        assert.ok(each instanceof BaserowJwtManagerDisabled && !each.isEnabled())
        const { statusCode, name } = await failureOf(each.getToken())
        assert.deepEqual([statusCode, name], [503, 'BaserowAuthError'])
      }
      const own = new BaserowAuthError('mine', 418)
      assert.deepEqual([own.message, own.statusCode, own instanceof Error], ['mine', 418, true])
      await Promise.all(made.map((each) => each.close()))
      return 'the function and the three classes are there, and behave'
    }),
  )

  await check('10 s for a request', async () => {
    const { error, ms } = await patience
    assert.deepEqual([error.name, error.code, error.statusCode], ['BaserowAuthError', 'TIMEOUT', 504])
    assert.ok(ms > 9_900 && ms < 11_500, `${ms} ms`)
    return `${error.code} ${error.statusCode} after ${(ms / 1000).toFixed(1)} s`
  })
}
