// Which answers of an API say that the token is dead, and which only that it may not do this.
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import type { ApiAnswer } from 'tokenkeep'
import { BaserowJwtManagerDisabled, baserow, createBaserowJwtManager, createTokenManager, jsonLogin } from 'tokenkeep'
import { describe, expect, it } from 'vitest'

const bridge = createTokenManager({ provider: baserow({ baseUrl: 'https://baserow.example.com/api', ...DEFAULT_USER }) })
const api = createTokenManager({ provider: jsonLogin({ url: 'https://api.example.com/login', body: {} }) })
const challenge = { 'www-authenticate': 'JWT realm="api"' }

/** The rows of baserow-contract.md, sections 4 and 8. */
const BASEROW: [what: string, answer: ApiAnswer, dead: boolean][] = [
  ['an expired, forged or revoked token', { status: 401, headers: challenge, body: { detail: 'x', error: 'ERROR_INVALID_ACCESS_TOKEN' } }, true],
  ['the same as text', { status: 401, headers: challenge, body: '{"error":"ERROR_INVALID_ACCESS_TOKEN"}' }, true],
  ['the same as bytes', { status: 401, headers: {}, body: new TextEncoder().encode('{"error":"ERROR_INVALID_ACCESS_TOKEN"}') }, true],
  ['the same as an ArrayBuffer', { status: 401, headers: {}, body: new TextEncoder().encode('{"error":"ERROR_INVALID_ACCESS_TOKEN"}').buffer }, true],
  ['Baserow 1.13.0', { status: 401, headers: {}, body: { error: 'ERROR_INVALID_TOKEN' } }, true],
  ['Baserow up to 1.12, expired', { status: 401, headers: {}, body: { error: 'ERROR_SIGNATURE_HAS_EXPIRED' } }, true],
  ['Baserow up to 1.12, another key', { status: 401, headers: {}, body: { error: 'ERROR_DECODING_SIGNATURE' } }, true],
  ['a right that is missing', { status: 401, headers: {}, body: { error: 'PERMISSION_DENIED', detail: 'You…' } }, false],
  ['a right that is missing, behind a proxy with a challenge', { status: 401, headers: challenge, body: { error: 'PERMISSION_DENIED' } }, false],
  ['a database token without the right', { status: 401, headers: {}, body: { error: 'ERROR_NO_PERMISSION_TO_TABLE' } }, false],
  ['a database token that is unknown', { status: 401, headers: {}, body: { error: 'ERROR_TOKEN_DOES_NOT_EXIST' } }, false],
  ['a refresh token that was refused', { status: 401, headers: {}, body: { error: 'ERROR_INVALID_REFRESH_TOKEN' } }, false],
  ['no header at all', { status: 401, headers: challenge, body: { detail: 'Authentication credentials were not provided.' } }, false],
  ['a user who was deleted', { status: 401, headers: challenge, body: { detail: 'User not found' } }, false],
  ['a page of HTML', { status: 401, headers: challenge, body: '<html>ERROR_INVALID_ACCESS_TOKEN</html>' }, false],
  ['JSON that is no object', { status: 401, headers: challenge, body: 'null' }, false],
  ['more than any error has', { status: 401, headers: {}, body: `{"error":"ERROR_INVALID_ACCESS_TOKEN","x":"${'x'.repeat(70_000)}"}` }, false],
  ['another status with the code', { status: 400, headers: challenge, body: { error: 'ERROR_INVALID_ACCESS_TOKEN' } }, false],
  ['403', { status: 403, headers: challenge, body: { error: 'ERROR_INVALID_ACCESS_TOKEN' } }, false],
  ['no body, but the challenge', { status: 401, headers: challenge }, true],
  ['an empty body (HEAD), and the challenge', { status: 401, headers: new Headers(challenge), body: '' }, true],
  ['no body and no challenge', { status: 401, headers: {} }, false],
]

const BEARER: [what: string, status: number, challenge: string | undefined, dead: boolean][] = [
  ['a 401 that says no more', 401, undefined, true],
  ['a challenge without an error', 401, 'Bearer realm="api"', true],
  ['invalid_token', 401, 'Bearer realm="api", error="invalid_token", error_description="The token expired"', true],
  ['insufficient_scope', 401, 'Bearer error="insufficient_scope", scope="write"', false],
  ['insufficient_scope, not quoted and in capitals', 401, 'bearer ERROR = Insufficient_Scope', false],
  ['invalid_request', 401, 'Bearer realm="api",error="invalid_request"', false],
  ['the second of two challenges', 401, 'Basic realm="a, b", Bearer error="insufficient_scope"', false],
  ['words in a quoted value', 401, 'Bearer realm="error=insufficient_scope", error="invalid_token"', true],
  ['a parameter that only ends in error', 401, 'Bearer my-error="insufficient_scope"', true],
  ['an escaped quote', 401, 'Bearer realm="a \\" error=insufficient_scope"', true],
  ['403 insufficient_scope', 403, 'Bearer error="insufficient_scope"', false],
  ['403 invalid_token', 403, 'Bearer error="invalid_token"', false],
  ['400', 400, 'Bearer error="invalid_token"', false],
  ['200', 200, undefined, false],
]

describe('of Baserow', () => {
  it.each(BASEROW)('%s', (_what, answer, dead) => expect(bridge.isDeadToken(answer)).toBe(dead))

  it('what the server itself answers is understood', async () => {
    await using server = await startBaserow()
    const one = createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER })
    const ask = async (authorization: string) => {
      const response = await fetch(`${server.baseUrl}/database/tables/database/1/`, { headers: { authorization } })
      return one.isDeadToken({ status: response.status, headers: response.headers, body: await response.json() })
    }
    const header = await one.authorization()
    expect(await ask(header)).toBe(false)
    server.revokeAll()
    expect(await ask(header)).toBe(true)
    expect(await ask('Bearer x')).toBe(false)
    server.fail('permission-denied')
    expect(await ask(await one.authorization({ forceRefresh: true }))).toBe(false)
  })
})

describe('of any other API', () => {
  it.each(BEARER)('%s', (_what, status, value, dead) => {
    const record: Record<string, string> = value === undefined ? {} : { 'WWW-Authenticate': value }
    expect(api.isDeadToken({ status, headers: record })).toBe(dead)
    expect(api.isDeadToken({ status, headers: new Headers(record) })).toBe(dead)
  })

  it('a header that came twice is read whole', () => {
    const headers = { 'www-authenticate': ['Basic realm="x"', 'Bearer error="insufficient_scope"'] }
    expect(api.isDeadToken({ status: 401, headers })).toBe(false)
  })

  it('a header made to keep a parser busy does not', () => {
    const headers = { 'www-authenticate': `${'a'.repeat(60_000)} ${' '.repeat(60_000)}"${'\\'.repeat(60_000)}` }
    const before = performance.now()
    api.isDeadToken({ status: 401, headers })
    expect(performance.now() - before).toBeLessThan(1000)
  })
})

it('follows the provider when that is replaced', async () => {
  const one = createTokenManager({ provider: jsonLogin({ url: 'https://api.example.com/login', body: {} }) })
  const denied = { status: 401, headers: {}, body: { error: 'PERMISSION_DENIED' } }
  expect(one.isDeadToken(denied)).toBe(true)
  await one.replaceProvider(baserow({ baseUrl: 'https://baserow.example.com/api', ...DEFAULT_USER }))
  expect(one.isDeadToken(denied)).toBe(false)
})

it('the disabled stub has no token that could be dead', () => {
  expect(new BaserowJwtManagerDisabled().isDeadToken({ status: 401, headers: challenge })).toBe(false)
})
