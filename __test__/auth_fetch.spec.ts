// `authFetch` is fetch: what differs is the header, where it goes, and what happens when it is refused.
import type { ServerResponse } from 'node:http'
import { TokenError, createBaserowJwtManager, createTokenManager, jsonLogin } from 'tokenkeep'
import { type AuthFetchOptions, authFetch } from 'tokenkeep/fetch'
import { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { double } from './fixtures/double'
import { type Arrived, type Loopback, loopback } from './fixtures/loopback'

/** Answers with what has arrived; `/r/STATUS?to=…` redirects, `/dead` refuses every token but the second. */
function answer({ method, path, headers, body, authorization }: Arrived, response: ServerResponse, url: string): void {
  const at = new URL(path, url)
  const redirect = /^\/r\/(\d+)/.exec(at.pathname)
  if (redirect !== null) {
    const to = at.searchParams.get('to')
    response.writeHead(Number(redirect[1]), to === null ? {} : { location: to }).end('moved')
  } else if (at.pathname.startsWith('/loop/')) {
    const left = Number(at.pathname.slice(6))
    response.writeHead(302, left === 0 ? { location: '/echo' } : { location: `/loop/${left - 1}` }).end()
  } else if (at.pathname === '/dead' && authorization !== 'Test token-2') {
    response.writeHead(401, { 'content-type': 'text/plain' }).end('dead')
  } else if (at.pathname === '/refused') {
    response.writeHead(401).end('refused')
  } else if (at.pathname === '/status') {
    response.writeHead(Number(at.searchParams.get('is'))).end()
  } else if (at.pathname === '/reset') {
    response.socket!.destroy()
  } else if (at.pathname !== '/hang') {
    const { host, connection, authorization: own, ...rest } = headers
    // Of a form, the boundary is drawn anew each time.
    const text = JSON.stringify({ method, path, rest, own: own ?? null, body }).replaceAll(/-{4,}[\w-]+/g, 'BOUNDARY')
    response.writeHead(200, { 'content-type': 'application/json', 'x-method': method }).end(text)
  }
}

let server: Loopback
let other: Loopback
beforeAll(async () => {
  server = await loopback(answer)
  other = await loopback(answer)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

const over = (manager = double(), options: Partial<AuthFetchOptions> = {}) => authFetch(manager, { origins: [server.url], ...options })
const seen = (at: Loopback, since: number) => at.requests.slice(since).map(({ path, authorization }) => [path, authorization])
const stream = (...chunks: string[]) =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
      controller.close()
    },
  })
const form = () => {
  const data = new FormData()
  data.append('name', 'value')
  data.append('file', new File(['content'], 'a.txt', { type: 'text/plain' }))
  return data
}

interface Result {
  status?: number
  statusText?: string
  headers?: [string, string][]
  body?: string
  url?: string
  redirected?: boolean
  type?: string
  error?: string
}

/** What a caller can see of a fetch. */
async function result(fetching: () => Promise<Response>): Promise<Result> {
  try {
    const response = await fetching()
    const { status, statusText, url, redirected, type } = response
    const headers = [...response.headers].filter(([name]) => name !== 'date')
    const copy = response.clone()
    if (copy.redirected !== redirected || copy.url !== url) throw new Error('the clone is another answer')
    const body = (await response.text()).replace(/"own":("[^"]*"|null)/, '"own":OWN')
    return { status, statusText, headers, body, url, redirected, type }
  } catch (error) {
    return { error: `${(error as Error).name}${error instanceof TypeError ? '' : `: ${(error as Error).message}`}` }
  }
}

type Case = [what: string, make: (url: string, elsewhere: string) => [Parameters<typeof fetch>[0], RequestInit?]]
const to = (url: string) => encodeURIComponent(url)

/** What the Fetch standard promises, compared with what plain fetch does. */
const CASES: Case[] = [
  ['a string', (url) => [`${url}/echo?a=1#fragment`]],
  ['a URL', (url) => [new URL(`${url}/echo`)]],
  ['a Request', (url) => [new Request(`${url}/echo`, { headers: { 'x-mine': '1' } })]],
  ['a Request that init overrides', (url) => [new Request(`${url}/echo`, { headers: { 'x-mine': '1' } }), { method: 'PUT', headers: { 'x-other': '2' }, body: 'b' }]],
  ['a Request as init', (url) => [`${url}/echo`, new Request('http://x.test/', { method: 'DELETE', headers: { 'x-mine': '1' } })]],
  ['a Request with a body', (url) => [new Request(`${url}/echo`, { method: 'POST', body: 'text' })]],
  ['a Request with a form', (url) => [new Request(`${url}/echo`, { method: 'POST', body: form() })]],
  ['a Request with a stream', (url) => [new Request(`${url}/echo`, { method: 'POST', body: stream('a', 'b'), duplex: 'half' } as RequestInit)]],
  ['HEAD', (url) => [`${url}/echo`, { method: 'HEAD' }]],
  ['a method in lower case', (url) => [`${url}/echo`, { method: 'post', body: 'x' }]],
  ['a method of one’s own', (url) => [`${url}/echo`, { method: 'PURGE' }]],
  ['text', (url) => [`${url}/echo`, { method: 'POST', body: 'tëxt' }]],
  ['an empty text', (url) => [`${url}/echo`, { method: 'POST', body: '' }]],
  ['no body', (url) => [`${url}/echo`, { method: 'POST', body: null }]],
  ['a form', (url) => [`${url}/echo`, { method: 'POST', body: form() }]],
  ['URLSearchParams', (url) => [`${url}/echo`, { method: 'POST', body: new URLSearchParams({ a: '1' }) }]],
  ['a Blob with a type', (url) => [`${url}/echo`, { method: 'POST', body: new Blob(['b'], { type: 'text/csv' }) }]],
  ['bytes', (url) => [`${url}/echo`, { method: 'POST', body: new Uint8Array([65, 66, 67]).subarray(1) }]],
  ['an ArrayBuffer', (url) => [`${url}/echo`, { method: 'POST', body: new Uint8Array([65, 66]).buffer }]],
  ['a stream', (url) => [`${url}/echo`, { method: 'POST', body: stream('a', 'b'), duplex: 'half' } as RequestInit]],
  ['a stream without duplex', (url) => [`${url}/echo`, { method: 'POST', body: stream('a') }]],
  ['headers as a list', (url) => [`${url}/echo`, { headers: [['x-a', '1'], ['x-a', '2']] }]],
  ['headers as Headers', (url) => [`${url}/echo`, { headers: new Headers({ 'x-a': '1', 'user-agent': 'mine' }) }]],
  ['options that pass through', (url) => [`${url}/echo`, { keepalive: true, credentials: 'include', cache: 'no-store', mode: 'cors', referrerPolicy: 'no-referrer' }]],
  ['a 404', (url) => [`${url}/status?is=404`]],
  ['a 204', (url) => [`${url}/status?is=204`]],
  ['a 304', (url) => [`${url}/status?is=304`]],
  ['a 300 is no redirect', (url) => [`${url}/r/300?to=/echo`]],
  ...[301, 302, 303, 307, 308].flatMap((status): Case[] => [
    [`${status} after GET`, (url) => [`${url}/r/${status}?to=/echo`]],
    [`${status} after HEAD`, (url) => [`${url}/r/${status}?to=/echo`, { method: 'HEAD' }]],
    [`${status} after POST`, (url) => [`${url}/r/${status}?to=/echo`, { method: 'POST', body: 'kept?', headers: { 'content-language': 'en', 'x-mine': '1' } }]],
    [`${status} after post`, (url) => [`${url}/r/${status}?to=/echo`, { method: 'post', body: 'kept?' }]],
    [`${status} after PUT`, (url) => [`${url}/r/${status}?to=/echo`, { method: 'PUT', body: new Blob(['kept?']) }]],
    [`${status} after DELETE`, (url) => [`${url}/r/${status}?to=/echo`, { method: 'DELETE' }]],
    [`${status} after a form`, (url) => [`${url}/r/${status}?to=/echo`, { method: 'POST', body: form() }]],
    [`${status} after a stream`, (url) => [`${url}/r/${status}?to=/echo`, { method: 'POST', body: stream('a'), duplex: 'half' } as RequestInit]],
    [`${status} after a Request with text`, (url) => [new Request(`${url}/r/${status}?to=/echo`, { method: 'POST', body: 'kept?' })]],
    [`${status} after a Request without a body`, (url) => [new Request(`${url}/r/${status}?to=/echo`, { headers: { 'x-mine': '1' } })]],
  ]),
  ['a redirect to another origin', (url, elsewhere) => [`${url}/r/302?to=${to(`${elsewhere}/echo`)}`, { headers: { cookie: 'a=b', 'proxy-authorization': 'x', 'x-mine': '1' } }]],
  ['a 307 with a body to another origin', (url, elsewhere) => [`${url}/r/307?to=${to(`${elsewhere}/echo`)}`, { method: 'POST', body: 'x', headers: { cookie: 'a=b' } }]],
  ['a redirect with an Authorization of one’s own', (url, elsewhere) => [`${url}/r/302?to=${to(`${elsewhere}/echo`)}`, { headers: { authorization: 'mine' } }]],
  ['a redirect without a Location', (url) => [`${url}/r/302`]],
  ['a redirect to a fragment', (url) => [`${url}/r/302?to=${to('/echo#there')}`]],
  ['a redirect that is not ASCII', (url) => [`${url}/r/302?to=${to('/echo?ä')}`]],
  ['a redirect to no URL', (url) => [`${url}/r/302?to=${to('http://[')}`]],
  ['a redirect to a file', (url) => [`${url}/r/302?to=${to('file:///etc/passwd')}`]],
  ['a redirect to data', (url) => [`${url}/r/302?to=${to('data:text/plain,x')}`]],
  ['a redirect with credentials', (url) => [`${url}/r/302?to=${to(url.replace('//', '//user:secret@'))}`]],
  ['a redirect to a bad port', (url) => [`${url}/r/302?to=${to('http://127.0.0.1:22/')}`]],
  ['20 redirects', (url) => [`${url}/loop/19`]],
  ['21 redirects', (url) => [`${url}/loop/20`]],
  ['redirect: manual', (url) => [`${url}/r/302?to=/echo`, { redirect: 'manual' }]],
  ['redirect: manual of a Request', (url) => [new Request(`${url}/r/307?to=/echo`, { redirect: 'manual' })]],
  ['redirect: error', (url) => [`${url}/r/302?to=/echo`, { redirect: 'error' }]],
  ['redirect: error without a redirect', (url) => [`${url}/echo`, { redirect: 'error' }]],
  ['redirect: something else', (url) => [`${url}/echo`, { redirect: 'sideways' as 'follow' }]],
  ['no URL', () => ['nonsense']],
  ['a relative URL', () => ['/echo']],
  ['a URL with credentials', (url) => [url.replace('//', '//user:secret@')]],
  ['data:', () => ['data:text/plain,hello']],
  ['another scheme', () => ['ftp://127.0.0.1/']],
  ['GET with a body', (url) => [`${url}/echo`, { body: 'x' }]],
  ['a forbidden method', (url) => [`${url}/echo`, { method: 'TRACE' }]],
  ['a method that is none', (url) => [`${url}/echo`, { method: 'A B' }]],
  ['a header that is none', (url) => [`${url}/echo`, { headers: { 'a b': 'c' } }]],
  ['headers that are null', (url) => [`${url}/echo`, { headers: null as never }]],
  ['a signal that is none', (url) => [`${url}/echo`, { signal: {} as AbortSignal }]],
  ['a signal that has fired', (url) => [`${url}/echo`, { signal: AbortSignal.abort() }]],
  ['a signal that has fired for a reason', (url) => [`${url}/echo`, { signal: AbortSignal.abort(new Error('enough')) }]],
  ['a signal that fires', (url) => [`${url}/hang`, { signal: AbortSignal.timeout(50) }]],
  ['a Request whose signal fires', (url) => [new Request(`${url}/hang`, { signal: AbortSignal.timeout(50) })]],
  ['a Request whose signal is taken away', (url) => [new Request(`${url}/echo`, { signal: AbortSignal.abort() }), { signal: null }]],
  ['a connection that breaks', (url) => [`${url}/reset`]],
  ['nobody there', () => ['http://127.0.0.1:9/']],
]

it('calls the fetch that it is given as a function, and as nobody\'s method: that of a browser or a worker refuses', async () => {
  const of: unknown[] = []
  async function strict(this: unknown): Promise<Response> {
    of.push(this)
    return new Response('fine')
  }
  await over(double(), { fetch: strict })(`${server.url}/echo`)
  expect(of).toEqual([undefined])
})

describe('behaves as plain fetch', () => {
  it.each(CASES)('%s', async (_what, make) => {
    const plain = await result(() => fetch(...make(server.url, other.url)))
    expect(await result(() => over()(...make(server.url, other.url)))).toEqual(plain)
    // And where it has no business at all.
    const none = authFetch(double(), { origins: ['https://nobody.test'] })
    expect(await result(() => none(...make(server.url, other.url)))).toEqual(plain)
  })

  it('a Request cannot be used twice', async () => {
    const request = new Request(`${server.url}/echo`, { method: 'POST', body: 'x' })
    await over()(request)
    expect(request.bodyUsed).toBe(true)
    await expect(over()(request)).rejects.toThrow(TypeError)
  })

  it('takes the request as it is at the call, not as it is when there is a token', async () => {
    const bytes = new TextEncoder().encode('before')
    const headers = new Headers({ 'x-mine': 'before' })
    const params = new URLSearchParams('a=before')
    const posting = [over()(`${server.url}/echo`, { method: 'POST', body: bytes, headers }), over()(`${server.url}/echo`, { method: 'POST', body: params })]
    bytes.fill(88)
    headers.set('x-mine', 'after')
    params.set('a', 'after')
    const [first, second] = await Promise.all(posting.map(async (each) => (await each).json() as Promise<{ body: string; rest: Record<string, string> }>))
    expect([first!.body, first!.rest['x-mine'], second!.body]).toEqual(['before', 'before', 'a=before'])
  })

  it('sends through the fetch that it is given', async () => {
    const calls: unknown[][] = []
    const mock = (async (...args: unknown[]) => {
      calls.push(args)
      return new Response('mocked')
    }) as typeof fetch
    const input = new URL(`${server.url}/echo`)
    expect(await (await over(double(), { fetch: mock })(input)).text()).toBe('mocked')
    expect(calls[0]![0]).toBe(input)
    expect((calls[0]![1] as { headers: Headers }).headers.get('authorization')).toBe('Test token-1')
  })

  it('a fetch that hides redirects is told from one that has arrived', async () => {
    const hiding = (async () => Object.defineProperty(new Response(), 'type', { value: 'opaqueredirect' })) as typeof fetch
    await expect(over(double(), { fetch: hiding })(`${server.url}/echo`)).rejects.toThrow(TypeError)
  })
})

describe('the header', () => {
  it('goes to the listed origins, whatever else is in the URL', async () => {
    const since = server.requests.length
    await over(double(), { origins: [server.url.replace('http:', 'HTTP:') + '/'] })(`${server.url}/echo?x#y`)
    expect(seen(server, since)).toEqual([['/echo?x', 'Test token-1']])
  })

  it('goes to no other host, port or scheme', async () => {
    const manager = double()
    const since = other.requests.length
    await over(manager)(`${other.url}/echo`)
    await over(manager)(`${other.url}/echo?at=${server.url}`)
    await authFetch(manager, { origins: [other.url.replace('http:', 'https:'), 'http://127.0.0.1', 'http://localhost:1'] })(`${other.url}/echo`)
    expect(seen(other, since).map(([, authorization]) => authorization)).toEqual([undefined, undefined, undefined])
    expect(manager.asked).toBe(0)
  })

  it.each([301, 302, 303, 307, 308])('does not follow a %i out of the list, and does not come back with it', async (status) => {
    const [here, there] = [server.requests.length, other.requests.length]
    const back = `${other.url}/r/${status}?to=${to(`${server.url}/echo`)}`
    await over()(`${server.url}/r/${status}?to=${to(back)}`)
    expect(seen(other, there).map(([, authorization]) => authorization)).toEqual([undefined])
    expect(seen(server, here).map(([, authorization]) => authorization)).toEqual(['Test token-1', undefined])
  })

  it('is not had by a host that is not listed and leads to one that is', async () => {
    const manager = double()
    const here = server.requests.length
    const response = await over(manager)(`${other.url}/r/307?to=${to(`${server.url}/dead`)}`, { method: 'POST', body: 'x' })
    expect([response.status, response.redirected]).toEqual([401, true])
    expect(seen(server, here)).toEqual([['/dead', undefined]])
    expect(manager).toMatchObject({ asked: 0, invalidated: [] })
  })

  it('goes to both of two listed origins', async () => {
    const there = other.requests.length
    await over(double(), { origins: [server.url, other.url] })(`${server.url}/r/302?to=${to(`${other.url}/echo`)}`)
    expect(seen(other, there)).toEqual([['/echo', 'Test token-1']])
  })

  it('is left alone when the request has one of its own, and so are its refusals', async () => {
    const manager = double()
    const since = server.requests.length
    const response = await over(manager)(`${server.url}/dead`, { headers: { Authorization: 'mine' } })
    expect([response.status, seen(server, since)]).toEqual([401, [['/dead', 'mine']]])
    await over(manager)(new Request(`${server.url}/echo`, { headers: { authorization: 'mine' } }))
    await over(manager)(`${server.url}/r/302?to=${to(`${other.url}/echo`)}`, { headers: { authorization: 'mine' } })
    expect(other.requests.at(-1)!.authorization).toBeUndefined()
    expect(manager).toMatchObject({ asked: 0, invalidated: [] })
  })

  it('a token that no header can carry is not shown in the error', async () => {
    const manager = double()
    manager.instead = async () => 'Test secret\n'
    const error = await over(manager)(`${server.url}/echo`).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' })
    expect(String((error as Error).stack)).not.toContain('secret')
  })
})

describe('a dead token', () => {
  const BODIES: [what: string, init: () => RequestInit, body: string | RegExp][] = [
    ['nothing', () => ({}), ''],
    ['text', () => ({ method: 'POST', body: 'text' }), 'text'],
    ['bytes', () => ({ method: 'POST', body: Buffer.from('bytes') }), 'bytes'],
    ['an ArrayBuffer', () => ({ method: 'POST', body: new TextEncoder().encode('bytes').buffer }), 'bytes'],
    ['a Blob', () => ({ method: 'PUT', body: new Blob(['blob']) }), 'blob'],
    ['URLSearchParams', () => ({ method: 'POST', body: new URLSearchParams({ a: 'b' }) }), 'a=b'],
    ['a form', () => ({ method: 'POST', body: form() }), /name="file"; filename="a.txt"[^]*content/],
  ]

  it.each(BODIES)('is invalidated and the request repeated once with its successor: %s', async (_what, init, body) => {
    const manager = double()
    const since = server.requests.length
    const response = await over(manager)(`${server.url}/dead`, init())
    expect(response.status).toBe(200)
    expect(response.redirected).toBe(false)
    expect(seen(server, since).map(([, authorization]) => authorization)).toEqual(['Test token-1', 'Test token-2'])
    expect(manager.invalidated).toEqual(['token-1'])
    for (const request of server.requests.slice(since)) expect(request.body).toMatch(body)
  })

  it('a Request with a body of up to 1 MiB is repeated', async () => {
    const since = server.requests.length
    const response = await over()(new Request(`${server.url}/dead`, { method: 'POST', body: 'x'.repeat(1 << 20), headers: { 'x-mine': '1' } }))
    expect(response.status).toBe(200)
    expect(server.requests.slice(since).map(({ body, headers }) => [body.length, headers['x-mine'], headers['content-type']])).toEqual(
      Array(2).fill([1 << 20, '1', 'text/plain;charset=UTF-8']),
    )
  })

  it.each<[string, (url: string) => Parameters<typeof fetch>]>([
    ['a stream', (url) => [url, { method: 'POST', body: stream('a'), duplex: 'half' } as RequestInit]],
    ['a Request with a larger body', (url) => [new Request(url, { method: 'POST', body: 'x'.repeat((1 << 20) + 1) })]],
  ])('with %s the 401 is the answer, and the token is invalidated all the same', async (_what, make) => {
    const manager = double()
    const since = server.requests.length
    const response = await over(manager)(...make(`${server.url}/dead`))
    expect([response.status, await response.text(), manager.invalidated]).toEqual([401, 'dead', ['token-1']])
    expect(server.requests.length).toBe(since + 1)
  })

  it('that is followed by another is the answer: the second 401 is returned whole', async () => {
    const manager = double()
    const since = server.requests.length
    const response = await over(manager)(`${server.url}/refused`)
    expect([response.status, await response.text()]).toEqual([401, 'refused'])
    expect(seen(server, since)).toEqual([['/refused', 'Test token-1'], ['/refused', 'Test token-2']])
    expect(manager.invalidated).toEqual(['token-1', 'token-2'])
  })

  it('behind a redirect is renewed there, with the method and body that it has there', async () => {
    const since = server.requests.length
    const response = await over()(`${server.url}/r/303?to=/dead`, { method: 'POST', body: 'x' })
    expect([response.status, response.redirected, response.url]).toEqual([200, true, `${server.url}/dead`])
    expect(server.requests.slice(since).map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /r/303?to=/dead', 'GET /dead', 'GET /dead'])
  })

  it('is told by the body, which the caller can still read', async () => {
    const bodies: unknown[] = []
    const manager = double((body) => bodies.push(body) < 0)
    const response = await over(manager)(`${server.url}/refused`)
    expect([response.bodyUsed, await response.text(), bodies, manager.invalidated]).toEqual([false, 'refused', ['refused'], []])
  })

  it('is told by no more than 64 KiB and a bit, however long the body', async () => {
    const sizes: number[] = []
    await using endless = await loopback((_request, response) => {
      response.writeHead(401)
      const chunk = 'x'.repeat(1 << 15)
      const pump = () => void (response.destroyed || (response.write(chunk) ? setImmediate(pump) : response.once('drain', pump)))
      pump()
    })
    const manager = double((body) => sizes.push((body as string).length) < 0)
    const response = await authFetch(manager, { origins: [endless.url] })(endless.url)
    expect(sizes[0]).toBeLessThanOrEqual(1 << 18)
    await response.body!.cancel()
  })

  it('that the manager cannot replace rejects with its TokenError, COOLING_DOWN as any other', async () => {
    const manager = double()
    manager.instead = async () => {
      if (manager.asked === 1) return 'Test token-1'
      throw new TokenError({ code: 'COOLING_DOWN', message: 'the API refuses every new token', retryAfterMs: 30_000 })
    }
    await expect(over(manager)(`${server.url}/dead`)).rejects.toMatchObject({ code: 'COOLING_DOWN', retryAfterMs: 30_000 })
    await expect(over(manager)(`${server.url}/dead`, { method: 'POST', body: stream('a'), duplex: 'half' } as RequestInit)).rejects.toMatchObject({ code: 'COOLING_DOWN' })
  })

  it('a 403 and a 200 are no refusals', async () => {
    const manager = double()
    for (const is of [200, 403, 500]) expect((await over(manager)(`${server.url}/status?is=${is}`)).status).toBe(is)
    expect(manager.invalidated).toEqual([])
  })
})

describe('the wait for a token', () => {
  it('ends with the caller’s signal, and the signal’s reason', async () => {
    const manager = double()
    manager.instead = (signal) => new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))
    const leaving = new AbortController()
    const waiting = [over(manager)(`${server.url}/echo`, { signal: leaving.signal }), over(manager)(new Request(`${server.url}/echo`, { signal: leaving.signal }))]
    leaving.abort(new Error('enough'))
    for (const each of waiting) await expect(each).rejects.toThrow('enough')
  })

  it('that brings none rejects with the TokenError, and sends nothing', async () => {
    await using baserow = await startBaserow()
    const manager = createBaserowJwtManager({ baseUrl: baserow.baseUrl, ...DEFAULT_USER, password: 'wrong' })
    const error = await authFetch(manager, { origins: [baserow.url] })(`${baserow.baseUrl}/applications/`).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TokenError)
    expect([(error as TokenError).code, baserow.counters.apiRequests]).toEqual(['INVALID_CREDENTIALS', 0])
  })
})

describe('options', () => {
  it.each<[string, unknown, RegExp]>([
    ['no options', undefined, /INVALID_OPTION: options /],
    ['no origins', {}, /INVALID_OPTION: origins /],
    ['an empty list', { origins: [] }, /INVALID_OPTION: origins /],
    ['a text', { origins: 'https://a.test' }, /INVALID_OPTION: origins /],
    ['no text', { origins: [new URL('https://a.test')] }, /INVALID_OPTION: origins\[0\] /],
    ['no URL', { origins: ['https://a.test', '*'] }, /INVALID_OPTION: origins\[1\] /],
    ['a host', { origins: ['a.test:443'] }, /INVALID_OPTION: origins\[0\] /],
    ['another scheme', { origins: ['ws://a.test'] }, /INVALID_OPTION: origins\[0\] /],
    ['a path', { origins: ['https://a.test/api'] }, /INVALID_OPTION: origins\[0\] .*without a path/],
    ['a query', { origins: ['https://a.test?x'] }, /INVALID_OPTION: origins\[0\] /],
    ['a fragment', { origins: ['https://a.test#x'] }, /INVALID_OPTION: origins\[0\] /],
    ['credentials', { origins: ['https://u:p@a.test'] }, /INVALID_OPTION: origins\[0\] /],
    ['a fetch that is none', { origins: ['https://a.test'], fetch: 1 }, /INVALID_OPTION: fetch /],
  ])('%s is refused by name', (_what, options, message) => {
    expect(() => authFetch(double(), options as AuthFetchOptions)).toThrow(message)
  })

  it('a manager that is none is refused by name, with an error that is a TokenError', () => {
    expect(() => authFetch({} as never, { origins: ['https://a.test'] })).toThrow(TokenError)
    expect(() => authFetch(undefined as never, { origins: ['https://a.test'] })).toThrow(/INVALID_OPTION: manager /)
  })
})

describe('end to end', () => {
  it('at Baserow: a revoked token, one refresh, the answer; PERMISSION_DENIED is an answer', async () => {
    await using baserow = await startBaserow()
    const manager = createBaserowJwtManager({ baseUrl: baserow.baseUrl, ...DEFAULT_USER })
    const api = authFetch(manager, { origins: [baserow.url] })
    const tables = `${baserow.baseUrl}/database/tables/database/1/`
    expect((await api(tables)).status).toBe(200)
    baserow.revokeAll()
    expect((await api(tables)).status).toBe(200)
    expect(baserow.counters.apiRequests).toBe(3)
    baserow.fail('permission-denied', { endpoint: 'api' })
    const denied = await api(tables)
    expect([denied.status, await denied.json()]).toMatchObject([401, { error: 'PERMISSION_DENIED' }])
    expect(baserow.counters).toMatchObject({ logins: 2, apiRequests: 4 })
    expect(manager.status().counters.invalidations).toBe(1)
  })

  it('a hundred requests with the same dead token are one renewal', async () => {
    await using service = await startTokenServer()
    await using manager = createTokenManager({ provider: jsonLogin({ url: service.loginUrl, refreshUrl: service.refreshUrl, body: { api_key: DEFAULT_KEY } }) })
    const api = authFetch(manager, { origins: [service.url] })
    await manager.getToken()
    service.revokeAccessTokens()
    const answers = await Promise.all(Array.from({ length: 100 }, () => api(service.apiUrl)))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(service.counters).toMatchObject({ logins: 1, refreshes: 1, apiRejected: 100 })
  })

  it('an API that refuses every token trips the storm fuse: no sixth token is asked for, and callers are told COOLING_DOWN', async () => {
    await using service = await startTokenServer()
    await using manager = createTokenManager({ provider: jsonLogin({ url: service.loginUrl, refreshUrl: service.refreshUrl, body: { api_key: DEFAULT_KEY } }) })
    const api = authFetch(manager, { origins: [server.url] })
    const ask = () => api(`${server.url}/refused`).then(({ status }) => status, ({ code, retryAfterMs }) => ({ code, waits: retryAfterMs > 0 }))
    const answers: unknown[] = []
    for (let call = 0; call < 20; call++) answers.push(await ask())
    expect(answers[0]).toBe(401)
    expect(answers.at(-1)).toEqual({ code: 'COOLING_DOWN', waits: true })
    expect(service.counters.logins + service.counters.refreshes).toBe(5)
  })
})
