// Errors are for the person who reads them at night: a code, a status, who, where, what next; never a secret.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import type { BaserowServer, Fault, FaultKind } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import type { BaserowJwtManagerOptions } from 'tokenkeep'
import { BaserowAuthError, TokenError, createBaserowJwtManager } from 'tokenkeep'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recorder } from './recorder'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
let server: BaserowServer

beforeEach(async () => {
  server = await startBaserow()
})
afterEach(() => server.close())

const manager = (changes: Partial<BaserowJwtManagerOptions> = {}) =>
  createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, ...changes })

async function failure(changes: Partial<BaserowJwtManagerOptions> = {}): Promise<BaserowAuthError> {
  return manager(changes).getToken().then(expect.unreachable, (error: unknown) => error as BaserowAuthError)
}

const login = (status: number) => `BRIDGE_BASEROW_AUTH_FAILED: login returned ${status}`
const NO_TOKEN = 'BRIDGE_BASEROW_AUTH_FAILED: response missing token field'

describe('over real sockets', () => {
  it.each<[Fault | FaultKind, string, number, boolean, string]>([
    ['outage', 'SERVER_ERROR', 500, true, login(500)],
    ['throttled', 'RATE_LIMITED', 429, true, login(429)],
    ['reset', 'NETWORK', 502, true, 'BRIDGE_BASEROW_AUTH_FAILED: login got no answer'],
    ['torn', 'NETWORK', 502, true, 'BRIDGE_BASEROW_AUTH_FAILED: login got no answer'],
    ['hang', 'TIMEOUT', 504, true, 'BRIDGE_BASEROW_AUTH_FAILED: login timed out'],
    ['trickle', 'TIMEOUT', 504, true, 'BRIDGE_BASEROW_AUTH_FAILED: login timed out'],
    ['not-json', 'BAD_RESPONSE', 502, false, NO_TOKEN],
    ['no-token', 'BAD_RESPONSE', 502, false, NO_TOKEN],
    ['redirect', 'BAD_RESPONSE', 502, false, login(302)],
    ['huge', 'BAD_RESPONSE', 502, false, 'BRIDGE_BASEROW_AUTH_FAILED: login got an answer that is no token'],
    [{ kind: 'status', status: 503, headers: { 'retry-after': '7' } }, 'SERVER_ERROR', 503, true, login(503)],
    [{ kind: 'status', status: 404 }, 'UNEXPECTED_STATUS', 404, false, login(404)],
    [{ kind: 'status', status: 403 }, 'INVALID_CREDENTIALS', 403, false, login(403)],
    [{ kind: 'status', status: 501 }, 'SERVER_ERROR', 501, false, login(501)],
  ])('%o is %s %i', async (fault, code, statusCode, retryable, start) => {
    server.fail(fault, { times: Infinity })
    const error = await failure({ timeoutMs: 300 })
    expect(error).toMatchObject({ name: 'BaserowAuthError', code, statusCode, retryable })
    expect(error.message.slice(0, start.length)).toBe(start)
    expect(error.message).toContain(DEFAULT_USER.email)
    expect(error.message).toContain(new URL(server.url).host)
  })

  it('keeps what the server said about when to come back', async () => {
    server.fail({ kind: 'throttled', retryAfterSeconds: 29 })
    expect(await failure()).toMatchObject({ retryAfterMs: 29_000 })
    server.fail({ kind: 'status', status: 503, headers: { 'retry-after': new Date(Date.now() + 61_000).toUTCString() } })
    const { retryAfterMs } = await failure()
    expect(retryAfterMs).toBeGreaterThan(57_000)
    expect(retryAfterMs).toBeLessThanOrEqual(61_000)
    server.fail('outage')
    expect(await failure()).not.toHaveProperty('retryAfterMs')
  })

  it('a refused connection says so, and has its cause', async () => {
    const { baseUrl } = server
    await server.close()
    const error = await failure({ baseUrl })
    expect(error).toMatchObject({ code: 'NETWORK', statusCode: 502 })
    expect(error.message).toContain('Connection refused')
    expect(inspect(error.cause, { depth: 9 })).toContain('Connection refused')
  })

  it('names the usual mistake when the base URL lacks /api', async () => {
    const error = await failure({ baseUrl: server.url })
    expect(error).toMatchObject({ code: 'UNEXPECTED_STATUS', statusCode: 404 })
    expect(error.message).toContain('it includes /api')
  })

  it.each(['SERVER_ERROR'])('%s has the frames of the caller who started the flight', async () => {
    server.fail('outage')
    const one = manager()
    async function startsTheFlight() {
      return one.getToken()
    }
    const [first, second] = await Promise.allSettled([startsTheFlight(), one.getToken()])
    const { reason } = first as PromiseRejectedResult
    expect(reason.stack).toContain('startsTheFlight')
    expect(reason.stack).toContain('errors.spec.ts')
    expect(reason.stack.split('\n')[0]).toBe(`BaserowAuthError: ${reason.message}`)
    expect((second as PromiseRejectedResult).reason).toBe(reason)
  })
})

describe('secrets', () => {
  // A server may echo a password in any spelling; these are awkward in all of them.
  const password = 'pä"ss <wörd> & 100% ✓ \\ end'

  it.each([
    ['as it stands', password],
    ['in JSON', { detail: `bad: ${password}` }],
    ['in ASCII JSON', JSON.stringify({ detail: password }).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)],
    ['under a name of its own', { request: { password } }],
    ['in a URL', `/login?password=${encodeURIComponent(password)}`],
    ['in a form', new URLSearchParams({ password }).toString()],
    ['in HTML', `<p>${password.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')}</p>`],
    ['across the 200th character', `${'x'.repeat(190)}${password}`],
  ])('a server that echoes the password shows none of it in the error: %s', async (_, body) => {
    server.fail({ kind: 'status', status: 401, body })
    const error = await failure({ password })
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + String(error)
    expect(shown).toContain('[redacted]')
    for (const piece of [/w(ö|\\u00f6|%C3%B6)rd/i, /p(ä|\\u00e4|%C3%A4)/i, /100/]) expect(shown).not.toMatch(piece)
  })

  it('a server that echoes the whole request shows none of it', async () => {
    server.fail('echo')
    expect(inspect(await failure({ password }), { depth: 9, showHidden: true })).not.toMatch(/w(ö|\\u00f6)rd/)
  })

  it('a refresh token that a server echoes is cut out of the log', async () => {
    const { logger, lines } = recorder()
    const one = manager({ logger })
    await one.getToken()
    server.fail('echo', { endpoint: 'refresh' })
    await one.getToken({ forceRefresh: true })
    const sent = JSON.parse(server.requests.find(({ path }) => path.includes('refresh'))!.body) as { refresh_token: string }
    expect(JSON.stringify(lines)).not.toContain(sent.refresh_token.slice(0, 40))
  })

  it('at most 200 characters of a body get into a message', async () => {
    server.fail({ kind: 'status', status: 500, body: 'x'.repeat(5000) })
    const { message } = await failure()
    expect(/x+/.exec(message.slice(message.indexOf('(')))![0].length).toBeLessThanOrEqual(200)
  })

  it('a manager shows none, printed in any way, nor does its cached promise through it', async () => {
    const one = manager()
    const token = await one.getToken()
    void one.getToken()
    const shown = [
      inspect(one, { depth: 12, showHidden: true, getters: true }),
      JSON.stringify(one),
      JSON.stringify(one.status()),
      String(one),
      inspect({ nested: [one] }, { depth: 12, showHidden: true }),
      Object.getOwnPropertyNames(one).join(),
      inspect(one, { customInspect: false, depth: 12, showHidden: true }),
    ].join('\n')
    expect(shown).not.toContain(token)
    expect(shown).not.toContain(DEFAULT_USER.password)
    expect(shown).toContain(`BaserowJwtManagerImpl { account: '${DEFAULT_USER.email}', state: 'valid' }`)
  })
})

describe('instanceof', () => {
  it('holds across the ESM and the CommonJS entry', async () => {
    const cjs = createRequire(import.meta.url)(join(root, 'dist/index.cjs')) as typeof import('tokenkeep')
    const error = await failure({ baseUrl: 'http://127.0.0.1:1/api' })
    expect(error).toBeInstanceOf(cjs.BaserowAuthError)
    expect(error).toBeInstanceOf(cjs.TokenError)
    expect(new cjs.BaserowAuthError('x', 401)).toBeInstanceOf(TokenError)
  })

  it('holds across two installed copies of the package', () => {
    const copy = mkdtempSync(join(tmpdir(), 'tokenkeep-copy-'))
    try {
      for (const part of ['dist', 'binding.js', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true })
      for (const name of ['tokenkeep.linux-x64-gnu.node']) cpSync(join(root, name), join(copy, name))
      const other = createRequire(import.meta.url)(join(copy, 'dist/index.cjs')) as typeof import('tokenkeep')
      expect(other.TokenError).not.toBe(TokenError)
      expect(new other.BaserowAuthError('x', 401)).toBeInstanceOf(BaserowAuthError)
      expect(new other.TokenError({ code: 'TIMEOUT', message: 'x' })).not.toBeInstanceOf(BaserowAuthError)
    } finally {
      rmSync(copy, { recursive: true })
    }
  })

  it('goes by the class for what users derive, and is false for anything else', () => {
    class Mine extends TokenError {}
    const mine = new Mine({ code: 'NETWORK', message: 'x' })
    expect(mine).toBeInstanceOf(Mine)
    expect(mine).toBeInstanceOf(TokenError)
    expect(new BaserowAuthError('x', 500)).not.toBeInstanceOf(Mine)
    for (const no of [null, undefined, 1, 'x', {}, new Error('x')]) expect(no).not.toBeInstanceOf(TokenError)
  })
})

it('a TokenError of a user has the status and the retryability of its code', () => {
  const cause = new Error('underneath')
  expect(new TokenError({ code: 'TIMEOUT', message: 'slow', cause })).toMatchObject({ statusCode: 504, retryable: true, cause })
  expect(new TokenError({ code: 'SERVER_ERROR', message: 'x', statusCode: 501 })).toMatchObject({ retryable: false })
  expect(new TokenError({ code: 'STORE', message: 'unreadable for now', statusCode: 503 })).toMatchObject({ retryable: true })
  expect(new TokenError({ code: 'STORE', message: 'no session' })).toMatchObject({ statusCode: 500, retryable: false })
  expect(new TokenError({ code: 'COOLING_DOWN', message: 'x', retryAfterMs: 5 })).toMatchObject({ retryAfterMs: 5, statusCode: 503 })
})
