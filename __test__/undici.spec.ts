// The interceptor, in the real undici and below the platform's own fetch.
import { PassThrough, Readable } from 'node:stream'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { TokenError, createBaserowJwtManager, createTokenManager, jsonLogin } from 'tokenkeep'
import { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { authInterceptor } from 'tokenkeep/undici'
import { Agent, Client, type Dispatcher, MockAgent, fetch as undiciFetch, interceptors, request, stream } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Double, double } from './fixtures/double'
import { type Loopback, loopback } from './fixtures/loopback'

let server: Loopback
let other: Loopback
const agent = new Agent()

beforeAll(async () => {
  other = await loopback(({ path }, response) => {
    if (path === '/back') response.writeHead(302, { location: `${server.url}/fine` }).end()
    else response.end('elsewhere')
  })
  server = await loopback(({ path, authorization }, response, url) => {
    if (path === '/dead' && authorization === 'Test token-2') response.end('alive')
    else if (path === '/dead' || path === '/refused') response.writeHead(401, { 'x-why': 'dead' }).end('refused')
    else if (path === '/gzip' || path === '/br') {
      response.writeHead(401, { 'content-encoding': path.slice(1) }).end((path === '/br' ? brotliCompressSync : gzipSync)('refused'))
    } else if (path === '/long') response.writeHead(401).end('x'.repeat(300_000))
    else if (path === '/torn') response.writeHead(401, { 'content-length': '100' }).write('half', () => response.destroy())
    else if (path === '/away') response.writeHead(302, { location: `${other.url}/` }).end()
    else if (path === '/away-and-back') response.writeHead(302, { location: `${other.url}/back` }).end()
    else if (path === '/around') response.writeHead(302, { location: `${url}/fine` }).end()
    else if (path !== '/hang') response.end('fine')
  })
})
afterAll(async () => {
  await agent.close()
  await server[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

const over = (manager: Double = double()): Dispatcher => agent.compose(authInterceptor(manager, { origins: [server.url] }))
const seen = (at: Loopback, since: number) => at.requests.slice(since).map(({ authorization }) => authorization)

/** What request() brings, as text. */
async function ask(path: string, dispatcher: Dispatcher, options: Omit<Dispatcher.RequestOptions, 'origin' | 'path' | 'method'> & { method?: Dispatcher.HttpMethod } = {}) {
  const { statusCode, headers, body } = await request(`${server.url}${path}`, { ...options, dispatcher } as Parameters<typeof request>[1])
  return { statusCode, headers, text: await body.text() }
}

/** Node's own fetch is another undici, an older one: it has to get along with this one's dispatchers. */
const FETCHES = { 'the platform’s fetch': fetch, 'undici’s fetch': undiciFetch as unknown as typeof fetch }
const withDispatcher = (dispatcher: Dispatcher, init: RequestInit = {}) => ({ ...init, dispatcher }) as unknown as RequestInit

describe('the header', () => {
  it.each<[string, Dispatcher.DispatchOptions['headers']]>([
    ['nothing', undefined],
    ['an object', { 'x-a': '1' }],
    ['a flat list', ['x-a', '1']],
    ['pairs', [['x-a', '1']] as never],
    ['a Map', new Map([['x-a', '1']])],
    ['values that are lists', { 'x-a': ['1', '2'] }],
  ])('goes to the listed origins, beside headers given as %s', async (_what, headers) => {
    const since = server.requests.length
    await ask('/echo', over(), { headers: headers! })
    expect(seen(server, since)).toEqual(['Test token-1'])
    if (headers !== undefined) expect(server.requests.at(-1)!.headers['x-a']).toMatch(/^1/)
  })

  it('goes to nobody else', async () => {
    const manager = double()
    await (await request(other.url, { dispatcher: over(manager) })).body.dump()
    expect([other.requests.at(-1)!.authorization, manager.asked]).toEqual([undefined, 0])
  })

  it.each<[string, Dispatcher.DispatchOptions['headers']]>([
    ['an object', { Authorization: 'mine' }],
    ['a flat list', ['AUTHORIZATION', 'mine']],
    ['a Map', new Map([['authorization', 'mine']])],
  ])('is left alone when the request has one of its own, in %s', async (_what, headers) => {
    const manager = double()
    const { statusCode } = await ask('/dead', over(manager), { headers: headers! })
    expect([statusCode, server.requests.at(-1)!.authorization, manager]).toMatchObject([401, 'mine', { asked: 0, invalidated: [] }])
  })

  it('stays in the list when the redirect interceptor follows, whichever is composed first', async () => {
    const ours = authInterceptor(double(), { origins: [server.url] })
    const redirect = interceptors.redirect({ maxRedirections: 5 })
    for (const composed of [agent.compose(ours, redirect), agent.compose(redirect, ours)]) {
      const there = other.requests.length
      expect((await ask('/away', composed)).text).toBe('elsewhere')
      expect(seen(other, there)).toEqual([undefined])
      const here = server.requests.length
      expect((await ask('/around', composed)).text).toBe('fine')
      expect(seen(server, here)).toEqual(['Test token-1', 'Test token-1'])
    }
  })

  it('is gone when the redirect interceptor has been off the list, and stays so when it comes back', async () => {
    const manager = double()
    const ours = authInterceptor(manager, { origins: [server.url] })
    const redirect = interceptors.redirect({ maxRedirections: 5 })
    for (const composed of [agent.compose(ours, redirect), agent.compose(redirect, ours)]) {
      const [here, there] = [server.requests.length, other.requests.length]
      expect((await ask('/away-and-back', composed)).text).toBe('fine')
      expect([seen(server, here), seen(other, there)]).toEqual([['Test token-1', undefined], [undefined]])
      const { asked } = manager
      expect(await (await request(`${other.url}/back`, { dispatcher: composed })).body.text()).toBe('fine')
      expect([seen(server, here + 2), manager.asked]).toEqual([[undefined], asked])
    }
  })

  it.each(Object.entries(FETCHES))('stays in the list when %s follows', async (_name, any) => {
    const there = other.requests.length
    expect(await (await any(`${server.url}/away`, withDispatcher(over()))).text()).toBe('elsewhere')
    expect(seen(other, there)).toEqual([undefined])
  })

  it('a Client, which names no origin, is refused by name', async () => {
    const client = new Client(other.url)
    const composed = client.compose(authInterceptor(double(), { origins: [server.url] }))
    await expect(composed.request({ path: '/', method: 'GET' })).rejects.toThrow(/INVALID_OPTION: origin is missing/)
    await client.close()
  })
})

describe('a dead token', () => {
  it.each<[string, Dispatcher.DispatchOptions['body'], string]>([
    ['nothing', null, ''],
    ['text', 'text', 'text'],
    ['a Buffer', Buffer.from('bytes'), 'bytes'],
    ['bytes', new Uint8Array([65, 66]), 'AB'],
  ])('is invalidated and the request repeated once with its successor: %s', async (_what, body, text) => {
    const manager = double()
    const since = server.requests.length
    expect(await ask('/dead', over(manager), { method: 'POST', body: body! })).toMatchObject({ statusCode: 200, text: 'alive' })
    expect(server.requests.slice(since).map((one) => [one.authorization, one.body])).toEqual([['Test token-1', text], ['Test token-2', text]])
    expect(manager.invalidated).toEqual(['token-1'])
  })

  it('with a stream the 401 is the answer, and the token is invalidated all the same', async () => {
    const manager = double()
    const since = server.requests.length
    const answer = await ask('/dead', over(manager), { method: 'POST', body: Readable.from(['a']) })
    expect(answer).toMatchObject({ statusCode: 401, headers: { 'x-why': 'dead' }, text: 'refused' })
    expect([server.requests.length - since, manager.invalidated]).toEqual([1, ['token-1']])
  })

  it('that is followed by another is the answer: the second 401 is returned whole', async () => {
    const manager = double()
    expect(await ask('/refused', over(manager))).toMatchObject({ statusCode: 401, headers: { 'x-why': 'dead' }, text: 'refused' })
    expect(manager.invalidated).toEqual(['token-1', 'token-2'])
  })

  it.each(['/refused', '/gzip', '/br'])('is told by the body, also by a compressed one: %s', async (path) => {
    const bodies: string[] = []
    const manager = double((body) => bodies.push(Buffer.from(body as Buffer).toString()) < 0)
    expect((await ask(path, over(manager))).statusCode).toBe(401)
    expect([bodies, manager.invalidated]).toEqual([['refused'], []])
  })

  it('a long 401 that is none arrives whole, though only its beginning was looked at', async () => {
    const sizes: number[] = []
    const manager = double((body) => sizes.push((body as Buffer).length) < 0)
    expect((await ask('/long', over(manager))).text).toHaveLength(300_000)
    expect(sizes).toHaveLength(1)
    expect(sizes[0]).toBeLessThan(200_000)
  })

  it('a long 401 that is one is not waited for', async () => {
    const manager = double()
    expect((await ask('/long', over(manager))).text).toHaveLength(300_000)
    expect(manager.invalidated).toEqual(['token-1', 'token-2'])
  })

  it('a 401 that breaks off is an answer that breaks off', async () => {
    const { statusCode, body } = await request(`${server.url}/torn`, { dispatcher: over() })
    expect(statusCode).toBe(401)
    await expect(body.text()).rejects.toThrow()
  })

  it('that the manager cannot replace rejects with its TokenError', async () => {
    const manager = double()
    manager.instead = async () => {
      if (manager.asked === 1) return 'Test token-1'
      throw new TokenError({ code: 'COOLING_DOWN', message: 'refused again and again', retryAfterMs: 30_000 })
    }
    await expect(ask('/dead', over(manager))).rejects.toMatchObject({ code: 'COOLING_DOWN', retryAfterMs: 30_000 })
    expect(manager.asked).toBe(2)
  })

  it.each(Object.entries(FETCHES))('is renewed below %s, too', async (_name, any) => {
    const manager = double()
    const response = await any(`${server.url}/dead`, withDispatcher(over(manager)))
    expect([response.status, await response.text(), manager.invalidated]).toEqual([200, 'alive', ['token-1']])
    const streamed = await any(`${server.url}/refused`, withDispatcher(over(), { method: 'POST', body: 'x' }))
    expect([streamed.status, await streamed.text()]).toEqual([401, 'refused'])
  })

  it('works in stream() and against a MockAgent, which answers in the same turn', async () => {
    let statusOfStream = 0
    await stream(`${server.url}/dead`, { method: 'GET', dispatcher: over() }, ({ statusCode }) => {
      statusOfStream = statusCode
      return new PassThrough().resume()
    })
    expect(statusOfStream).toBe(200)
    const mocks = new MockAgent()
    mocks.disableNetConnect()
    mocks.get(server.url).intercept({ path: '/mocked' }).reply(401, 'dead').times(2)
    const manager = double()
    const answer = await ask('/mocked', mocks.compose(authInterceptor(manager, { origins: [server.url] })))
    expect([answer.statusCode, answer.text, manager.invalidated]).toEqual([401, 'dead', ['token-1', 'token-2']])
    await mocks.close()
  })
})

describe('leaving', () => {
  it('while waiting for a token ends the wait at once', async () => {
    const manager = double()
    let told: unknown
    manager.instead = (signal) => new Promise((_, reject) => signal!.addEventListener('abort', () => reject((told = signal!.reason))))
    const leaving = new AbortController()
    const asking = ask('/echo', over(manager), { signal: leaving.signal })
    await new Promise(setImmediate)
    leaving.abort(new Error('enough'))
    await expect(asking).rejects.toThrow('enough')
    expect(told).toBeInstanceOf(Error)
  })

  it('before or after the request is sent is what undici makes of it', async () => {
    await expect(ask('/echo', over(), { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never')
    const leaving = new AbortController()
    const asking = ask('/hang', over(), { signal: leaving.signal })
    const since = server.requests.length
    while (server.requests.length === since) await new Promise(setImmediate)
    leaving.abort(new Error('enough'))
    await expect(asking).rejects.toThrow('enough')
  })

  it.each([null, 'a stream'])('while the refused token is being forgotten, with %s for a body', async (body) => {
    const manager = double()
    const leaving = new AbortController()
    manager.invalidate = async () => leaving.abort(new Error('enough'))
    const since = server.requests.length
    const options = { method: 'POST' as const, body: body && Readable.from([body]), signal: leaving.signal }
    await expect(request(`${server.url}/refused`, { ...options, dispatcher: over(manager) })).rejects.toThrow('enough')
    expect(server.requests.length - since).toBe(1)
  })
})

it('a connection that cannot be made is undici’s error', async () => {
  const dispatcher = agent.compose(authInterceptor(double(), { origins: ['http://127.0.0.1:9'] }))
  await expect(request('http://127.0.0.1:9/', { dispatcher })).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

it.each<[string, unknown, unknown, RegExp]>([
  ['no origins', double(), {}, /INVALID_OPTION: origins /],
  ['a path', double(), { origins: ['https://a.test/api'] }, /INVALID_OPTION: origins\[0\] /],
  ['no manager', null, { origins: ['https://a.test'] }, /INVALID_OPTION: manager /],
])('%s is refused by name', (_what, manager, options, message) => {
  expect(() => authInterceptor(manager as never, options as never)).toThrow(message)
})

describe('end to end', () => {
  it('at Baserow: a revoked token, one renewal, the answer; PERMISSION_DENIED is an answer', async () => {
    await using baserow = await startBaserow()
    const manager = createBaserowJwtManager({ baseUrl: baserow.baseUrl, ...DEFAULT_USER })
    const dispatcher = agent.compose(authInterceptor(manager, { origins: [baserow.url] }))
    const tables = async () => {
      const { statusCode, body } = await request(`${baserow.baseUrl}/database/tables/database/1/`, { dispatcher })
      return [statusCode, await body.json()]
    }
    expect(await tables()).toMatchObject([200, [{ id: 1 }]])
    baserow.revokeAll()
    expect(await tables()).toMatchObject([200, [{ id: 1 }]])
    expect(baserow.counters).toMatchObject({ logins: 2, apiRequests: 3 })
    baserow.fail('permission-denied', { endpoint: 'api' })
    expect(await tables()).toMatchObject([401, { error: 'PERMISSION_DENIED' }])
    expect(manager.status().counters.invalidations).toBe(1)
  })

  it('a hundred requests with the same dead token are one renewal', async () => {
    await using service = await startTokenServer()
    await using manager = createTokenManager({ provider: jsonLogin({ url: service.loginUrl, refreshUrl: service.refreshUrl, body: { api_key: DEFAULT_KEY } }) })
    const dispatcher = agent.compose(authInterceptor(manager, { origins: [service.url] }))
    await manager.getToken()
    service.revokeAccessTokens()
    const answers = await Promise.all(Array.from({ length: 100 }, () => request(service.apiUrl, { dispatcher })))
    await Promise.all(answers.map(({ body }) => body.dump()))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    expect(service.counters).toMatchObject({ logins: 1, refreshes: 1, apiRejected: 100 })
  })
})
