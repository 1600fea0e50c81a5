import { equal, failure, ok } from '../claims.mjs'

export const refusing = [
  {
    name: 'rejected credentials are one typed error for all who wait, after one request',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow()
      const manager = tokenkeep.createBaserowJwtManager({ ...server.login, password: 'not the password' })
      const errors = await Promise.all(Array.from({ length: 100 }, () => failure(manager.getToken())))
      for (const error of errors) ok(error instanceof tokenkeep.TokenError && error instanceof tokenkeep.BaserowAuthError, 'it is no TokenError')
      const [{ code, statusCode, retryable, message }] = errors
      equal([code, statusCode, retryable], ['INVALID_CREDENTIALS', 401, false], 'the error')
      ok(message.includes(server.login.email) && message.includes('127.0.0.1'), `it names no account or host: ${message}`)
      equal(await server.posts(), 1, 'the number of requests')
      await manager.close()
    },
  },
  {
    name: 'an outage, a hung server and one that is not there are SERVER_ERROR, TIMEOUT and NETWORK, and the next call succeeds',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow()
      const manager = tokenkeep.createBaserowJwtManager({ ...server.login, timeoutMs: 500 })
      await server.call('fail', 'outage')
      const outage = await failure(manager.getToken())
      equal([outage.code, outage.retryable], ['SERVER_ERROR', true], 'the outage')
      await server.call('configure', { latencyMs: 5000 })
      equal((await failure(manager.getToken())).code, 'TIMEOUT', 'the hung server')
      await server.call('configure', { latencyMs: 0 })
      ok((await manager.getToken()).startsWith('eyJ'), 'there is no token')
      const gone = await stage.baserow()
      await gone.call('close')
      const lost = tokenkeep.createBaserowJwtManager(gone.login)
      const { code, retryable } = await failure(lost.getToken())
      equal([code, retryable], ['NETWORK', true], 'the server that is not there')
      await Promise.all([manager.close(), lost.close()])
    },
  },
  {
    name: 'wrong options are INVALID_OPTION at once, with the name of the option',
    async run({ tokenkeep }) {
      const wrong = [
        ['timeoutMs', () => tokenkeep.createTokenManager({ provider: tokenkeep.baserow({ baseUrl: 'http://127.0.0.1:9/api', email: 'a@b.c', password: 'x' }), timeoutMs: -1 })],
        ['baseUrl', () => tokenkeep.baserow({ baseUrl: 'no address', email: 'a@b.c', password: 'x' })],
        ['provider', () => tokenkeep.createTokenPool({})],
      ]
      for (const [name, make] of wrong) {
        const error = await failure(make)
        equal(error.code, 'INVALID_OPTION', `the code for ${name}`)
        ok(error.message.includes(name), error.message)
      }
    },
  },
  {
    name: 'no secret is in an error, an event, a log line or what shows a manager',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow()
      const said = []
      const write = (...args) => said.push(args)
      const logger = { debug: write, info: write, warn: write, error: write }
      const wrong = `pw-${crypto.randomUUID()}`
      const manager = tokenkeep.createTokenManager({ provider: tokenkeep.baserow(server.login), logger })
      const rejected = tokenkeep.createTokenManager({ provider: tokenkeep.baserow({ ...server.login, password: wrong }), logger })
      for (const each of [manager, rejected]) for (const name of ['login', 'refresh', 'failure', 'invalidate']) each.on(name, write)
      const token = await manager.getToken()
      await manager.invalidate(token)
      const error = await failure(rejected.getToken())
      ok(said.length > 0, 'nothing was said at all')
      const shown = [...said, error, error.cause, error.stack, manager, manager.status(), rejected, rejected.status()].map(show).join('\n')
      for (const secret of [token, wrong, server.login.password]) ok(!shown.includes(secret), 'a secret is shown')
      await Promise.all([manager.close(), rejected.close()])
    },
  },
]

/** Whatever anybody would print of it. */
function show(value) {
  const parts = [String(value)]
  try {
    parts.push(JSON.stringify(value, (_, each) => (each instanceof Error ? { ...each, message: each.message, stack: each.stack, cause: each.cause } : each)) ?? '')
  } catch {}
  if (typeof value === 'object' && value !== null) {
    for (const name of Object.getOwnPropertyNames(value)) parts.push(name, String(value[name]))
    const inspect = value[Symbol.for('nodejs.util.inspect.custom')]
    if (typeof inspect === 'function') parts.push(inspect.call(value))
    // What `console.log` prints, in Node, Bun and Deno.
    const util = globalThis.process?.getBuiltinModule?.('node:util')
    if (util !== undefined) parts.push(util.inspect(value, { depth: 8, showHidden: true }))
  }
  return parts.join('\n')
}
