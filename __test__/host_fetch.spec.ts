// Requests that go through the user's own fetch.
import { AsyncLocalStorage } from 'node:async_hooks'
import nock from 'nock'
import type { BaserowJwtManagerOptions, TokenError } from 'tokenkeep'
import { createBaserowJwtManager, createTokenManager, jsonLogin } from 'tokenkeep'
import type { BaserowServer, Fault, FaultKind } from 'tokenkeep/testing'
import { DEFAULT_USER, signJwt, startBaserow, startFaultServer } from 'tokenkeep/testing'
import { Agent, fetch as undiciFetch, MockAgent } from 'undici'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { version } from '../package.json'

const JWT = /^eyJ/

type Fetch = typeof globalThis.fetch

let server: BaserowServer

beforeEach(async () => {
  server = await startBaserow()
})
afterEach(() => server.close())

const manager = (fetch: Fetch, changes: Partial<BaserowJwtManagerOptions> = {}) =>
  createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, fetch, ...changes })

const failureOf = (promise: Promise<unknown>) =>
  promise.then(() => expect.unreachable(), (error: unknown) => error as TokenError)

/** What the native client makes of the same answer. */
async function alike(fault: FaultKind | Fault): Promise<[TokenError, TokenError]> {
  server.fail(fault, { times: 2 })
  const native = await failureOf(createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER }).getToken())
  return [await failureOf(manager(fetch).getToken()), native]
}

const answering = (body: ConstructorParameters<typeof Response>[0], init?: ResponseInit) => async () => new Response(body, init)

describe('a request', () => {
  it('is one call, with all that the native client would send', async () => {
    const spy = vi.fn<Fetch>(fetch)
    const one = manager(spy)
    await expect(one.getToken()).resolves.toMatch(JWT)
    await expect(one.getToken({ forceRefresh: true })).resolves.toMatch(JWT)
    await one.logout()
    expect(spy.mock.calls.map(([url]) => url)).toEqual(
      ['token-auth', 'token-refresh', 'token-blacklist'].map((path) => `${server.baseUrl}/user/${path}/`),
    )
    const init = spy.mock.calls[0]![1]!
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual', signal: expect.any(AbortSignal) as unknown })
    expect(JSON.parse(init.body as string)).toMatchObject(DEFAULT_USER)
    const native = createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER })
    await native.getToken()
    const [ours, theirs] = [server.requests[0]!, server.requests.at(-1)!]
    for (const name of ['accept', 'content-type', 'user-agent', 'content-length']) {
      expect(ours.headers[name], name).toBe(theirs.headers[name])
    }
    expect(ours.headers['user-agent']).toBe(`tokenkeep/${version}`)
    expect(ours.body).toBe(theirs.body)
  })

  it('whose error page hangs is over in real time, whatever a test has put in the place of timers', async () => {
    await using front = await startFaultServer({ upstream: server.url })
    front.fail({ kind: 'raw', bytes: 'HTTP/1.1 500 No\r\ncontent-length: 99\r\n\r\noh', then: 'hang' })
    const one = manager(fetch, { baseUrl: `${front.url}/api`, timeoutMs: 5000 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const failure = await failureOf(one.getToken()).finally(() => vi.useRealTimers())
    expect(failure).toMatchObject({ code: 'SERVER_ERROR' })
  })

  it('of jsonLogin has the headers that the user gave', async () => {
    const spy = vi.fn<Fetch>(answering(JSON.stringify({ token: 'one', expires_in: 60 })))
    const provider = jsonLogin({ url: 'http://api.example/login?tenant=7', body: { key: 'k' }, headers: { 'X-Client': 'c' } })
    await expect(createTokenManager({ provider, fetch: spy }).getToken()).resolves.toBe('one')
    expect(spy.mock.calls[0]![0]).toBe('http://api.example/login?tenant=7')
    expect(new Headers(spy.mock.calls[0]![1]!.headers).get('x-client')).toBe('c')
  })

  it('is made in the AsyncLocalStorage of the caller who started it', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const one = manager((...call) => (seen.push(storage.getStore()), fetch(...call)))
    await storage.run('the caller', () => one.getToken())
    expect(seen).toEqual(['the caller'])
  })
})

describe('an answer', () => {
  it.each<FaultKind | Fault>([
    'outage',
    'throttled',
    'not-json',
    'no-token',
    'redirect',
    'huge',
    'permission-denied',
    { kind: 'status', status: 404 },
    { kind: 'status', status: 503, headers: { 'retry-after': '7' } },
    { kind: 'echo' },
  ])('means what it means to the native client: %o', async (fault) => {
    const [ours, native] = await alike(fault)
    const { code, statusCode, retryAfterMs, message } = native
    expect({ ...ours, message: ours.message }).toMatchObject({ code, statusCode, message })
    expect(ours.retryAfterMs).toBe(retryAfterMs)
    expect(ours.message).not.toContain(DEFAULT_USER.password)
  })

  it('that has only begun is a NETWORK failure', async () => {
    const [ours, native] = await alike('torn')
    expect([ours.code, native.code]).toEqual(['NETWORK', 'NETWORK'])
  })

  it('has the clock of its Date header, unless a cache gave it', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    // Made an hour ago, by the server's own clock, and good for one more.
    const token = signJwt({ iat: seconds - 3600, exp: seconds + 3600, token_type: 'access' }, 'k')
    const date = new Date().toUTCString()
    const lifetime = async (headers: Record<string, string>) => {
      const one = manager(answering(JSON.stringify({ token }), { headers }))
      await one.getToken()
      const minutes = Math.round((one.status().expiresAt! - Date.now()) / 60_000)
      await one.close()
      return minutes
    }
    expect(await lifetime({ date })).toBe(60)
    expect(await lifetime({ date, age: '3' })).toBe(120)
  })

  it('that a browser shows as nothing but a redirect is one', async () => {
    const opaque = { status: 0, ok: false, type: 'opaqueredirect', headers: new Headers(), body: null } as Response
    const error = await failureOf(manager(async () => opaque).getToken())
    expect(error).toMatchObject({ code: 'BAD_RESPONSE', statusCode: 502 })
    expect(error.message).toContain('Redirects are not followed')
  })

  it('may come bit by bit, cut in the middle of a letter', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ user: { name: 'é€😀' }, token: 'tok', refresh_token: 'r' }))
    const body = new ReadableStream({ start: (out) => (bytes.forEach((_, at) => out.enqueue(bytes.slice(at, at + 1))), out.close()) })
    await expect(manager(answering(body)).getToken()).resolves.toBe('tok')
  })

  it('without end is not listened to', async () => {
    let cancelled = false
    const body = new ReadableStream({ pull: (out) => out.enqueue(new Uint8Array(1 << 16)), cancel: () => void (cancelled = true) })
    const error = await failureOf(manager(answering(body)).getToken())
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' })
    expect(error.message).toContain('more than 1024 KiB')
    expect(cancelled).toBe(true)
  })

  it.each([undefined, null, 'text', {}, { status: 200, ok: true, json: async () => ({}) }])('that is none is a NETWORK failure that says so: %o', async (given) => {
    const error = await failureOf(manager(async () => given as never).getToken())
    expect(error).toMatchObject({ code: 'NETWORK', cause: expect.any(TypeError) as unknown })
    expect((error.cause as Error).message).toBe('fetch answered something that is no Response')
  })
})

describe('no answer', () => {
  it('is NETWORK with what fetch threw as its cause, and its reason in the message', async () => {
    let thrown: unknown
    const spying: Fetch = (...call) => fetch(...call).catch((error: unknown) => Promise.reject((thrown = error)))
    await server.close()
    const error = await failureOf(manager(spying).getToken())
    expect(error).toMatchObject({ code: 'NETWORK', statusCode: 502, retryable: true })
    expect(error.message).toContain('ECONNREFUSED')
    expect(thrown).toBeInstanceOf(TypeError)
    expect(error.cause).toBe(thrown)
  })

  it('shows nothing of the request, whatever fetch says', async () => {
    const telling: Fetch = async (_, init) => {
      throw new TypeError(`could not send ${String(init!.body)}`)
    }
    const error = await failureOf(manager(telling).getToken())
    expect(error.message).toContain('[redacted]')
    expect(error.message).not.toContain(DEFAULT_USER.password)
  })

  it('within the time limit is TIMEOUT, and the signal fires', async () => {
    server.fail('hang')
    let signal!: AbortSignal
    let ended: unknown
    const spying: Fetch = (url, init) => {
      signal = init!.signal!
      const answer = fetch(url, init)
      answer.catch((error: unknown) => (ended = error))
      return answer
    }
    const error = await failureOf(manager(spying, { timeoutMs: 80 }).getToken())
    expect(error).toMatchObject({ code: 'TIMEOUT', statusCode: 504 })
    await vi.waitFor(() => expect(ended).toMatchObject({ name: 'TimeoutError' }))
    expect(signal.aborted).toBe(true)
  })

  it('is tried again as the options say', async () => {
    const spy = vi.fn<Fetch>(() => Promise.reject(new TypeError('fetch failed')))
    await failureOf(manager(spy, { retry: { attempts: 3, baseDelayMs: 1 } }).getToken())
    expect(spy).toHaveBeenCalledTimes(3)
  })
})

describe('with', () => {
  it("an agent of undici's", async () => {
    const dispatcher = new Agent({ connections: 1 })
    const through = ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as Fetch
    await expect(manager(through).getToken()).resolves.toMatch(JWT)
    await dispatcher.close()
  })

  it("a mock agent of undici's, and no server at all", async () => {
    const dispatcher = new MockAgent()
    dispatcher.disableNetConnect()
    dispatcher
      .get('https://baserow.example')
      .intercept({ path: '/api/user/token-auth/', method: 'POST', body: (body) => body.includes(DEFAULT_USER.email) })
      .reply(200, { token: 'mocked', refresh_token: 'r' })
    const through = ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as Fetch
    await expect(manager(through, { baseUrl: 'https://baserow.example/api' }).getToken()).resolves.toBe('mocked')
    dispatcher.assertNoPendingInterceptors()
    await dispatcher.close()
  })

  it('nock, and no server at all', async () => {
    nock.disableNetConnect()
    const scope = nock('https://nocked.example')
      .post('/api/user/token-auth/', (body: Record<string, unknown>) => body['password'] === DEFAULT_USER.password)
      .reply(200, { token: 'nocked', refresh_token: 'r' })
    const through: Fetch = (...call) => globalThis.fetch(...call)
    await expect(manager(through, { baseUrl: 'https://nocked.example/api' }).getToken()).resolves.toBe('nocked')
    scope.done()
    nock.restore()
    nock.enableNetConnect()
  })
})

describe('options', () => {
  it.each([
    ['fetch', { fetch: 'a string' }],
    ['tls', { fetch, tls: { roots: 'system' } }],
    ['proxy', { fetch, proxy: 'http://proxy.example:3128' }],
    ['proxy', { fetch, proxy: true }],
    ['proxy', { fetch, proxy: 5 }],
  ])('INVALID_OPTION names %s', (name, changes) => {
    expect(() => manager(fetch, changes as object)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(`INVALID_OPTION: ${name} `) as string }),
    )
  })
  it.each([{ proxy: false }, { proxy: undefined, tls: undefined }, { tls: {} }, { tls: { ca: undefined } }])('%o asks for nothing that fetch would not do', async (changes) => {
    await expect(manager(fetch, changes).getToken()).resolves.toMatch(JWT)
  })
})
