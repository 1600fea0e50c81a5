// What must compile of the integrations, and what must not.
import axios from 'axios'
import fastify from 'fastify'
import { baserow, createTokenManager } from 'tokenkeep'
import type { ApiAnswer, TokenManager } from 'tokenkeep'
import { attachAuth } from 'tokenkeep/axios'
import byDefault, { tokenPlugin } from 'tokenkeep/fastify'
import { type AuthFetchOptions, authFetch } from 'tokenkeep/fetch'
import { authInterceptor } from 'tokenkeep/undici'
import { Agent } from 'undici'

declare module 'fastify' {
  interface FastifyInstance {
    tokens: TokenManager
  }
}

const manager = createTokenManager({ provider: baserow({ baseUrl: 'https://b.test/api', email: 'a', password: 'b' }) })
const options: AuthFetchOptions = { origins: ['https://b.test'], fetch: undefined }

export const plain: typeof fetch = authFetch(manager, options)
export const nested = authFetch(manager, { origins: ['https://b.test'], fetch: plain })
export const dispatcher = new Agent().compose(authInterceptor(manager, { origins: ['https://b.test'] }))
export const detach: () => void = attachAuth(axios.create(), manager, { origins: ['https://b.test'] })
export const app = fastify()
void app.register(tokenPlugin, { manager, health: '/health' })
void app.register(byDefault, { manager, name: undefined })
app.get('/', async () => app.tokens.getToken())

const answer: ApiAnswer = { status: 401, headers: new Headers() }
export const dead: boolean = manager.isDeadToken(answer) || manager.isDeadToken({ status: 401, headers: { 'x-a': ['b'] }, body: {} })

// @ts-expect-error the origins are not optional
authFetch(manager, {})
// @ts-expect-error a list of them
authFetch(manager, { origins: 'https://b.test' })
// @ts-expect-error not a manager
authInterceptor({}, { origins: [] })
// @ts-expect-error not an instance
attachAuth({}, manager, { origins: [] })
// @ts-expect-error the manager is not optional
void app.register(tokenPlugin, {})
