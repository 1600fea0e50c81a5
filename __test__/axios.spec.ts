// The token in the requests of the real axios.
import { Readable } from 'node:stream'
import axios, { AxiosError, type AxiosInstance, type AxiosRequestConfig } from 'axios'
import { TokenError, createBaserowJwtManager, createTokenManager, jsonLogin } from 'tokenkeep'
import { attachAuth } from 'tokenkeep/axios'
import { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Double, double } from './fixtures/double'
import { type Loopback, loopback } from './fixtures/loopback'

let server: Loopback
let other: Loopback

beforeAll(async () => {
  other = await loopback(({ path }, response) => {
    if (path === '/back') response.writeHead(302, { location: `${server.url}/fine` }).end()
    else response.end('elsewhere')
  })
  server = await loopback(({ path, authorization, body, headers }, response, url) => {
    if (path === '/dead' && authorization === 'Test token-2') response.setHeader('content-type', 'application/json').end(JSON.stringify({ body, type: headers['content-type'] }))
    else if (path === '/dead' || path === '/refused') response.writeHead(401, { 'content-type': 'application/json' }).end('{"why":"dead"}')
    else if (path === '/away') response.writeHead(302, { location: `${other.url}/` }).end()
    else if (path === '/away-and-back') response.writeHead(302, { location: `${other.url}/back` }).end()
    else if (path === '/around') response.writeHead(302, { location: `${url}/fine` }).end()
    else if (path !== '/hang') response.end('fine')
  })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

const over = (manager: Double = double(), config: AxiosRequestConfig = {}, origins = [server.url]): AxiosInstance => {
  const instance = axios.create({ baseURL: server.url, ...config })
  attachAuth(instance, manager, { origins })
  return instance
}
const seen = (at: Loopback, since: number) => at.requests.slice(since).map(({ authorization }) => authorization)

describe('the header', () => {
  it.each<[string, (instance: AxiosInstance) => Promise<unknown>]>([
    ['a path below baseURL', (instance) => instance.get('/fine', { params: { a: '//x', b: [1] } })],
    ['a whole URL', (instance) => instance.get(`${server.url}/fine`)],
    ['the instance as a function', (instance) => instance({ url: '/fine' })],
    ['a baseURL of its own', (instance) => instance.get('fine', { baseURL: `${server.url}/x` })],
    ['a whole URL that is taken for a path', (instance) => instance.get('https://x.test', { allowAbsoluteUrls: false })],
    ['the fetch adapter', (instance) => instance.get('/fine', { adapter: 'fetch' })],
  ])('goes to the listed origins: %s', async (_what, ask) => {
    const since = server.requests.length
    await ask(over())
    expect(seen(server, since)).toEqual(['Test token-1'])
  })

  it('goes to nobody else', async () => {
    const manager = double()
    const since = other.requests.length
    await over(manager).get(other.url)
    await over(manager).get('/', { baseURL: other.url })
    await over(manager, { adapter: 'fetch' }).get(other.url)
    expect([seen(other, since), manager.asked]).toEqual([[undefined, undefined, undefined], 0])
  })

  it('does not go where another interceptor sends the request at last', async () => {
    const instance = axios.create({ baseURL: server.url })
    instance.interceptors.request.use((config) => Object.assign(config, { baseURL: other.url }))
    attachAuth(instance, double(), { origins: [server.url] })
    const since = other.requests.length
    await instance.get('/fine')
    expect(seen(other, since)).toEqual([undefined])
  })

  it('comes with nothing that an interceptor has taken away', async () => {
    const instance = axios.create({ baseURL: other.url, params: { debug: 1 } })
    instance.interceptors.request.use((config) => {
      delete config.params
      delete config.baseURL
      return config
    })
    attachAuth(instance, double(), { origins: [server.url] })
    const since = server.requests.length
    await instance.get(`${server.url}/fine`, { allowAbsoluteUrls: false })
    expect(server.requests.slice(since)).toMatchObject([{ path: '/fine', authorization: 'Test token-1' }])
  })

  it('is left alone when the request has one of its own', async () => {
    const manager = double()
    const instance = over(manager, { validateStatus: null })
    const since = server.requests.length
    expect((await instance.get('/dead', { headers: { authorization: 'mine' } })).status).toBe(401)
    await instance.get('/dead', { auth: { username: 'me', password: 'x' } })
    await instance.get('/dead', { headers: { Authorization: false } })
    expect(seen(server, since)).toEqual(['mine', 'Basic bWU6eA==', undefined])
    expect(manager).toMatchObject({ asked: 0, invalidated: [] })
  })

  it.each<AxiosRequestConfig>([{}, { adapter: 'fetch' }])('stays in the list across redirects %j', async (config) => {
    const [here, there] = [server.requests.length, other.requests.length]
    expect((await over(double(), config).get('/away')).data).toBe('elsewhere')
    expect(seen(other, there)).toEqual([undefined])
    expect(seen(server, here)).toEqual(['Test token-1'])
    expect((await over(double(), config).get('/around')).data).toBe('fine')
    expect(seen(server, here)).toEqual(['Test token-1', 'Test token-1', 'Test token-1'])
  })

  it('does not follow to a subdomain or another port, which some versions of axios let it', async () => {
    // What follow-redirects calls with the header still in place.
    let before: AxiosRequestConfig['beforeRedirect']
    const instance = axios.create({
      adapter: async (config) => {
        before = config.beforeRedirect
        return { data: '', status: 200, statusText: '', headers: {}, config }
      },
    })
    attachAuth(instance, double(), { origins: ['https://a.test', 'https://b.test'] })
    /** The headers of the last hop of a new chain; each hop is given the headers of its turn. */
    const kept = async (...hops: [href: string, headers: Record<string, string>][]) => {
      await instance.get('https://a.test/')
      const follow = ([href, headers]: [string, Record<string, string>]) => {
        const options = { href, headers: { ...headers } }
        before!(options, { headers: {}, statusCode: 302 }, { headers: {}, url: '', method: 'GET' })
        return options.headers
      }
      return hops.map(follow).at(-1)
    }
    const ours = { Authorization: 'Test token-1' }
    const users = { Authorization: 'set by the user’s own beforeRedirect' }
    expect(await kept(['https://sub.a.test/', ours])).toEqual({})
    expect(await kept(['https://a.test:444/', { authorization: 'Test token-1' }])).toEqual({})
    expect(await kept(['http://a.test/', ours])).toEqual({})
    expect(await kept(['https://a.test/', ours])).toEqual(ours)
    expect(await kept(['https://b.test/', {}])).toEqual(ours)
    expect(await kept(['https://sub.a.test/', users])).toEqual(users)
    // Off the list and back again.
    expect(await kept(['https://sub.a.test/', ours], ['https://a.test/', {}])).toEqual({})
    expect(await kept(['https://sub.a.test/', ours], ['https://a.test/', users])).toEqual(users)
  })

  it('leaves a beforeRedirect of the user in place', async () => {
    const hops: string[] = []
    const there = other.requests.length
    await over().get('/away-and-back', { beforeRedirect: (options) => void hops.push(options.href) })
    expect(hops).toEqual([`${other.url}/back`, `${server.url}/fine`])
    expect(seen(other, there)).toEqual([undefined])
    // It has been off the list.
    expect(server.requests.at(-1)!.authorization).toBeUndefined()
  })
})

describe('a dead token', () => {
  it.each<[string, unknown, RegExp]>([
    ['JSON', { a: 1 }, /^\{"a":1\}$/],
    ['text', 'text', /^text$/],
    ['a Buffer', Buffer.from('bytes'), /^bytes$/],
    ['URLSearchParams', new URLSearchParams({ a: 'b' }), /^a=b$/],
    ['a form', Object.assign(new FormData(), {}), /^--/],
  ])('is invalidated and the request repeated once with its successor: %s', async (_what, data, body) => {
    if (data instanceof FormData) data.append('a', 'b')
    const manager = double()
    const since = server.requests.length
    const response = await over(manager).post<{ body: string; type: string }>('/dead', data)
    expect(response.data.body).toMatch(body)
    const both = server.requests.slice(since).map(({ authorization, headers }) => [authorization, headers['content-type']!.replace(/boundary=.*/, '')])
    expect(both).toEqual([['Test token-1', both[0]![1]], ['Test token-2', both[0]![1]]])
    expect(manager.invalidated).toEqual(['token-1'])
  })

  it('is renewed below the interceptors: each sees one request and one answer', async () => {
    const calls: string[] = []
    const instance = over(double(), { transformRequest: [(data: string) => `${data}!`] })
    instance.interceptors.request.use((config) => (calls.push('request'), config))
    instance.interceptors.response.use((response) => (calls.push('response'), response.data))
    expect(await instance.post('/dead', 'once')).toMatchObject({ body: 'once!' })
    expect(calls).toEqual(['request', 'response'])
  })

  it('with a stream the 401 is the answer, and the token is invalidated all the same', async () => {
    const manager = double()
    const since = server.requests.length
    await expect(over(manager).post('/dead', Readable.from(['a']))).rejects.toMatchObject({ status: 401, response: { data: { why: 'dead' } } })
    expect([server.requests.length - since, manager.invalidated]).toEqual([1, ['token-1']])
  })

  it('that is followed by another is the answer, an AxiosError of the user’s own axios as ever, with no token in it', async () => {
    const manager = double()
    const error: unknown = await over(manager).get('/refused').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AxiosError)
    expect(error).toMatchObject({ status: 401, response: { data: { why: 'dead' } }, config: { url: '/refused', baseURL: server.url } })
    expect(JSON.stringify(error)).not.toContain('token-')
    expect(manager.invalidated).toEqual(['token-1', 'token-2'])
  })

  it.each<AxiosRequestConfig>([{ validateStatus: null }, { responseType: 'arraybuffer', validateStatus: null }, { responseType: 'stream', validateStatus: null }, { adapter: 'fetch', validateStatus: null }])(
    'is told from any kind of answer: %j',
    async (config) => {
      const bodies: unknown[] = []
      const manager = double((body) => bodies.push(body) > 0)
      expect((await over(manager, config).get('/refused')).status).toBe(401)
      expect(manager.invalidated).toHaveLength(2)
      const told = bodies.map((body) => (body instanceof Uint8Array ? Buffer.from(body).toString() : body))
      expect(told).toEqual(Array(2).fill(config.responseType === 'stream' ? undefined : '{"why":"dead"}'))
    },
  )

  it('what was asked for may be asked again with the config of the answer', async () => {
    const manager = double()
    const instance = over(manager)
    const { config } = await instance.get('/fine')
    const since = server.requests.length
    await manager.invalidate('token-1')
    await instance.request(config)
    expect(seen(server, since)).toEqual(['Test token-2'])
  })

  it('that the manager cannot replace rejects with its TokenError', async () => {
    const manager = double()
    manager.instead = async () => {
      if (manager.asked === 1) return 'Test token-1'
      throw new TokenError({ code: 'COOLING_DOWN', message: 'refused again and again', retryAfterMs: 30_000 })
    }
    const error = await over(manager).get('/dead').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TokenError)
    expect(error).toMatchObject({ code: 'COOLING_DOWN', retryAfterMs: 30_000 })
  })
})

describe('leaving', () => {
  it('while waiting for a token is axios’s own cancellation', async () => {
    const manager = double()
    manager.instead = (signal) => new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))
    const leaving = new AbortController()
    const asking = over(manager).get('/fine', { signal: leaving.signal })
    setImmediate(() => leaving.abort())
    expect(axios.isCancel(await asking.catch((reason: unknown) => reason))).toBe(true)
  })

  it('while waiting for the answer, too', async () => {
    const error = await over().get('/hang', { timeout: 50 }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'ECONNABORTED', config: { timeout: 50 } })
  })
})

it('detaching takes everything away again', async () => {
  const instance = axios.create({ baseURL: server.url })
  const detach = attachAuth(instance, double(), { origins: [server.url] })
  await instance.get('/fine')
  detach()
  const since = server.requests.length
  await instance.get('/fine')
  expect(seen(server, since)).toEqual([undefined])
  expect((instance.interceptors.request as unknown as { handlers: unknown[] }).handlers.filter(Boolean)).toEqual([])
})

it('axios itself is an instance, too', async () => {
  const detach = attachAuth(axios, double(), { origins: [server.url] })
  try {
    const since = server.requests.length
    await axios.get(`${server.url}/fine`)
    expect(seen(server, since)).toEqual(['Test token-1'])
  } finally {
    detach()
  }
})

it.each<[string, unknown, unknown, unknown, RegExp]>([
  ['no instance', {}, double(), { origins: ['https://a.test'] }, /INVALID_OPTION: instance /],
  ['no manager', axios, undefined, { origins: ['https://a.test'] }, /INVALID_OPTION: manager /],
  ['no origins', axios, double(), undefined, /INVALID_OPTION: options /],
  ['a path', axios, double(), { origins: ['https://a.test/api'] }, /INVALID_OPTION: origins\[0\] /],
])('%s is refused by name', (_what, instance, manager, options, message) => {
  expect(() => attachAuth(instance as never, manager as never, options as never)).toThrow(message)
})

describe('end to end', () => {
  it('at Baserow: a revoked token, one renewal, the answer; PERMISSION_DENIED is an answer', async () => {
    await using baserow = await startBaserow()
    const manager = createBaserowJwtManager({ baseUrl: baserow.baseUrl, ...DEFAULT_USER })
    const instance = axios.create({ baseURL: baserow.baseUrl })
    attachAuth(instance, manager, { origins: [baserow.url] })
    const tables = () => instance.get('/database/tables/database/1/')
    expect((await tables()).data).toMatchObject([{ id: 1 }])
    baserow.revokeAll()
    expect((await tables()).data).toMatchObject([{ id: 1 }])
    expect(baserow.counters).toMatchObject({ logins: 2, apiRequests: 3 })
    baserow.fail('permission-denied', { endpoint: 'api' })
    await expect(tables()).rejects.toMatchObject({ response: { status: 401, data: { error: 'PERMISSION_DENIED' } } })
    expect(manager.status().counters.invalidations).toBe(1)
  })

  it('a hundred requests with the same dead token are one renewal', async () => {
    await using service = await startTokenServer()
    await using manager = createTokenManager({ provider: jsonLogin({ url: service.loginUrl, refreshUrl: service.refreshUrl, body: { api_key: DEFAULT_KEY } }) })
    const instance = axios.create()
    attachAuth(instance, manager, { origins: [service.url] })
    await manager.getToken()
    service.revokeAccessTokens()
    const answers = await Promise.all(Array.from({ length: 100 }, () => instance.get(service.apiUrl)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(service.counters).toMatchObject({ logins: 1, refreshes: 1, apiRejected: 100 })
  })
})
