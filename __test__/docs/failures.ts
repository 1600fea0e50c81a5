// Every message that docs/errors.md shows, provoked, in the order of the page.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TokenErrorCode, TokenManager } from 'tokenkeep'
import { baserow, createBaserowJwtManager, createTokenManager, custom, fileStore, jsonLogin, oauth2 } from 'tokenkeep'
import type { BaserowServer, BaserowServerOptions, TokenServer } from 'tokenkeep/testing'
import { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { ROOT } from './pages'

export interface Failure {
  code: TokenErrorCode
  when: string
  /** Rejects with it. */
  provoke(): Promise<unknown>
}

const { email, password } = DEFAULT_USER
const fixture = (name: string) => readFileSync(join(ROOT, '__test__', 'fixtures', name), 'utf8')

/** What a manager of the drop-in says at a server. */
async function atBaserow(make: (server: BaserowServer) => TokenManager, options?: BaserowServerOptions): Promise<unknown> {
  await using server = await startBaserow(options)
  await using manager = make(server)
  return await manager.getToken()
}

async function atTokenServer(use: (server: TokenServer) => Promise<unknown>): Promise<unknown> {
  await using server = await startTokenServer()
  return await use(server)
}

const dropIn = (server: BaserowServer, changes = {}) => createBaserowJwtManager({ baseUrl: server.baseUrl, email, password, ...changes })
const apiKey = (server: TokenServer, api_key = DEFAULT_KEY) => jsonLogin({ url: server.loginUrl, body: { api_key }, account: 'builder' })

async function asked(manager: TokenManager): Promise<unknown> {
  await using closing = manager
  return await closing.getToken()
}

export const FAILURES: Failure[] = [
  { code: 'NOT_CONFIGURED', when: 'there are no credentials', provoke: () => createBaserowJwtManager({ baseUrl: 'https://baserow.example.com/api' }).getToken() },
  { code: 'INVALID_CREDENTIALS', when: 'the password is wrong', provoke: () => atBaserow((server) => dropIn(server, { password: 'mistaken' })) },
  {
    code: 'INVALID_CREDENTIALS',
    when: 'a client is not known',
    provoke: () => atTokenServer((server) => asked(createTokenManager({ provider: oauth2({ tokenUrl: server.tokenUrl, clientId: 'runner', clientSecret: 'mistaken', grant: 'client_credentials' }) }))),
  },
  {
    code: 'INVALID_CREDENTIALS',
    when: 'no refresh token is left',
    provoke: () => atTokenServer((server) => asked(createTokenManager({ provider: oauth2({ tokenUrl: server.tokenUrl, clientId: 'runner', grant: 'refresh_token' }) }))),
  },
  { code: 'TWO_FACTOR_REQUIRED', when: 'an account needs a code', provoke: () => atBaserow((server) => dropIn(server), { users: [{ ...DEFAULT_USER, totp: '123456' }] }) },
  { code: 'UNEXPECTED_STATUS', when: 'the base URL lacks /api', provoke: () => atBaserow((server) => dropIn(server, { baseUrl: server.url })) },
  {
    code: 'RATE_LIMITED',
    when: 'the server says for how long',
    provoke: () =>
      atTokenServer((server) => {
        server.configure({ rateLimit: { logins: 0 } })
        return asked(createTokenManager({ provider: apiKey(server) }))
      }),
  },
  {
    code: 'SERVER_ERROR',
    when: 'the server fails',
    provoke: () =>
      atBaserow((server) => {
        server.fail({ kind: 'status', status: 503, body: '' })
        return dropIn(server)
      }),
  },
  {
    code: 'SERVER_ERROR',
    when: 'a login of your own throws',
    provoke: () => asked(createTokenManager({ provider: custom({ account: 'relay', login: () => Promise.reject(new Error('the browser did not start')) }) })),
  },
  {
    code: 'BAD_RESPONSE',
    when: 'there is no token in the answer',
    provoke: () =>
      atBaserow((server) => {
        server.fail('no-token')
        return dropIn(server)
      }),
  },
  {
    code: 'BAD_RESPONSE',
    when: 'a login of your own counts in seconds',
    provoke: () => asked(createTokenManager({ provider: custom({ account: 'relay', login: async () => ({ token: 'opaque', expiresAt: Math.floor(Date.now() / 1000) + 600 }) }) })),
  },
  {
    code: 'NETWORK',
    when: 'nobody listens',
    provoke: async () => {
      const server = await startBaserow()
      await server.close()
      return asked(dropIn(server))
    },
  },
  {
    code: 'NETWORK',
    when: 'a certificate is not trusted',
    provoke: () => atBaserow((server) => dropIn(server), { tls: { key: fixture('server.key'), cert: fixture('server.pem') } }),
  },
  {
    code: 'TIMEOUT',
    when: 'the server does not answer',
    provoke: () =>
      atBaserow((server) => {
        server.fail('hang')
        return dropIn(server, { timeoutMs: 100 })
      }),
  },
  {
    code: 'COOLING_DOWN',
    when: 'the last try has just failed',
    provoke: () =>
      atTokenServer(async (server) => {
        await using manager = createTokenManager({ provider: apiKey(server, 'mistaken') })
        await manager.getToken().catch(() => {})
        return await manager.getToken()
      }),
  },
  {
    code: 'COOLING_DOWN',
    when: 'an API refuses whatever is new',
    provoke: () =>
      atTokenServer(async (server) => {
        await using manager = createTokenManager({ provider: apiKey(server) })
        for (let refused = 0; refused < 5; refused++) await manager.invalidate(await manager.getToken())
        return await manager.getToken()
      }),
  },
  {
    code: 'SCOPE_NOT_GRANTED',
    when: 'a session has no such token',
    provoke: async () => {
      await using manager = createTokenManager({ provider: custom({ account: 'relay', login: async () => ({ token: 'opaque', scoped: { 'guild-1': 'narrow' } }) }) })
      return await manager.getScopedToken('guild-2')
    },
  },
  {
    code: 'STORE',
    when: 'there is nothing to export',
    provoke: async () => {
      await using manager = createTokenManager({ provider: baserow({ baseUrl: 'https://baserow.example.com/api', email, password }) })
      return await manager.exportTokens()
    },
  },
  {
    code: 'STORE',
    when: 'it cannot be read, and there is no login',
    provoke: () =>
      atTokenServer((server) =>
        asked(
          createTokenManager({
            provider: oauth2({ tokenUrl: server.tokenUrl, clientId: 'runner', grant: 'refresh_token', refreshToken: 'provisioned' }),
            store: fileStore({ file: ROOT }),
          }),
        ),
      ),
  },
  {
    code: 'CLOSED',
    when: 'it is used afterwards',
    provoke: async () => {
      const manager = createBaserowJwtManager({ baseUrl: 'https://baserow.example.com/api', email, password })
      await manager.close()
      return manager.getToken()
    },
  },
  {
    code: 'INVALID_OPTION',
    when: 'a value cannot be used',
    provoke: async () => createBaserowJwtManager({ baseUrl: 'baserow.example.com', email, password }),
  },
]
