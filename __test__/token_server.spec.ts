// The second server of the test kit: any JSON login, with one-time refresh tokens.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DEFAULT_KEY, startTokenServer, type Fault, type FaultKind, type TokenServer, type TokenServerOptions } from '../lib/testing/index'

interface Reply {
  status: number
  headers: Headers
  json: any
}

let server: TokenServer

async function start(options?: TokenServerOptions): Promise<TokenServer> {
  server = await startTokenServer(options)
  return server
}

afterEach(async () => {
  vi.useRealTimers()
  await server?.close()
})

// The wall clock stands still, so that a loaded machine cannot age a token; timers and sockets run on.
function stopClock(): { advance(ms: number): void } {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_795_210_820_250 })
  return { advance: (ms) => void vi.setSystemTime(Date.now() + ms) }
}

async function send(url: string, init: RequestInit = {}): Promise<Reply> {
  const reply = await fetch(url, init)
  const text = await reply.text()
  const isJson = reply.headers.get('content-type') === 'application/json'
  return { status: reply.status, headers: reply.headers, json: isJson ? JSON.parse(text) : text }
}

const post = (url: string, body: unknown, type = 'application/json'): Promise<Reply> =>
  send(url, { method: 'POST', headers: { 'content-type': type }, body: typeof body === 'string' ? body : JSON.stringify(body) })
const logIn = (body: unknown = { api_key: DEFAULT_KEY }): Promise<Reply> => post(server.loginUrl, body)
const refresh = (token: unknown): Promise<Reply> => post(server.refreshUrl, { refresh_token: token })
const me = (token: string, scheme = 'Bearer'): Promise<Reply> => send(server.apiUrl, { headers: { authorization: `${scheme} ${token}` } })

async function session(): Promise<{ access: string; refresh: string }> {
  const { json } = await logIn()
  return { access: json.access_token, refresh: json.refresh_token }
}

function claimsOf(token: string): Record<string, any> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

describe('a login', () => {
  it('with the key brings tokens that open the API', async () => {
    await start()
    const { status, json } = await logIn()
    expect([status, Object.keys(json), json.expires_in]).toEqual([200, ['access_token', 'refresh_token', 'expires_in'], 900])
    expect(await me(json.access_token)).toMatchObject({ status: 200, json: { account: 'key 1' } })
    expect(await me(json.access_token, 'bearer')).toMatchObject({ status: 200 })
    expect(server.counters).toMatchObject({ logins: 1, loginRequests: 1, rejected: 0, apiRequests: 2, apiRejected: 0 })
  })

  it('goes by the keys and users that were given', async () => {
    await start({ keys: ['one', 'two'], users: [{ username: 'alice', password: 'p' }] })
    const accounts = []
    for (const body of [{ api_key: 'two' }, { username: 'alice', password: 'p' }]) {
      accounts.push((await me((await logIn(body)).json.access_token)).json.account)
    }
    expect(accounts).toEqual(['key 2', 'alice'])
    const wrong = [{ api_key: DEFAULT_KEY }, { api_key: 'three' }, { username: 'alice', password: 'q' }, { username: 'alice' }, { password: 'p' }, {}]
    for (const body of wrong) expect(await logIn(body)).toMatchObject({ status: 401, json: { error: 'invalid_credentials' } })
    expect(server.counters).toMatchObject({ logins: 2, loginRequests: 8, rejected: 6 })
  })

  it('has no key of its own where there are users, and takes other keys while it runs', async () => {
    await start({ users: [{ username: 'a', password: 'p' }] })
    expect((await logIn()).status).toBe(401)
    server.configure({ keys: ['new'] })
    expect((await logIn({ api_key: 'new' })).status).toBe(200)
  })

  it('brings JWTs that say when they expire, or opaque tokens', async () => {
    stopClock()
    await start({ accessLifetimeMs: 60_000, clockOffsetMs: 5000 })
    const jwt = (await logIn()).json.access_token
    expect(claimsOf(jwt)).toMatchObject({ sub: 'key 1', iat: 1_795_210_825.25, exp: 1_795_210_885.25 })
    server.configure({ opaque: true })
    const opaque = (await logIn()).json.access_token
    expect(opaque).toMatch(/^[\w-]{43}$/)
    expect((await me(opaque)).status).toBe(200)
  })

  it('can leave out the refresh token and the lifetime', async () => {
    await start({ refreshTokens: false, omitExpiresIn: true })
    expect(Object.keys((await logIn()).json)).toEqual(['access_token'])
  })

  it('gives no two the same token', async () => {
    stopClock()
    await start()
    const tokens = await Promise.all(Array.from({ length: 20 }, session))
    expect(new Set(tokens.flatMap(({ access, refresh }) => [access, refresh])).size).toBe(40)
  })

  it.each([
    ['no JSON', '{', 'application/json', 400, 'invalid_request'],
    ['a list', '[]', 'application/json', 400, 'invalid_request'],
    ['null', 'null', 'application/json', 400, 'invalid_request'],
    ['a form', 'api_key=k', 'application/x-www-form-urlencoded', 415, 'unsupported_media_type'],
    ['text', '{}', 'text/plain', 415, 'unsupported_media_type'],
  ])('with %s is refused', async (_, body, type, status, error) => {
    await start()
    expect(await post(server.loginUrl, body, type)).toMatchObject({ status, json: { error } })
    expect(await post(server.refreshUrl, body, type)).toMatchObject({ status, json: { error } })
    expect(server.counters.rejected).toBe(0)
  })
})

describe('a refresh', () => {
  it('brings a new pair, and the old access token lives on', async () => {
    await start()
    const first = await session()
    const { status, json } = await refresh(first.refresh)
    expect([status, Object.keys(json)]).toEqual([200, ['access_token', 'refresh_token', 'expires_in']])
    expect(new Set([first.access, first.refresh, json.access_token, json.refresh_token]).size).toBe(4)
    for (const token of [first.access, json.access_token]) expect((await me(token)).status).toBe(200)
    expect((await refresh(json.refresh_token)).status).toBe(200)
    expect(server.counters).toMatchObject({ logins: 1, refreshes: 2, refreshRequests: 2, reuses: 0, rejected: 0 })
  })

  it('with a token that was used before kills the whole family, and no other', async () => {
    await start()
    const first = await session()
    const other = await session()
    const second = (await refresh(first.refresh)).json
    const third = (await refresh(second.refresh_token)).json
    expect(await refresh(first.refresh)).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'The refresh token was used before: the session is revoked.' },
    })
    expect(server.counters).toMatchObject({ refreshes: 2, reuses: 1, rejected: 1 })
    for (const token of [first.access, second.access_token, third.access_token]) expect((await me(token)).status).toBe(401)
    expect(await refresh(third.refresh_token)).toMatchObject({ status: 400, json: { error_description: 'The session was revoked.' } })
    expect(server.counters).toMatchObject({ reuses: 1, rejected: 2 })
    expect((await me(other.access)).status).toBe(200)
    expect((await refresh(other.refresh)).status).toBe(200)
  })

  it('of two at once with one token lets one through, and then neither has a session', async () => {
    await start()
    const first = await session()
    const replies = await Promise.all([refresh(first.refresh), refresh(first.refresh)])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 400])
    const winner = replies.find(({ status }) => status === 200)!.json
    expect((await refresh(winner.refresh_token)).status).toBe(400)
    expect(server.counters).toMatchObject({ refreshes: 1, reuses: 1, rejected: 2 })
  })

  it('without rotation takes one token again and again, and brings no new one', async () => {
    await start({ rotation: false })
    const first = await session()
    for (let round = 0; round < 3; round++) {
      const { status, json } = await refresh(first.refresh)
      expect([status, Object.keys(json)]).toEqual([200, ['access_token', 'expires_in']])
    }
    expect(server.counters).toMatchObject({ refreshes: 3, reuses: 0 })
  })

  it('wants a refresh token that it knows', async () => {
    await start()
    const { access } = await session()
    for (const token of [access, '', 'made up']) expect(await refresh(token)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
    for (const token of [undefined, 7, null]) expect(await refresh(token)).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
    expect(server.counters).toMatchObject({ refreshRequests: 6, refreshes: 0, rejected: 3, reuses: 0 })
  })
})

describe('the end of tokens', () => {
  it('comes to the millisecond', async () => {
    const clock = stopClock()
    await start({ accessLifetimeMs: 1000, refreshLifetimeMs: 2000 })
    const { access, refresh: token } = await session()
    clock.advance(999)
    expect((await me(access)).status).toBe(200)
    clock.advance(1)
    expect(await me(access)).toMatchObject({ status: 401, json: { error: 'invalid_token' } })
    clock.advance(1000)
    expect(await refresh(token)).toMatchObject({ status: 400, json: { error_description: 'The refresh token has expired.' } })
    expect(server.counters.apiRejected).toBe(1)
  })

  it('can be brought about: of the access tokens, or of all', async () => {
    await start()
    const { access, refresh: token } = await session()
    server.revokeAccessTokens()
    expect((await me(access)).status).toBe(401)
    const second = (await refresh(token)).json
    server.revokeAll()
    expect((await me(second.access_token)).status).toBe(401)
    expect((await refresh(second.refresh_token)).status).toBe(400)
    expect((await logIn()).status).toBe(200)
  })

  it('is told with a challenge, and no error for whoever brought no token (RFC 6750)', async () => {
    await start()
    const { access } = await session()
    const challenge = async (init?: RequestInit): Promise<unknown> => (await send(server.apiUrl, init)).headers.get('www-authenticate')
    expect(await challenge()).toBe('Bearer')
    expect(await challenge({ headers: { authorization: `JWT ${access}` } })).toBe('Bearer')
    expect(await challenge({ headers: { authorization: 'Bearer made-up' } })).toBe('Bearer error="invalid_token"')
  })
})

describe('the rate limit', () => {
  it('lets so many logins through in a sliding window, accepted or not', async () => {
    const clock = stopClock()
    await start({ rateLimit: { logins: 2, windowMs: 10_000 } })
    expect((await logIn()).status).toBe(200)
    clock.advance(4000)
    expect((await logIn({ api_key: 'wrong' })).status).toBe(401)
    const refused = await logIn()
    expect(refused).toMatchObject({ status: 429, json: { error: 'rate_limited' } })
    expect(refused.headers.get('retry-after')).toBe('6')
    clock.advance(5999)
    expect((await logIn()).headers.get('retry-after')).toBe('1')
    clock.advance(1)
    expect((await logIn()).status).toBe(200)
    expect((await logIn()).headers.get('retry-after')).toBe('4')
    expect(server.counters).toMatchObject({ logins: 2, loginRequests: 6, rateLimited: 3, rejected: 1 })
  })

  it('leaves refreshes and the API alone', async () => {
    await start({ rateLimit: { logins: 1 } })
    const first = await session()
    expect((await refresh(first.refresh)).status).toBe(200)
    expect((await me(first.access)).status).toBe(200)
  })

  it('says when to come back as a date, or not at all', async () => {
    stopClock()
    await start({ rateLimit: { logins: 0, windowMs: 60_000, retryAfter: 'date' } })
    const retryAfter = (await logIn()).headers.get('retry-after')!
    expect(retryAfter).toMatch(/ GMT$/)
    // The clock stands at .250: the next whole second.
    expect(Date.parse(retryAfter)).toBe(1_795_210_881_000)
    server.configure({ rateLimit: { logins: 0, retryAfter: null } })
    expect((await logIn()).headers.has('retry-after')).toBe(false)
    server.configure({ rateLimit: false })
    expect((await logIn()).status).toBe(200)
  })
})

describe('time passes', () => {
  it.each([
    ['loginDelayMs', [true, false, false]],
    ['refreshDelayMs', [false, true, false]],
    ['latencyMs', [true, true, true]],
  ] as const)('%s', async (option, expected) => {
    await start()
    const { access, refresh: token } = await session()
    server.configure({ [option]: 150 })
    const slow = async (request: () => Promise<Reply>): Promise<boolean> => {
      const from = performance.now()
      await request()
      // A timer may fire a little early by this clock
      return performance.now() - from > 145
    }
    expect([await slow(logIn), await slow(() => refresh(token)), await slow(() => me(access))]).toEqual(expected)
  })

  it('and the limit goes by the order of arrival all the same', async () => {
    await start({ loginDelayMs: 50, rateLimit: { logins: 1 } })
    const replies = await Promise.all([logIn(), logIn(), logIn()])
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 429, 429])
    expect(server.counters.maxConcurrent).toBeGreaterThan(1)
  })
})

describe('faults', () => {
  it('meet the endpoint that they are set for, so many times', async () => {
    await start()
    server.fail({ kind: 'status', status: 503, headers: { 'Retry-After': '7' } }, { endpoint: 'refresh', times: 2 })
    const { refresh: token } = await session()
    for (let time = 0; time < 2; time++) {
      const reply = await refresh(token)
      expect([reply.status, reply.headers.get('retry-after')]).toEqual([503, '7'])
    }
    expect((await refresh(token)).status).toBe(200)
  })

  it.each<[FaultKind | Fault, number]>([
    ['outage', 500],
    ['throttled', 429],
    ['not-json', 200],
    ['no-token', 200],
    ['echo', 400],
    [{ kind: 'trickle', bytes: 64, everyMs: 5 }, 200],
  ])('%j is answered with %i', async (fault, status) => {
    await start()
    server.fail(fault)
    expect((await logIn()).status).toBe(status)
    expect((await logIn()).status).toBe(200)
  })

  it('a reset spends nothing, a torn answer has spent the refresh token', async () => {
    await start()
    const first = await session()
    server.fail('reset', { endpoint: 'refresh' })
    await expect(refresh(first.refresh)).rejects.toThrow()
    server.fail('torn', { endpoint: 'refresh' })
    await expect(refresh(first.refresh)).rejects.toThrow()
    expect(server.counters).toMatchObject({ refreshes: 1, reuses: 0 })
    expect((await refresh(first.refresh)).status).toBe(400)
    expect(server.counters.reuses).toBe(1)
  })

  it('are forgotten on demand', async () => {
    await start()
    server.fail('outage', { times: Infinity })
    expect((await me('x')).status).toBe(500)
    server.clearFaults()
    expect((await me('x')).status).toBe(401)
  })

  it('have names that are checked', async () => {
    await start()
    expect(() => server.fail('fire' as FaultKind)).toThrow('there is no fault "fire"')
    expect(() => server.fail('reset', { endpoint: 'verify' as 'api' })).toThrow('there is no endpoint "verify"')
    expect(() => server.fail('reset', { times: 0 })).toThrow('times')
  })
})

describe('the server', () => {
  it('knows three paths and no other, and one method each', async () => {
    await start()
    expect([server.loginUrl, server.refreshUrl, server.apiUrl]).toEqual(['/auth/token', '/auth/refresh', '/api/me'].map((path) => server.url + path))
    for (const path of ['/', '/auth/token/', '/api', '/auth']) expect(await send(server.url + path)).toMatchObject({ status: 404 })
    const wrong = await send(server.loginUrl)
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await post(server.apiUrl, {})).headers.get('allow')).toBe('GET')
    expect(await send(`${server.apiUrl}?x=1`)).toMatchObject({ status: 401 })
  })

  it('records requests and counts until it is told to forget', async () => {
    await start()
    await logIn()
    expect(server.requests).toHaveLength(1)
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/auth/token', body: JSON.stringify({ api_key: DEFAULT_KEY }) })
    expect(server.counters.connections).toBe(1)
    server.reset()
    expect(server.requests).toEqual([])
    expect(new Set(Object.values(server.counters))).toEqual(new Set([0]))
  })

  it('lets pages of any origin ask, preflights included, which count for nothing; not where cors is false', async () => {
    await start()
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' }
    const flight = await send(server.loginUrl, { method: 'OPTIONS', headers })
    expect([flight.status, flight.headers.get('access-control-allow-headers')]).toEqual([200, expect.stringContaining('content-type')])
    expect((await send(server.apiUrl, { headers })).headers.get('access-control-allow-origin')).toBe('*')
    expect((await send(server.apiUrl)).headers.get('access-control-allow-origin')).toBe(null)
    expect(server.counters.loginRequests).toBe(0)
    server.configure({ cors: false })
    expect((await send(server.loginUrl, { method: 'OPTIONS', headers })).status).toBe(405)
    expect((await send(server.apiUrl, { headers })).headers.get('access-control-allow-origin')).toBe(null)
  })

  it('dates its answers by its own clock', async () => {
    stopClock()
    await start({ clockOffsetMs: -3_600_000 })
    expect(server.now()).toBe(1_795_207_220_250)
    expect(Date.parse((await logIn()).headers.get('date')!)).toBe(1_795_207_220_000)
  })

  it.each<[TokenServerOptions | object, string]>([
    [{ keyz: ['a'] }, 'startTokenServer: keyz is no option'],
    [{ accessLifetimeMs: 0 }, 'accessLifetimeMs must be more than 0'],
    [{ refreshLifetimeMs: NaN }, 'refreshLifetimeMs must be a finite number'],
    [{ loginDelayMs: -1 }, 'loginDelayMs must be 0 or more'],
    [{ refreshDelayMs: -1 }, 'refreshDelayMs must be 0 or more'],
    [{ latencyMs: -1 }, 'latencyMs must be 0 or more'],
    [{ clockOffsetMs: Infinity }, 'clockOffsetMs must be a finite number'],
    [{ rateLimit: { logins: -1 } }, 'rateLimit.logins must be 0 or more'],
    [{ rateLimit: { logins: 1, windowMs: 0 } }, 'rateLimit.windowMs must be more than 0'],
    [{ rateLimit: { logins: 1, retryAfter: 'soon' } }, "rateLimit.retryAfter must be 'seconds', 'date' or null"],
  ])('refuses %j', async (options, why) => {
    await expect(startTokenServer(options)).rejects.toThrow(why)
  })

  it('cannot change its address, and keeps its settings when a change is refused', async () => {
    await start({ opaque: true })
    expect(() => server.configure({ port: 1 } as object)).toThrow('configure: port cannot be changed while the server runs')
    expect(() => server.configure({ opaque: false, latencyMs: -1 })).toThrow('latencyMs')
    server.configure({ latencyMs: undefined })
    expect((await logIn()).json.access_token).not.toContain('.')
  })

  it('speaks HTTPS', async () => {
    const fixture = (name: string): string => readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'fixtures', name), 'utf8')
    await start({ tls: { key: fixture('server.key'), cert: fixture('server.pem') } })
    expect(server.url).toMatch(/^https:/)
    await expect(logIn()).rejects.toThrow()
    expect(server.counters).toMatchObject({ connections: 1, loginRequests: 0 })
  })

  it('closes at once and twice, with a request that hangs', async () => {
    await start()
    server.fail('hang')
    const hanging = expect(logIn()).rejects.toThrow()
    await vi.waitFor(() => expect(server.counters.loginRequests).toBe(1))
    await Promise.all([server.close(), server.close(), server[Symbol.asyncDispose]()])
    await hanging
  })

  it('is part of the kit, and lets a process end once it is unref()ed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-kit-'))
    try {
      const outfile = join(folder, 'testing.cjs')
      buildSync({ entryPoints: ['lib/testing/index.ts'], bundle: true, platform: 'node', format: 'cjs', external: ['./index.cjs'], outfile })
      const program = `const { startTokenServer } = require(${JSON.stringify(outfile)})
        startTokenServer().then((server) => { server.unref(); console.log(server.loginUrl) })`
      const run = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 20_000 })
      expect([run.status, run.stdout]).toEqual([0, expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/auth\/token\n$/)])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe('OAuth 2.0', () => {
  const form = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> =>
    send(url, { method: 'POST', headers, body: new URLSearchParams(fields) })
  const basic = (id: string, secret: string) => ({ authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` })

  it('brings tokens for client credentials, in the header or in the body, and no refresh token', async () => {
    await start({ keys: ['one', 'a key'] })
    const grant = { grant_type: 'client_credentials' }
    const replies = [
      await form(server.tokenUrl, grant, basic('client', 'a+key')),
      await form(server.tokenUrl, { ...grant, client_id: 'client', client_secret: 'a key' }),
    ]
    for (const { status, headers, json } of replies) {
      expect([status, Object.keys(json), json.token_type]).toEqual([200, ['token_type', 'access_token', 'expires_in'], 'Bearer'])
      expect(headers.get('cache-control')).toBe('no-store')
      expect(await me(json.access_token)).toMatchObject({ status: 200, json: { account: 'key 2' } })
    }
    expect(server.counters).toMatchObject({ logins: 2, tokenRequests: 2, loginRequests: 0 })
  })

  it('rotates refresh tokens, and a reuse costs the session', async () => {
    await start()
    const first = await session()
    const spend = (token: string) => form(server.tokenUrl, { grant_type: 'refresh_token', refresh_token: token, client_id: 'public' })
    const { status, json } = await spend(first.refresh)
    expect([status, Object.keys(json)]).toEqual([200, ['token_type', 'access_token', 'refresh_token', 'expires_in']])
    expect(await spend(first.refresh)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
    expect(await spend(json.refresh_token)).toMatchObject({ status: 400, json: { error: 'invalid_grant' } })
    expect(server.counters).toMatchObject({ refreshes: 1, reuses: 1, rejected: 2, tokenRequests: 3 })
  })

  it('revokes a refresh token with its session, and an access token alone', async () => {
    await start()
    const [one, other] = [await session(), await session()]
    for (const token of [one.refresh, other.access, 'unknown']) {
      expect((await form(server.revocationUrl, { token, client_id: 'public' })).status).toBe(200)
    }
    expect((await me(one.access)).status).toBe(401)
    expect((await me(other.access)).status).toBe(401)
    expect((await refresh(one.refresh)).status).toBe(400)
    expect((await refresh(other.refresh)).status).toBe(200)
    expect(server.counters.revokeRequests).toBe(3)
  })

  it.each<[string, number, Record<string, string>]>([
    ['unsupported_grant_type', 400, { grant_type: 'password', client_id: 'c' }],
    ['unauthorized_client', 400, { grant_type: 'client_credentials', client_id: 'c' }],
    ['invalid_client', 401, { grant_type: 'client_credentials', client_id: 'c', client_secret: 'wrong' }],
    ['invalid_client', 401, { grant_type: 'client_credentials' }],
    ['invalid_request', 400, { grant_type: 'refresh_token', client_id: 'c' }],
    ['invalid_grant', 400, { grant_type: 'refresh_token', client_id: 'c', refresh_token: 'unknown' }],
  ])('refuses with %s', async (error, status, fields) => {
    await start()
    expect(await form(server.tokenUrl, fields)).toMatchObject({ status, json: { error } })
  })

  it('wants a form, and faults meet its endpoints by name', async () => {
    await start()
    expect(await post(server.tokenUrl, {})).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
    expect(await post(server.revocationUrl, {})).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
    server.fail({ kind: 'status', status: 503 }, { endpoint: 'revoke' })
    expect((await form(server.tokenUrl, { grant_type: 'x', client_id: 'c' })).status).toBe(400)
    expect((await form(server.revocationUrl, { token: 'x', client_id: 'c' })).status).toBe(503)
    expect((await form(server.revocationUrl, { client_id: 'c' })).status).toBe(400)
  })
})
