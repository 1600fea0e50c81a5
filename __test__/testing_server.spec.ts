import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  DEFAULT_USER,
  signJwt,
  startBaserow,
  type BaserowServer,
  type BaserowServerOptions,
  type Endpoint,
  type Fault,
  type FaultKind,
} from '../lib/testing/index'

// The rows are those of spec/baserow-contract.md; "§2" and the like are its sections.

interface Reply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json: any
}

interface Sent {
  method?: string
  body?: string | Buffer | object
  headers?: Record<string, string>
}

const E = DEFAULT_USER.email
const P = DEFAULT_USER.password
const LOGIN = '/api/user/token-auth/'
const REFRESH = '/api/user/token-refresh/'
const VERIFY = '/api/user/token-verify/'
const BLACKLIST = '/api/user/token-blacklist/'
const SECOND = '/api/two-factor-auth/verify/'
const TABLES = '/api/database/tables/database/1/'
const VIEWS = '/api/database/views/table/1/'
const CHALLENGE = 'JWT realm="api"'

const INVALID_CREDENTIALS = '{"error":"ERROR_INVALID_CREDENTIALS","detail":"No active account found with the given credentials."}'
const DEACTIVATED = '{"error":"ERROR_DEACTIVATED_USER","detail":"User account has been disabled."}'
const UNVERIFIED = '{"error":"ERROR_EMAIL_VERIFICATION_REQUIRED","detail":"Email address has to be verified first."}'
const INVALID_REFRESH = '{"error":"ERROR_INVALID_REFRESH_TOKEN","detail":"Refresh token is expired or invalid."}'
const INVALID_ACCESS = '{"detail":"Access token is expired or invalid.","error":"ERROR_INVALID_ACCESS_TOKEN"}'
const NO_CREDENTIALS = '{"detail":"Authentication credentials were not provided."}'
const PERMISSION_DENIED =
  '{"error":"PERMISSION_DENIED","detail":"You don\'t have the required permission to execute this operation."}'
const BAD_HEADER =
  '{"detail":"Authorization header must contain two space-delimited values","code":"bad_authorization_header"}'
const PASSWORD_REQUIRED = '{"password":["This field is required."]}'

let server: BaserowServer

async function start(options?: BaserowServerOptions): Promise<BaserowServer> {
  server = await startBaserow(options)
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

function send(path: string, { method, body, headers = {} }: Sent = {}): Promise<Reply> {
  const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : body && JSON.stringify(body)
  const type: Record<string, string> = typeof body === 'object' && !Buffer.isBuffer(body) ? { 'content-type': 'application/json' } : {}
  return new Promise((resolve, reject) => {
    const outgoing = request(
      server.url + path,
      { method: method ?? (body === undefined ? 'GET' : 'POST'), headers: { ...type, ...headers }, agent: false },
      (incoming) => {
        const pieces: Buffer[] = []
        incoming.on('data', (piece: Buffer) => pieces.push(piece))
        incoming.on('error', (error) => reject(Object.assign(error, { received: Buffer.concat(pieces).toString() })))
        incoming.on('end', () => {
          const text = Buffer.concat(pieces).toString()
          const isJson = incoming.headers['content-type'] === 'application/json'
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json: isJson ? JSON.parse(text) : undefined })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(raw)
  })
}

const logIn = (email = E, password = P): Promise<Reply> => send(LOGIN, { body: { email, password } })
const refresh = (token: string): Promise<Reply> => send(REFRESH, { body: { refresh_token: token } })
const list = (token: string, path = TABLES): Promise<Reply> => send(path, { headers: { authorization: `JWT ${token}` } })

async function session(email = E, password = P): Promise<{ access: string; refresh: string }> {
  const { json } = await logIn(email, password)
  return { access: json.access_token, refresh: json.refresh_token }
}

function claimsOf(token: string): Record<string, any> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

function expectJson(reply: Reply, status: number, body: string): void {
  expect([reply.status, reply.text]).toEqual([status, body])
  expect(reply.headers['content-type']).toBe('application/json')
  expect(reply.headers['vary']).toBe('origin')
}

function expectPage(reply: Reply, status: number, title: string): void {
  expect(reply.status).toBe(status)
  expect(reply.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(reply.text).toContain(`<title>${title}</title>`)
}

describe('token-auth (§1)', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const asJson = { 'content-type': 'application/json' }

  const accepted: [string, Sent][] = [
    ['an e-mail address and its password', { body: { email: E, password: P } }],
    ['the deprecated name `username`', { body: { username: E, password: P } }],
    ['a valid username beside another e-mail address', { body: { username: E, email: 'other@example.com', password: P } }],
    ['an address in other case, with spaces around', { body: { email: '  Alice@EXAMPLE.com ', password: P } }],
    ['an address whose compatibility form is the right one', { body: { email: 'ａlice@example.com', password: P } }],
    ['a password with white space around', { body: { email: E, password: ` ${P}\n` } }],
    ['a form-encoded body', { body: new URLSearchParams({ email: E, password: P }).toString(), headers: form }],
    ['a charset beside the content type', { body: JSON.stringify({ email: E, password: P }), headers: { 'content-type': 'application/json; charset=utf-8' } }],
    ['a garbage Authorization header, which is ignored', { body: { email: E, password: P }, headers: { authorization: 'JWT garbage' } }],
    ['an Accept header that has JSON among others', { body: { email: E, password: P }, headers: { accept: 'text/html, application/json;q=0.9' } }],
  ]
  it.each(accepted)('accepts %s', async (_, sent) => {
    await start()
    const reply = await send(LOGIN, sent)
    expect(reply.status).toBe(200)
    expect(reply.json.user.username).toBe(E)
  })

  const refused: [string, Sent, number, string][] = [
    ['a wrong password', { body: { email: E, password: 'x' } }, 401, INVALID_CREDENTIALS],
    ['an unknown user', { body: { email: 'nobody@example.com', password: P } }, 401, INVALID_CREDENTIALS],
    ['another username beside a valid address', { body: { username: 'other@example.com', email: E, password: P } }, 401, INVALID_CREDENTIALS],
    ['a wrong password of a deactivated user', { body: { email: 'off@example.com', password: 'x' } }, 401, INVALID_CREDENTIALS],
    ['the right password of a deactivated user', { body: { email: 'off@example.com', password: P } }, 401, DEACTIVATED],
    ['a user whose address is not verified', { body: { email: 'new@example.com', password: P } }, 401, UNVERIFIED],
    ['an address alone', { body: { email: E } }, 400, PASSWORD_REQUIRED],
    ['an empty object', { body: {} }, 400, PASSWORD_REQUIRED],
    ['a password alone', { body: { password: P } }, 400, '{"email":["This field is required."]}'],
    ['a null address', { body: { email: null, password: P } }, 400, '{"email":["This field may not be null."]}'],
    ['a blank address', { body: { email: '', password: P } }, 400, '{"email":["This field may not be blank."]}'],
    ['a name that is no address', { body: { email: 'alice', password: P } }, 400, '{"email":["Enter a valid email address."]}'],
    ['a username that is no address, under that key', { body: { username: 'alice', password: P } }, 400, '{"username":["Enter a valid email address."]}'],
    ['a bad address and no password, both at once', { body: { email: 'alice' } }, 400, '{"email":["Enter a valid email address."],"password":["This field is required."]}'],
    ['a blank password', { body: { email: E, password: '' } }, 400, '{"password":["This field may not be blank."]}'],
    ['an object as password', { body: { email: E, password: {} } }, 400, '{"password":["Not a valid string."]}'],
    ['a password with NUL', { body: { email: E, password: 'a\0b' } }, 400, '{"password":["Null characters are not allowed."]}'],
    ['a number as password, which counts as text', { body: { email: E, password: 12345 } }, 401, INVALID_CREDENTIALS],
    ['a password of three million characters', { body: { email: E, password: 'x'.repeat(3_000_000) } }, 401, INVALID_CREDENTIALS],
    ['malformed JSON', { body: '{"email":"alice@example.com1" ,}', headers: asJson }, 400, '{"detail":"JSON parse error - Expecting property name enclosed in double quotes: line 1 column 32 (char 31)"}'],
    ['JSON cut off', { body: '{"email":"a', headers: asJson }, 400, '{"detail":"JSON parse error - Unterminated string starting at: line 1 column 10 (char 9)"}'],
    ['something after the JSON', { body: '{}\n{}', headers: asJson }, 400, '{"detail":"JSON parse error - Extra data: line 2 column 1 (char 3)"}'],
    ['NaN', { body: '{"email":NaN}', headers: asJson }, 400, `{"detail":"JSON parse error - Out of range float values are not JSON compliant: 'NaN'"}`],
    ['invalid UTF-8', { body: Buffer.concat([Buffer.from(`{"email":"${E}","password":"12345`), Buffer.from([0xff]), Buffer.from('"}')]), headers: asJson }, 400, `{"detail":"JSON parse error - 'utf-8' codec can't decode byte 0xff in position 46: invalid start byte"}`],
    ['a list', { body: [] }, 400, '{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}'],
    ['a text', { body: '"x"', headers: asJson }, 400, '{"non_field_errors":["Invalid data. Expected a dictionary, but got str."]}'],
    ['an empty body', { body: '', headers: asJson }, 400, PASSWORD_REQUIRED],
    ['an empty body of another type', { body: '', headers: { 'content-type': 'text/plain' } }, 400, PASSWORD_REQUIRED],
    ['a text/plain body', { body: '{}', headers: { 'content-type': 'text/plain' } }, 415, '{"detail":"Unsupported media type \\"text/plain\\" in request."}'],
    ['a body without a type', { body: '{}' }, 415, '{"detail":"Unsupported media type \\"\\" in request."}'],
    ['Accept: text/html', { body: { email: E, password: P }, headers: { accept: 'text/html' } }, 406, '{"detail":"Could not satisfy the request Accept header."}'],
    ['GET', { method: 'GET' }, 405, '{"detail":"Method \\"GET\\" not allowed."}'],
    ['malformed JSON before it looks at the fields, and says so in English', { body: '[', headers: { ...asJson, 'accept-language': 'nl' } }, 400, '{"detail":"JSON parse error - Expecting value: line 1 column 2 (char 1)"}'],
  ]
  it.each(refused)('refuses %s', async (_, sent, status, body) => {
    await start({
      users: [DEFAULT_USER, { email: 'off@example.com', password: P, active: false }, { email: 'new@example.com', password: P, emailVerified: false }],
    })
    const reply = await send(LOGIN, sent)
    expectJson(reply, status, body)
    expect(reply.headers).not.toHaveProperty('www-authenticate')
    expect(server.counters).toMatchObject({ loginRequests: 1, logins: 0 })
  })

  it('answers a login with the members of a real one, in their order, and with about their bytes', async () => {
    await start()
    const { json, text } = await logIn()
    expect(Object.keys(json)).toEqual(['token', 'access_token', 'refresh_token', 'user_session', 'user', 'permissions', 'user_notifications', 'active_licenses'])
    expect(json.token).toBe(json.access_token)
    expect(json.user).toEqual({
      first_name: 'Alice', username: E, is_staff: false, id: 1, language: 'en', email_notification_frequency: 'instant',
      email_verified: true, completed_onboarding: false, completed_guided_tours: [],
    })
    expect(text.length).toBeGreaterThan(2000)
    expect(text.length).toBeLessThan(3000)
    expect(text).not.toMatch(/[:,] /)
  })

  it('gives two logins of one instant different tokens, which live side by side', async () => {
    await start()
    const [one, two] = await Promise.all([session(), session()])
    expect(new Set([one.access, two.access, one.refresh, two.refresh]).size).toBe(4)
    expect((await list(one.access)).status).toBe(200)
    expect((await list(two.access)).status).toBe(200)
  })

  const lost: [string, string, string][] = [
    ['a POST without the slash', '/api/user/token-auth', '{"error": "URL_TRAILING_SLASH_MISSING", "detail": "A valid URL must end with a trailing slash. Please, redirect requests to /api/user/token-auth/"}'],
    ['two slashes at the end', '/api/user/token-auth//', '{"error": "URL_NOT_FOUND", "detail": "URL /api/user/token-auth// not found."}'],
    ['an unknown path', '/api/user/nowhere/', '{"error": "URL_NOT_FOUND", "detail": "URL /api/user/nowhere/ not found."}'],
    ['an unknown path without a slash', '/user', '{"error": "URL_NOT_FOUND", "detail": "URL /user not found."}'],
    ['a table list without the slash', '/api/database/tables/database/1', '{"error": "URL_TRAILING_SLASH_MISSING", "detail": "A valid URL must end with a trailing slash. Please, redirect requests to /api/database/tables/database/1/"}'],
  ]
  it.each(lost)('answers %s with 404 and no redirect', async (_, path, body) => {
    await start()
    for (const sent of [{ body: { email: E, password: P } }, {}]) {
      const reply = await send(path, sent)
      expectJson(reply, 404, body)
      expect(reply.headers).not.toHaveProperty('location')
    }
  })

  it('turns an unknown Host away with a page, where hosts are given', async () => {
    await start({ allowedHosts: ['127.0.0.1'] })
    expect((await logIn()).status).toBe(200)
    expectPage(await send(LOGIN, { body: {}, headers: { host: 'evil.example' } }), 400, 'Bad Request (400)')
  })

  it('lets only staff in when password login is switched off', async () => {
    await start({ passwordLogin: false, users: [DEFAULT_USER, { email: 'staff@example.com', password: P, staff: true, emailVerified: false }] })
    expectJson(await logIn(), 401, '{"error":"ERROR_AUTH_PROVIDER_DISABLED","detail":"Authentication provider is disabled."}')
    expect((await logIn('staff@example.com')).status).toBe(200)
  })

  it('cancels a scheduled deletion', async () => {
    await start()
    const { access, refresh: old } = await session()
    server.user(E).scheduleDeletion()
    expect((await list(access)).status).toBe(200)
    expectJson(await refresh(old), 401, INVALID_REFRESH)
    expect((await logIn()).status).toBe(200)
    expect((await refresh(old)).status).toBe(200)
  })
})

describe('token-refresh (§2)', () => {
  it('answers with a new access token, no refresh token and no user session', async () => {
    await start()
    const { access, refresh: token } = await session()
    const { status, json } = await refresh(token)
    expect(status).toBe(200)
    expect(Object.keys(json)).toEqual(['token', 'access_token', 'user', 'permissions', 'user_notifications', 'active_licenses'])
    expect(json.token).toBe(json.access_token)
    expect(json.access_token).not.toBe(access)
    expect((await list(json.access_token)).status).toBe(200)
    expect((await list(access)).status).toBe(200)
    expect(server.counters).toMatchObject({ refreshes: 1, refreshRequests: 1, logins: 1 })
  })

  it('lets twenty parallel refreshes with one token succeed, each with a token of its own', async () => {
    await start()
    const { refresh: token } = await session()
    const replies = await Promise.all(Array.from({ length: 20 }, () => refresh(token)))
    expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(new Set(replies.map(({ json }) => json.access_token)).size).toBe(20)
  })

  type Tokens = { access: string; refresh: string }
  const rows: [string, (tokens: Tokens) => Sent, number, string | null][] = [
    ['the deprecated name `token`', ({ refresh }) => ({ body: { token: refresh } }), 200, null],
    ['both names: `refresh_token` counts', ({ refresh }) => ({ body: { refresh_token: refresh, token: 'garbage' } }), 200, null],
    ['both names, the right one under the wrong name', ({ refresh }) => ({ body: { refresh_token: 'garbage', token: refresh } }), 401, INVALID_REFRESH],
    ['white space around', ({ refresh }) => ({ body: { refresh_token: `  ${refresh}\n` } }), 200, null],
    ['a form-encoded body', ({ refresh }) => ({ body: `refresh_token=${refresh}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 200, null],
    ['a garbage Authorization header', ({ refresh }) => ({ body: { refresh_token: refresh }, headers: { authorization: 'JWT x' } }), 200, null],
    ['the access token as `token`, as 1.12 wanted it', ({ access }) => ({ body: { token: access } }), 401, INVALID_REFRESH],
    ['the access token as `refresh_token`', ({ access }) => ({ body: { refresh_token: access } }), 401, INVALID_REFRESH],
    ['garbage', () => ({ body: { refresh_token: 'garbage' } }), 401, INVALID_REFRESH],
    ['an altered signature', ({ refresh }) => ({ body: { refresh_token: refresh.slice(0, -2) + (refresh.endsWith('AA') ? 'BB' : 'AA') } }), 401, INVALID_REFRESH],
    ['a token signed with another key', ({ refresh }) => ({ body: { refresh_token: signJwt(claimsOf(refresh)) } }), 401, INVALID_REFRESH],
    ['a token with `alg: none`', ({ refresh }) => ({ body: { refresh_token: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${refresh.split('.')[1]}.` } }), 401, INVALID_REFRESH],
    ['a token without `jti`', ({ refresh }) => ({ body: { refresh_token: forged(refresh, { jti: undefined }) } }), 401, INVALID_REFRESH],
    ['a token without `user_id`', ({ refresh }) => ({ body: { refresh_token: forged(refresh, { user_id: undefined }) } }), 401, INVALID_REFRESH],
    ['a token from the future', ({ refresh }) => ({ body: { refresh_token: forged(refresh, { iat: claimsOf(refresh)['iat'] + 60 }) } }), 401, INVALID_REFRESH],
    ['an expired token', ({ refresh }) => ({ body: { refresh_token: forged(refresh, { exp: claimsOf(refresh)['iat'] }) } }), 401, INVALID_REFRESH],
    ['a token of an unknown user', ({ refresh }) => ({ body: { refresh_token: forged(refresh, { user_id: 77 }) } }), 401, INVALID_REFRESH],
    ['no field at all: 401, not 400', () => ({ body: {} }), 401, INVALID_REFRESH],
    ["simplejwt's own field name", ({ refresh }) => ({ body: { refresh } }), 401, INVALID_REFRESH],
    ['a number', () => ({ body: { refresh_token: 5 } }), 401, INVALID_REFRESH],
    ['null', () => ({ body: { refresh_token: null } }), 400, '{"refresh_token":["This field may not be null."]}'],
    ['a blank text', () => ({ body: { refresh_token: '' } }), 400, '{"refresh_token":["This field may not be blank."]}'],
    ['malformed JSON', () => ({ body: '{', headers: { 'content-type': 'application/json' } }), 400, '{"detail":"JSON parse error - Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"}'],
    ['GET', () => ({ method: 'GET' }), 405, '{"detail":"Method \\"GET\\" not allowed."}'],
  ]
  it.each(rows)('judges %s', async (_, sent, status, body) => {
    await start()
    const reply = await send(REFRESH, sent(await session()))
    if (body === null) expect(reply.status).toBe(status)
    else expectJson(reply, status, body)
    expect(reply.headers).not.toHaveProperty('www-authenticate')
  })

  const forged = (token: string, changes: object): string => signJwt({ ...claimsOf(token), ...changes }, server.signingKey)

  it('accepts a token forged with its own signing key, so that the rows above fail for the reason they give', async () => {
    await start()
    expect((await refresh(forged((await session()).refresh, {}))).status).toBe(200)
  })

  const deaths: [string, (server: BaserowServer) => void][] = [
    ['its user was deactivated', () => server.user(E).deactivate()],
    ['its user was deleted', () => server.user(E).remove()],
    ['its user awaits deletion', () => server.user(E).scheduleDeletion()],
    ['the password was changed', () => server.user(E).changePassword('another')],
    ['the signing key was changed', () => server.revokeAll()],
  ]
  it.each(deaths)('refuses a refresh token after %s, always in the same words', async (_, kill) => {
    await start()
    const { refresh: token } = await session()
    kill(server)
    expectJson(await refresh(token), 401, INVALID_REFRESH)
  })

  it('asks for a verified address only of tokens that carry the claim', async () => {
    await start()
    const { refresh: token } = await session()
    expect(claimsOf(token)['verified_email_claim']).toBe('enforced')
    server.user(E).setEmailVerified(false)
    expectJson(await refresh(token), 401, UNVERIFIED)
    expect((await refresh(forged(token, { verified_email_claim: undefined }))).status).toBe(200)
    server.user(E).setEmailVerified(true)
    expect((await refresh(token)).status).toBe(200)
  })

  it('does not extend the refresh token, and gives the access token its full life even so', async () => {
    await start()
    const { refresh: token } = await session()
    const { exp } = claimsOf(token)
    server.configure({ clockOffsetMs: 7 * 86_400_000 - 5000 })
    const { json } = await refresh(token)
    const access = claimsOf(json.access_token)
    expect(access['exp'] - access['iat']).toBe(600)
    expect(access['exp']).toBeGreaterThan(exp + 500)
    server.configure({ clockOffsetMs: 7 * 86_400_000 + 1000 })
    expectJson(await refresh(token), 401, INVALID_REFRESH)
  })
})

describe('token-verify and token-blacklist (§3)', () => {
  const REQUIRED = '{"error":"ERROR_REQUEST_BODY_VALIDATION","detail":{"refresh_token":[{"error":"This field is required.","code":"required"}]}}'

  it('verifies a refresh token, and answers without tokens', async () => {
    await start()
    const { refresh: token } = await session()
    const { status, json } = await send(VERIFY, { body: { refresh_token: token } })
    expect(status).toBe(200)
    expect(Object.keys(json)).toEqual(['user', 'permissions', 'user_notifications', 'active_licenses'])
    expect(server.counters.verifyRequests).toBe(1)
  })

  it('does not verify under the name `token`', async () => {
    await start()
    expectJson(await send(VERIFY, { body: { token: (await session()).refresh } }), 400, '{"refresh_token":["This field is required."]}')
  })

  it.each(['verify', 'blacklist'])('%s refuses an access token, garbage and an expired token', async (what) => {
    await start()
    const { access, refresh: token } = await session()
    const path = what === 'verify' ? VERIFY : BLACKLIST
    expectJson(await send(path, { body: { refresh_token: access } }), 401, INVALID_REFRESH)
    expectJson(await send(path, { body: { refresh_token: 'garbage' } }), 401, INVALID_REFRESH)
    server.configure({ clockOffsetMs: 8 * 86_400_000 })
    const reply = await send(path, { body: { refresh_token: token } })
    expectJson(reply, 401, INVALID_REFRESH)
    expect(reply.headers).not.toHaveProperty('www-authenticate')
  })

  it('blacklists with 204 and an empty body; the access token lives on', async () => {
    await start()
    const { access, refresh: token } = await session()
    const reply = await send(BLACKLIST, { body: { refresh_token: token } })
    expect([reply.status, reply.text, reply.headers['content-type']]).toEqual([204, '', undefined])
    expectJson(await refresh(token), 401, INVALID_REFRESH)
    expectJson(await send(VERIFY, { body: { refresh_token: token } }), 401, INVALID_REFRESH)
    expect((await list(access)).status).toBe(200)
    expect(server.counters.blacklistRequests).toBe(1)
  })

  it('blacklists once: of ten in parallel one is 204 and nine are 400', async () => {
    await start()
    const { refresh: token } = await session()
    const replies = await Promise.all(Array.from({ length: 10 }, () => send(BLACKLIST, { body: { refresh_token: token } })))
    expect(replies.map(({ status }) => status).sort()).toEqual([204, ...Array(9).fill(400)])
    expectJson(replies.find(({ status }) => status === 400) as Reply, 400, '{"error":"ERROR_REFRESH_TOKEN_ALREADY_BLACKLISTED","detail":"The provided refresh token is already blacklisted."}')
  })

  const bodies: [string, object][] = [
    ['nothing', {}],
    ['null', { refresh_token: null }],
    ['the token under the name `token`', { token: 'x' }],
  ]
  it.each(bodies)('blacklisting %s is a 400 of its own shape', async (_, body) => {
    await start()
    expectJson(await send(BLACKLIST, { body }), 400, REQUIRED)
  })
})

describe('using the access token (§4)', () => {
  const both = [TABLES, VIEWS]

  it('lists tables and views', async () => {
    await start()
    const { access } = await session()
    expectJson(await list(access), 200, '[{"id":1,"name":"People","order":1,"database_id":1,"data_sync":null}]')
    const views = await list(access, VIEWS)
    expect(views.json[0]).toMatchObject({ id: 1, table_id: 1, name: 'Grid', order: 1, type: 'grid' })
    expect((await send(TABLES, { headers: { authorization: `JWT   ${access}` } })).status).toBe(200)
    expect(server.counters.apiRequests).toBe(3)
  })

  type Make = (tokens: { access: string; refresh: string }) => string
  const dead: [string, Make][] = [
    ['garbage', () => 'garbage'],
    ['a token signed with another key', ({ access }) => signJwt(claimsOf(access))],
    ['the refresh token', (tokens) => tokens.refresh],
    ['a token without `user_id`', ({ access }) => signJwt({ ...claimsOf(access), user_id: undefined }, server.signingKey)],
    ['a token from the future', ({ access }) => signJwt({ ...claimsOf(access), iat: claimsOf(access)['iat'] + 60 }, server.signingKey)],
    ['an expired token', ({ access }) => signJwt({ ...claimsOf(access), exp: claimsOf(access)['iat'] }, server.signingKey)],
  ]
  it.each(dead)('answers %s with the one code that says a token is dead, and the challenge', async (_, make) => {
    await start()
    const token = make(await session())
    for (const path of both) {
      const reply = await list(token, path)
      expectJson(reply, 401, INVALID_ACCESS)
      expect(reply.headers['www-authenticate']).toBe(CHALLENGE)
    }
  })

  const headers: [string, string | undefined, string, string, boolean][] = [
    ['no header', undefined, NO_CREDENTIALS, PERMISSION_DENIED, false],
    ['an empty header', '', NO_CREDENTIALS, PERMISSION_DENIED, false],
    ['a database token', 'Token abcdefghijklmnopqrstuvwxyz012345', NO_CREDENTIALS, PERMISSION_DENIED, false],
    ['the scheme Bearer', 'Bearer <access>', NO_CREDENTIALS, PERMISSION_DENIED, false],
    ['the scheme jwt in lower case', 'jwt <access>', NO_CREDENTIALS, PERMISSION_DENIED, false],
    ['a bare token', '<access>', NO_CREDENTIALS, PERMISSION_DENIED, false],
    ['JWT alone', 'JWT', BAD_HEADER, BAD_HEADER, true],
    ['JWT and two words', 'JWT a b', BAD_HEADER, BAD_HEADER, true],
  ]
  it.each(headers)('answers %s differently at tables and at views', async (_, header, tables, views, challenged) => {
    await start()
    const { access } = await session()
    const sent: Sent = header === undefined ? {} : { headers: { authorization: header.replace('<access>', access) } }
    const atTables = await send(TABLES, sent)
    expectJson(atTables, 401, tables)
    expect(atTables.headers['www-authenticate']).toBe(CHALLENGE)
    const atViews = await send(VIEWS, sent)
    expectJson(atViews, 401, views)
    expect(atViews.headers['www-authenticate']).toBe(challenged ? CHALLENGE : undefined)
  })

  it.each(both)('answers the token of a deleted user at %s without an error code', async (path) => {
    await start()
    const { access } = await session()
    server.user(E).remove()
    expectJson(await list(access, path), 401, '{"detail":"User not found"}')
    expectJson(await logIn(), 401, INVALID_CREDENTIALS)
  })

  it.each(both)('answers the token of a deactivated user at %s with a 500 page', async (path) => {
    await start()
    const { access } = await session()
    server.user(E).deactivate()
    expectPage(await list(access, path), 500, 'Server Error (500)')
    server.user(E).activate()
    expect((await list(access, path)).status).toBe(200)
  })

  it('answers a stranger to the workspace with 400, and an unknown id with 404', async () => {
    await start()
    const { access } = await session()
    server.user(E).setMember(false)
    for (const path of both) expectJson(await list(access, path), 400, '{"error":"ERROR_USER_NOT_IN_GROUP","detail":""}')
    expect((await list(access, '/api/database/tables/database/2/')).json.error).toBe('ERROR_APPLICATION_DOES_NOT_EXIST')
    const table = await list(access, '/api/database/views/table/2/')
    expect([table.status, table.json.error]).toEqual([404, 'ERROR_TABLE_DOES_NOT_EXIST'])
  })

  it('kills the tokens from before a password change, and takes the new password only', async () => {
    await start()
    const { access } = await session()
    server.user(E).changePassword('another')
    expectJson(await list(access), 401, INVALID_ACCESS)
    expectJson(await logIn(), 401, INVALID_CREDENTIALS)
    expect((await list((await session(E, 'another')).access)).status).toBe(200)
  })

  it('spares the tokens of the very second of a password change when asked to, as the real one does', async () => {
    await start()
    const token = (at: number): string => signJwt({ token_type: 'access', exp: at + 600, iat: at, jti: 'x', user_id: 1 }, server.signingKey)
    const { access } = await session()
    const before = token(claimsOf(access)['iat'] - 1)
    expect((await list(before)).status).toBe(200)
    server.user(E).changePassword('another', { spareSameSecond: true })
    const same = token(Math.floor(Date.now() / 1000))
    expectJson(await list(before), 401, INVALID_ACCESS)
    expect((await list(same)).status).toBe(200)
  })

  it('sends CORS headers to whoever has an origin, and exposes nothing', async () => {
    await start()
    const origin = 'https://app.example'
    const reply = await send(LOGIN, { body: {}, headers: { origin } })
    expect(reply.headers['access-control-allow-origin']).toBe('*')
    expect(reply.headers).not.toHaveProperty('access-control-expose-headers')
    const flight = await send(LOGIN, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
    expect(flight.status).toBe(200)
    expect(flight.headers['access-control-max-age']).toBe('86400')
    expect(flight.headers['access-control-allow-headers']).toContain('authorization')
    server.configure({ cors: false })
    expect((await send(LOGIN, { body: {}, headers: { origin } })).headers).not.toHaveProperty('access-control-allow-origin')
  })
})

describe('tokens and lifetimes (§5)', () => {
  it('writes the claims of a real one, in their order', async () => {
    await start()
    const { access, refresh: token } = await session()
    expect(Buffer.from(access.split('.')[0] ?? '', 'base64url').toString()).toBe('{"alg":"HS256","typ":"JWT"}')
    expect(Object.keys(claimsOf(access))).toEqual(['token_type', 'exp', 'iat', 'jti', 'user_id'])
    expect(Object.keys(claimsOf(token))).toEqual(['token_type', 'exp', 'iat', 'jti', 'user_id', 'verified_email_claim'])
    const { exp, iat, jti, user_id } = claimsOf(access)
    expect([exp - iat, user_id]).toEqual([600, 1])
    expect(Number.isInteger(iat)).toBe(true)
    expect(jti).toMatch(/^[0-9a-f]{32}$/)
    expect(claimsOf(token)['exp'] - claimsOf(token)['iat']).toBe(604_800)
    expect([access.length, token.length]).toEqual([228, 275])
  })

  it('lets an access token live for milliseconds, dated in fractions', async () => {
    const clock = stopClock()
    await start({ accessLifetimeMs: 80 })
    const { access } = await session()
    expect(claimsOf(access)).toMatchObject({ iat: 1_795_210_820.25, exp: 1_795_210_820.33 })
    clock.advance(79)
    expect((await list(access)).status).toBe(200)
    clock.advance(1)
    expectJson(await list(access), 401, INVALID_ACCESS)
  })

  it('lets tokens live for days, dated in whole seconds, and kills them to the second', async () => {
    stopClock()
    await start({ accessLifetimeMs: 30 * 86_400_000 })
    const { access } = await session()
    // `iat` is rounded down, so the life is up to a second shorter than its name
    expect(claimsOf(access)).toMatchObject({ iat: 1_795_210_820, exp: 1_795_210_820 + 30 * 86_400 })
    server.configure({ clockOffsetMs: 30 * 86_400_000 - 251 })
    expect((await list(access)).status).toBe(200)
    server.configure({ clockOffsetMs: 30 * 86_400_000 - 250 })
    expectJson(await list(access), 401, INVALID_ACCESS)
  })

  it('writes dates as it is told', async () => {
    stopClock()
    await start({ numericDates: 'fractional' })
    expect(claimsOf((await session()).access)).toMatchObject({ iat: 1_795_210_820.25, exp: 1_795_211_420.25 })
    server.configure({ numericDates: 'whole', accessLifetimeMs: 1500 })
    expect(claimsOf((await session()).access)).toMatchObject({ iat: 1_795_210_820, exp: 1_795_210_821 })
  })

  it('dates tokens and answers by a clock of its own', async () => {
    await start({ clockOffsetMs: -3_600_000 })
    const reply = await logIn()
    const expected = Date.now() - 3_600_000
    expect(Math.abs(Date.parse(reply.headers.date ?? '') - expected)).toBeLessThan(2000)
    expect(Math.abs(claimsOf(reply.json.token)['iat'] * 1000 - expected)).toBeLessThan(2000)
    expect(Math.abs(server.now() - expected)).toBeLessThan(2000)
    expect((await list(reply.json.token)).status).toBe(200)
  })

  it('refuses a token that is ahead of its clock', async () => {
    await start()
    const { access } = await session()
    server.configure({ clockOffsetMs: -2000 })
    expectJson(await list(access), 401, INVALID_ACCESS)
  })

  it('leaves `exp` out when told, and lets the token die all the same', async () => {
    await start({ omitExp: true })
    const { access, refresh: token } = await session()
    expect(claimsOf(access)).not.toHaveProperty('exp')
    expect(claimsOf(token)).toHaveProperty('exp')
    expect((await list(access)).status).toBe(200)
    server.configure({ clockOffsetMs: 601_000 })
    expectJson(await list(access), 401, INVALID_ACCESS)
  })

  it('hands out opaque access tokens when told', async () => {
    await start({ opaque: true })
    const { access, refresh: token } = await session()
    expect(access).not.toContain('.')
    expect((await list(access)).status).toBe(200)
    expect((await list((await refresh(token)).json.access_token)).status).toBe(200)
    server.configure({ clockOffsetMs: 601_000 })
    expectJson(await list(access), 401, INVALID_ACCESS)
    server.configure({ clockOffsetMs: 0 })
    server.revokeAll()
    expectJson(await list(access), 401, INVALID_ACCESS)
  })

  it('takes the tokens of another server with the same signing key, and of no other', async () => {
    const first = await start({ signingKey: 'shared' })
    const { refresh: token } = await session()
    await first.close()
    await start({ signingKey: 'shared' })
    expect((await refresh(token)).status).toBe(200)
    await server.close()
    await start()
    expectJson(await refresh(token), 401, INVALID_REFRESH)
  })
})

describe('failures that are not about credentials (§6)', () => {
  it('answers an outage with a 500 page, but still knows a dead access token', async () => {
    await start()
    const { access, refresh: token } = await session()
    server.fail('outage', { times: Infinity })
    expectPage(await logIn(), 500, 'Server Error (500)')
    expectPage(await refresh(token), 500, 'Server Error (500)')
    expectPage(await list(access), 500, 'Server Error (500)')
    expectJson(await list('garbage'), 401, INVALID_ACCESS)
    server.clearFaults()
    expect((await refresh(token)).status).toBe(200)
  })

  it('refreshes and lists while only the login fails, as with Redis down', async () => {
    await start()
    const { access, refresh: token } = await session()
    server.fail('outage', { endpoint: 'login', times: Infinity })
    expect((await logIn()).status).toBe(500)
    expect((await refresh(token)).status).toBe(200)
    expect((await list(access)).status).toBe(200)
  })

  it('throttles concurrent API requests of one user, never staff, never the token endpoints', async () => {
    const staff = 'staff@example.com'
    await start({ latencyMs: 60, throttle: { concurrent: 1 }, users: [DEFAULT_USER, { email: staff, password: P, staff: true }] })
    const { access } = await session()
    const boss = (await session(staff)).access
    const replies = await Promise.all(Array.from({ length: 4 }, () => list(access)))
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 429, 429, 429])
    const denied = replies.find(({ status }) => status === 429) as Reply
    expectJson(denied, 429, '{"detail": "Request was throttled. Expected available in 29 seconds."}')
    expect(denied.headers['retry-after']).toBe('29')
    expect((await list(access)).status).toBe(200)
    const rest = await Promise.all([list(boss), list(boss), list(access), logIn(), logIn()])
    expect(rest.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })

  it('blacklists a throttled token as 2.x can, until the time it gives has passed', async () => {
    const clock = stopClock()
    await start({ latencyMs: 60, throttle: { concurrent: 1, blacklistMs: 1500 } })
    const { access } = await session()
    await Promise.all([list(access), list(access)])
    const denied = await list(access)
    expect([denied.status, denied.headers['retry-after']]).toEqual([429, '2'])
    clock.advance(1000)
    expect((await list(access)).headers['retry-after']).toBe('1')
    clock.advance(500)
    expect((await list(access)).status).toBe(200)
  })
})

describe('two-factor login (§7)', () => {
  const user = { email: 'two@example.com', password: P, totp: '123456' }
  const FAILED = '{"error":"ERROR_TWO_FACTOR_AUTH_VERIFICATION_FAILED","detail":"Two-factor authentication verification failed."}'
  const confirm = (ticket: string, body: object, scheme = 'Bearer'): Promise<Reply> =>
    send(SECOND, { body: { type: 'totp', email: user.email, ...body }, headers: { authorization: `${scheme} ${ticket}` } })

  async function ticketOf(): Promise<string> {
    return (await logIn(user.email)).json.token
  }

  it('answers the right password with 200 and a ticket of two minutes, no session', async () => {
    await start({ users: [user] })
    const reply = await logIn(user.email)
    expect(reply.status).toBe(200)
    expect(reply.text).toBe(`{"two_factor_auth":"totp","token":"${reply.json.token}"}`)
    const { token_type, exp, iat, user_id } = claimsOf(reply.json.token)
    expect([token_type, exp - iat, user_id]).toEqual(['2fa', 120, 1])
    expect(server.counters).toMatchObject({ loginRequests: 1, logins: 0 })
    expectJson(await logIn(user.email, 'x'), 401, INVALID_CREDENTIALS)
  })

  it('accepts the ticket neither as access token nor as refresh token', async () => {
    await start({ users: [user] })
    const ticket = await ticketOf()
    expectJson(await list(ticket), 401, INVALID_ACCESS)
    expectJson(await refresh(ticket), 401, INVALID_REFRESH)
  })

  it('gives the whole session for ticket and code, which refreshes without a second factor', async () => {
    await start({ users: [user] })
    const { status, json } = await confirm(await ticketOf(), { code: '123456' })
    expect(status).toBe(200)
    expect(Object.keys(json).slice(0, 3)).toEqual(['token', 'access_token', 'refresh_token'])
    expect((await list(json.access_token)).status).toBe(200)
    expect((await refresh(json.refresh_token)).status).toBe(200)
    expect(server.counters).toMatchObject({ logins: 1, twoFactorRequests: 1 })
  })

  it('refuses a wrong code, no code, and the code for another address', async () => {
    await start({ users: [user] })
    const ticket = await ticketOf()
    expectJson(await confirm(ticket, { code: '000000' }), 401, FAILED)
    expectJson(await confirm(ticket, {}), 401, FAILED)
    expectJson(await confirm(ticket, { code: '123456', email: E }), 401, FAILED)
  })

  it('wants the ticket as Bearer', async () => {
    await start({ users: [user] })
    const ticket = await ticketOf()
    expectJson(await confirm(ticket, { code: '123456' }, 'JWT'), 401, INVALID_ACCESS)
    const none = await send(SECOND, { body: { type: 'totp', email: user.email, code: '123456' } })
    expectJson(none, 401, NO_CREDENTIALS)
    expect(none.headers['www-authenticate']).toBe(CHALLENGE)
    server.configure({ clockOffsetMs: 121_000 })
    expectJson(await confirm(ticket, { code: '123456' }), 401, NO_CREDENTIALS)
  })

  it('accepts a backup code once', async () => {
    await start({ users: [{ ...user, backupCodes: ['abcde-fghjk'] }] })
    const ticket = await ticketOf()
    expect((await confirm(ticket, { backup_code: 'abcde-fghjk' })).status).toBe(200)
    expectJson(await confirm(ticket, { backup_code: 'abcde-fghjk' }), 401, FAILED)
  })

  it('refuses a code for the second time where codes are for single use', async () => {
    await start({ users: [{ ...user, totpSingleUse: true }] })
    const ticket = await ticketOf()
    expect((await confirm(ticket, { code: '123456' })).status).toBe(200)
    expectJson(await confirm(ticket, { code: '123456' }), 401, FAILED)
    server.user(user.email).setTotp('654321')
    expect((await confirm(ticket, { code: '654321' })).status).toBe(200)
  })

  it('checks the account only after the code', async () => {
    await start({ users: [{ ...user, active: false }] })
    const ticket = await ticketOf()
    expectJson(await confirm(ticket, { code: '000000' }), 401, FAILED)
    expectJson(await confirm(ticket, { code: '123456' }), 401, DEACTIVATED)
  })

  it('limits attempts to ten a minute and address (§6), or as told', async () => {
    await start({ users: [user] })
    const ticket = await ticketOf()
    for (let i = 0; i < 10; i += 1) expect((await confirm(ticket, { code: '0' })).status).toBe(401)
    expectJson(await confirm(ticket, { code: '123456' }), 429, '{"error":"ERROR_RATE_LIMIT_EXCEEDED","detail":"Rate limit exceeded."}')
    server.configure({ twoFactorAttemptsPerMinute: Infinity })
    expect((await confirm(ticket, { code: '123456' })).status).toBe(200)
  })
})

describe('older dialects (§8)', () => {
  const versions = [
    ['1.6', 201, 'Token has expired.', 'Error decoding token.'],
    ['1.5', 200, 'Signature has expired.', 'Error decoding signature.'],
  ] as const

  describe.each(versions)('%s', (dialect, success, expired, undecodable) => {
    const enter = (body: object = { username: E, password: P }): Promise<Reply> => send(LOGIN, { body })
    const renew = (token: string): Promise<Reply> => send(REFRESH, { body: { token } })
    const nonField = (text: string): string => `{"non_field_errors":["${text}"]}`

    it(`answers a login with ${success} and one token of an hour`, async () => {
      await start({ dialect })
      const reply = await enter()
      expect(reply.status).toBe(success)
      expect(Object.keys(reply.json)).toEqual(['token', 'user'])
      const { exp, orig_iat, iat, username } = claimsOf(reply.json.token)
      expect([exp - orig_iat, username]).toEqual([3600, E])
      expect(iat).toBe(dialect === '1.6' ? orig_iat : undefined)
      expect((await list(reply.json.token)).status).toBe(200)
      expect((await enter()).json.token).not.toBe(reply.json.token)
    })

    it('knows `username` only, and says 400 to wrong credentials and disabled accounts', async () => {
      await start({ dialect })
      expectJson(await enter({ email: E, password: P }), 400, '{"username":["This field is required."]}')
      expectJson(await enter({}), 400, '{"username":["This field is required."],"password":["This field is required."]}')
      expectJson(await enter({ username: E, password: 'x' }), 400, nonField('Unable to log in with provided credentials.'))
      server.user(E).deactivate()
      expectJson(await enter(), 400, nonField('User account is disabled.'))
      expect(server.counters).toMatchObject({ logins: 0, loginRequests: 4 })
    })

    it('refreshes the current token while it lives, and only then', async () => {
      await start({ dialect })
      const { token } = (await enter()).json
      server.configure({ clockOffsetMs: 60_000 })
      const reply = await renew(token)
      expect(reply.status).toBe(success)
      expect(claimsOf(reply.json.token)['orig_iat']).toBe(claimsOf(token)['orig_iat'])
      expect(claimsOf(reply.json.token)['exp']).toBeGreaterThan(claimsOf(token)['exp'])
      server.configure({ clockOffsetMs: 3_601_000 })
      expectJson(await renew(token), 400, nonField(expired))
      expectJson(await renew('garbage'), 400, nonField(undecodable))
      expectJson(await send(REFRESH, { body: { refresh_token: token } }), 400, '{"token":["This field is required."]}')
      expect(server.counters.refreshes).toBe(1)
    })

    it('refreshes up to seven days after the login', async () => {
      await start({ dialect })
      const first = claimsOf((await enter()).json.token)
      const kept = (age: number): string => signJwt({ ...first, orig_iat: first['orig_iat'] - age }, server.signingKey)
      expect((await renew(kept(604_790))).status).toBe(success)
      expectJson(await renew(kept(604_810)), 400, nonField('Refresh has expired.'))
    })

    it('answers a dead access token with codes of its own, and any scheme that spells jwt', async () => {
      await start({ dialect })
      const { token } = (await enter()).json
      expect((await send(VIEWS, { headers: { authorization: `jwt ${token}` } })).status).toBe(200)
      expectJson(await list('garbage'), 401, `{"detail":"${undecodable}","error":"ERROR_DECODING_SIGNATURE"}`)
      expectJson(await send(VIEWS), 401, NO_CREDENTIALS)
      server.configure({ clockOffsetMs: 3_601_000 })
      const reply = await list(token)
      expectJson(reply, 401, `{"detail":"${expired}","error":"ERROR_SIGNATURE_HAS_EXPIRED"}`)
      expect(reply.headers['www-authenticate']).toBe(CHALLENGE)
    })

    it('verifies its token, lets it outlive a password change, and has neither log-out nor second factor', async () => {
      await start({ dialect })
      const { token } = (await enter()).json
      server.user(E).changePassword('another')
      expect((await send(VERIFY, { body: { token } })).status).toBe(success)
      expect((await list(token)).status).toBe(200)
      expect((await send(BLACKLIST, { body: {} })).status).toBe(404)
      expect((await send(SECOND, { body: {} })).status).toBe(404)
    })
  })
})

describe('faults on demand', () => {
  const answers: [string, FaultKind | Fault, (reply: Reply) => void][] = [
    ['a status with headers', { kind: 'status', status: 429, headers: { 'Retry-After': '30' } }, (reply) => {
      expect([reply.status, reply.headers['retry-after'], reply.text]).toEqual([429, '30', ''])
    }],
    ['a status with a JSON body', { kind: 'status', status: 503, body: { error: 'X' } }, (reply) => expectJson(reply, 503, '{"error":"X"}')],
    ['a status with a text body', { kind: 'status', status: 502, body: 'Bad Gateway' }, (reply) => {
      expect([reply.status, reply.text, reply.headers['content-type']]).toEqual([502, 'Bad Gateway', 'text/plain; charset=utf-8'])
    }],
    ['the throttle', 'throttled', (reply) => {
      expectJson(reply, 429, '{"detail": "Request was throttled. Expected available in 29 seconds."}')
      expect(reply.headers['retry-after']).toBe('29')
    }],
    ["2.x's throttle, without Retry-After", { kind: 'throttled', retryAfterSeconds: null }, (reply) => {
      expect([reply.status, reply.headers['retry-after']]).toEqual([429, undefined])
    }],
    ['a denied permission', 'permission-denied', (reply) => {
      expectJson(reply, 401, PERMISSION_DENIED)
      expect(reply.headers).not.toHaveProperty('www-authenticate')
    }],
    ['HTML where JSON is due', 'not-json', (reply) => expectPage(reply, 200, 'Baserow')],
    ['JSON without a token', 'no-token', (reply) => {
      expect(reply.status).toBe(200)
      expect(reply.text).not.toContain('token')
    }],
    ['an echo of the request', 'echo', (reply) => {
      expect(reply.status).toBe(400)
      expect(reply.json.received).toEqual({ email: E, password: P })
    }],
    ['an echo with a status', { kind: 'echo', status: 500 }, (reply) => {
      expect(reply.status).toBe(500)
      expect(reply.text).toContain(JSON.stringify({ email: E, password: P }))
    }],
    ['a redirect that stays on this server', 'redirect', (reply) => {
      expect([reply.status, reply.headers['location']]).toEqual([302, '/elsewhere/'])
    }],
    ['a redirect to somewhere', { kind: 'redirect', location: 'https://other.example/', status: 307 }, (reply) => {
      expect([reply.status, reply.headers['location']]).toEqual([307, 'https://other.example/'])
    }],
    ['a huge body, to the byte', { kind: 'huge', bytes: 300_001 }, (reply) => {
      expect([reply.status, reply.text.length, Number(reply.headers['content-length'])]).toEqual([200, 300_001, 300_001])
      expect(Object.keys(reply.json)).toEqual(['padding'])
    }],
  ]
  it.each(answers)('answers with %s, once', async (_, fault, check) => {
    await start()
    server.fail(fault)
    check(await logIn())
    expect(server.counters).toMatchObject({ loginRequests: 1, logins: 0 })
    expect((await logIn()).status).toBe(200)
  })

  it('hangs until the client leaves', async () => {
    await start()
    server.fail('hang')
    await expect(Promise.race([logIn(), sleep(40, 'silence')])).resolves.toBe('silence')
    expect(server.counters).toMatchObject({ loginRequests: 1, logins: 0 })
    expect(server.requests).toHaveLength(1)
  })

  it('resets before the reply, without handling the request', async () => {
    await start()
    server.fail('reset')
    await expect(logIn()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(server.counters.logins).toBe(0)
  })

  it('tears a reply: declares its length, sends half, resets; the login has happened', async () => {
    await start()
    const whole = (await logIn()).text.length
    server.fail('torn')
    const torn = await new Promise<string>((resolve) => {
      const body = JSON.stringify({ email: E, password: P })
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      let text = ''
      socket.on('data', (piece) => (text += piece.toString()))
      socket.on('error', () => undefined)
      socket.on('close', (hadError) => resolve(`${hadError ? 'reset' : 'ended'} ${text}`))
      socket.write(`POST ${LOGIN} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    })
    expect(torn).toMatch(/^reset HTTP\/1\.1 200/)
    expect(torn).toContain(`content-length: ${whole}`)
    expect(torn.split('\r\n\r\n')[1]).toHaveLength(Math.floor(whole / 2))
    expect(server.counters.logins).toBe(2)
  })

  it('answers late, and properly', async () => {
    await start()
    server.fail({ kind: 'slow', ms: 40 })
    const started = performance.now()
    expect((await logIn()).status).toBe(200)
    expect(performance.now() - started).toBeGreaterThan(35)
  })

  it('lets the reply trickle, and whole in the end', async () => {
    await start()
    server.fail({ kind: 'trickle', bytes: 1000, everyMs: 10 })
    const started = performance.now()
    expect((await logIn()).json.access_token).toBeTypeOf('string')
    expect(performance.now() - started).toBeGreaterThan(18)
  })

  it('delays every request by the latency', async () => {
    await start({ latencyMs: 30 })
    const started = performance.now()
    await logIn()
    expect(performance.now() - started).toBeGreaterThan(25)
  })

  it('fails at one endpoint only, so often, in the order the faults were set', async () => {
    await start()
    const { access, refresh: token } = await session()
    server.fail('no-token', { endpoint: 'refresh' })
    server.fail({ kind: 'status', status: 502 }, { times: 2 })
    expect((await logIn()).status).toBe(502)
    expect((await refresh(token)).json).not.toHaveProperty('token')
    expect((await list(access)).status).toBe(502)
    expect((await list(access)).status).toBe(200)
  })

  const endpoints: [Endpoint, string, string][] = [
    ['login', LOGIN, 'loginRequests'], ['refresh', REFRESH, 'refreshRequests'], ['verify', VERIFY, 'verifyRequests'],
    ['blacklist', BLACKLIST, 'blacklistRequests'], ['two-factor', SECOND, 'twoFactorRequests'], ['api', TABLES, 'apiRequests'],
  ]
  it.each(endpoints)('knows the endpoint %s by its path, and counts its requests', async (endpoint, path, counter) => {
    await start()
    server.fail({ kind: 'status', status: 599 }, { endpoint, times: Infinity })
    for (const [, other] of endpoints) expect((await send(other, { body: {} })).status === 599).toBe(other === path)
    expect(server.counters).toHaveProperty(counter, 1)
    server.clearFaults()
    expect((await send(path, { body: {} })).status).not.toBe(599)
  })

  it('refuses faults and endpoints it does not know', async () => {
    await start()
    expect(() => server.fail('explode' as FaultKind)).toThrow('explode')
    expect(() => server.fail('status' as FaultKind)).toThrow('status')
    expect(() => server.fail('hang', { endpoint: 'logon' as Endpoint })).toThrow('logon')
    expect(() => server.fail('hang', { times: 0 })).toThrow('times')
  })
})

describe('the handle', () => {
  it('records requests as they came, the last thousand of them', async () => {
    await start()
    await send(`${TABLES}?a=1`, { headers: { 'X-Trace': 'yes' } })
    await logIn()
    const [first, second] = server.requests
    expect(first).toMatchObject({ method: 'GET', path: `${TABLES}?a=1`, headers: { 'x-trace': 'yes' }, body: '' })
    expect(second).toMatchObject({ method: 'POST', path: LOGIN, body: JSON.stringify({ email: E, password: P }) })
    expect(Math.abs((second?.at ?? 0) - Date.now())).toBeLessThan(2000)
    server.reset()
    expect(server.requests).toHaveLength(0)
    expect(server.counters).toEqual({
      logins: 0, loginRequests: 0, refreshes: 0, refreshRequests: 0, twoFactorRequests: 0, blacklistRequests: 0,
      verifyRequests: 0, apiRequests: 0, connections: 0, maxConcurrent: 0,
    })
    for (let i = 0; i < 1005; i += 15) await Promise.all(Array.from({ length: 15 }, (_, n) => send(`/${i + n}/`)))
    expect(server.requests).toHaveLength(1000)
    expect(server.requests.some(({ path }) => path === '/0/')).toBe(false)
  })

  it('counts connections and the most requests at once', async () => {
    await start({ latencyMs: 60 })
    await Promise.all([logIn(), logIn(), logIn()])
    await logIn()
    expect(server.counters).toMatchObject({ connections: 4, maxConcurrent: 3, logins: 4, loginRequests: 4 })
  })

  it('closes at once with hanging, idle and silent connections, as often as it is asked', async () => {
    await start()
    server.fail('hang')
    const hanging = logIn().catch((error: { code: string }) => error.code)
    const silent = connect(Number(new URL(server.url).port), '127.0.0.1')
    silent.on('error', () => undefined)
    await sleep(20)
    const started = performance.now()
    await Promise.all([server.close(), server.close()])
    expect(performance.now() - started).toBeLessThan(1000)
    expect(await hanging).toBe('ECONNRESET')
    await expect(logIn()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('survives clients that leave in the middle of a request or of a reply', async () => {
    await start({ latencyMs: 60 })
    const head = `POST ${LOGIN} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n`
    for (const text of [head, `${head}${' '.repeat(50)}`]) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(text)
      await sleep(10)
      socket.resetAndDestroy()
    }
    await sleep(30)
    expect(server.counters).toMatchObject({ loginRequests: 2, logins: 0 })
    server.reset()
    expect((await logIn()).status).toBe(200)
    expect(server.counters).toMatchObject({ loginRequests: 1, logins: 1, maxConcurrent: 1 })
  })

  it('bundles into one CommonJS file, and lets a process end once it is unref()ed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-testing-'))
    try {
      const kit = join(folder, 'testing.cjs')
      const entry = fileURLToPath(new URL('../lib/testing/index.ts', import.meta.url))
      buildSync({ entryPoints: [entry], outfile: kit, bundle: true, platform: 'node', format: 'cjs', external: ['./index.cjs'], logLevel: 'silent' })
      const script = `
        const { startBaserow, DEFAULT_USER } = require(${JSON.stringify(kit)})
        startBaserow().then(async (server) => {
          server.fail({ kind: 'slow', ms: 60_000 }, { endpoint: 'refresh' })
          const waiting = require('node:net').connect(new URL(server.url).port, '127.0.0.1').unref()
          waiting.write('POST /api/user/token-refresh/ HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 0\\r\\n\\r\\n')
          const headers = { 'content-type': 'application/json' }
          const reply = await fetch(server.baseUrl + '/user/token-auth/', { method: 'POST', headers, body: JSON.stringify(DEFAULT_USER) })
          console.log(reply.status, server.counters.refreshRequests)
          server.unref()
        })`
      const ended = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 10_000 })
      expect([ended.status, ended.stdout.trim(), ended.stderr]).toEqual([0, '200 1', ''])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('closes when disposed of', async () => {
    await start()
    await server[Symbol.asyncDispose]()
    await expect(logIn()).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('lets users be added, found however they are written, and not twice', async () => {
    await start({ users: [] })
    expectJson(await logIn(), 401, INVALID_CREDENTIALS)
    expect(server.addUser({ email: 'Bob@Example.com', password: ' padded ' }).email).toBe('bob@example.com')
    expect((await logIn('bob@example.com', 'padded')).json.user.id).toBe(server.user('BOB@example.com').id)
    expect(() => server.addUser({ email: 'bob@example.com', password: 'x' })).toThrow('bob@example.com')
    expect(() => server.user('nobody@example.com')).toThrow('nobody@example.com')
    expect(() => server.addUser({ email: 'bob', password: 'x' })).toThrow('e-mail')
  })

  it('takes changes while it runs, and leaves the rest as it was', async () => {
    await start({ accessLifetimeMs: 5000, refreshLifetimeMs: 60_000 })
    server.configure({ accessLifetimeMs: 7000, refreshLifetimeMs: undefined })
    const { access, refresh: token } = await session()
    expect(claimsOf(access)['exp'] - claimsOf(access)['iat']).toBe(7)
    expect(claimsOf(token)['exp'] - claimsOf(token)['iat']).toBe(60)
    server.configure({ dialect: '1.6' })
    expect((await send(LOGIN, { body: { username: E, password: P } })).status).toBe(201)
  })

  it('refuses options that make no sense, and keeps the ones it had', async () => {
    await expect(startBaserow({ accessLifetimeMs: 0 })).rejects.toThrow('accessLifetimeMs')
    await expect(startBaserow({ dialect: '2.0' as '1.6' })).rejects.toThrow('dialect')
    await expect(startBaserow({ lifetime: 5 } as BaserowServerOptions)).rejects.toThrow('lifetime')
    await start()
    expect(() => server.configure({ port: 1 } as object)).toThrow('port')
    expect(() => server.configure({ latencyMs: -1 })).toThrow('latencyMs')
    expect((await logIn()).status).toBe(200)
  })

  it('says which port is taken', async () => {
    await start()
    await expect(startBaserow({ port: Number(new URL(server.url).port) })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('names its addresses', async () => {
    await start({ host: 'localhost' })
    expect(server.url).toMatch(/^http:\/\/localhost:\d+$/)
    expect(server.baseUrl).toBe(`${server.url}/api`)
    expect((await fetch(`${server.baseUrl}/user/token-auth/`)).status).toBe(405)
  })
})

describe('signJwt', () => {
  it('signs with HS256 as RFC 7515 has it', () => {
    // Computed with Python's hmac over the same header and claims
    expect(signJwt({ a: 1 }, 'key')).toBe('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxfQ.Z4rGK-v6a2sWAUQdmALR3aYbXZviLr8j26a9ndx_bM4')
  })
})
