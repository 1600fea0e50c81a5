// Use-case 1, line by line: what code written against the pure-TypeScript class relies on.
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { BaserowAuthError, BaserowJwtManagerDisabled, BaserowJwtManagerImpl, createBaserowJwtManager } from 'tokenkeep'
import type { BaserowJwtManagerOptions } from 'tokenkeep'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recorder } from './recorder'

let server: BaserowServer

beforeEach(async () => {
  server = await startBaserow()
})
afterEach(() => server.close())

const manager = (changes: Partial<BaserowJwtManagerOptions> = {}) =>
  createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, ...changes })

describe('a manager with credentials', () => {
  it('sends nothing before the first getToken()', async () => {
    const idle = manager()
    expect(idle.isEnabled()).toBe(true)
    expect(idle.peek()).toBeNull()
    expect(server.counters.connections).toBe(0)
    await idle.getToken()
    expect(server.counters.loginRequests).toBe(1)
  })

  it('gets a token that Baserow accepts in its own header', async () => {
    const headers = { authorization: await manager().authorization() }
    const answer = await fetch(`${server.baseUrl}/database/tables/database/1/`, { headers })
    expect(headers.authorization).toMatch(/^JWT eyJ/)
    expect(answer.status).toBe(200)
  })

  it('makes one login for a thousand callers at once, and hands all of them the same token', async () => {
    const shared = manager()
    const tokens = await Promise.all(Array.from({ length: 1000 }, () => shared.getToken()))
    expect(new Set(tokens).size).toBe(1)
    expect(server.counters.loginRequests).toBe(1)
  })

  it('shares a failure too: a thousand callers with a wrong password are one rejected login', async () => {
    const shared = manager({ password: 'wrong' })
    const results = await Promise.allSettled(Array.from({ length: 1000 }, () => shared.getToken()))
    expect(results.every((result) => result.status === 'rejected')).toBe(true)
    expect(server.counters.loginRequests).toBe(1)
  })

  it('is not poisoned by a failure: the next call tries again', async () => {
    server.fail('outage')
    const shared = manager()
    await expect(shared.getToken()).rejects.toMatchObject({ statusCode: 500, code: 'SERVER_ERROR' })
    await expect(shared.getToken()).resolves.toMatch(/^eyJ/)
  })

  it('serves from memory until exp minus the margin, then refreshes without a login', async () => {
    server.configure({ accessLifetimeMs: 4000 })
    const short = manager({ refreshMarginSeconds: 3 })
    const first = await short.getToken()
    expect(await short.getToken()).toBe(first)
    await expect.poll(() => short.status().state, { interval: 20, timeout: 5000 }).toBe('expiring')
    // The timer that closes the cached path may ring a moment after the border, never before it. The token itself lives for two seconds
    // from here (the margin is capped at half of its four): one that is replaced only then has been served through its margin.
    await expect.poll(() => short.getToken(), { interval: 1, timeout: 1500 }).not.toBe(first)
    expect(server.counters).toMatchObject({ logins: 1, loginRequests: 1, refreshes: 1 })
    expect(JSON.parse(server.requests.at(-1)!.body)).toHaveProperty('refresh_token')
  })

  it('logs in once when the refresh fails in any way', async () => {
    for (const fault of ['outage', 'reset', 'not-json', 'no-token', 'throttled'] as const) {
      server.reset()
      const each = manager()
      await each.getToken()
      await each.invalidate()
      server.fail(fault, { endpoint: 'refresh' })
      await expect(each.getToken(), fault).resolves.toMatch(/^eyJ/)
      expect(server.counters.loginRequests, fault).toBe(2)
      await each.close()
    }
  })

  it('does not log in on every call when the margin is longer than the token lives', async () => {
    server.configure({ accessLifetimeMs: 60_000 })
    const wide = manager({ refreshMarginSeconds: 3600 })
    const first = await wide.getToken()
    expect(await wide.getToken()).toBe(first)
    expect(await wide.getToken({})).toBe(first)
    expect(server.counters.loginRequests).toBe(1)
  })

  it('counts a token without exp as good for 55 minutes, with one warning', async () => {
    server.configure({ omitExp: true })
    const { logger, lines } = recorder()
    const timeless = manager({ logger })
    await timeless.getToken()
    await timeless.getToken({ forceRefresh: true })
    const { expiresAt, recent } = timeless.status()
    expect(expiresAt! - recent[0]!.at).toBeCloseTo(55 * 60_000, -3)
    expect(lines.filter((line) => line.level === 'warn')).toHaveLength(1)
    expect(lines.find((line) => line.level === 'warn')!.message).toContain('55 minutes')
  })

  it('takes a server whose clock is years off at its word about durations', async () => {
    for (const years of [-10, 10]) {
      server.configure({ clockOffsetMs: years * 365 * 86_400_000 })
      const skewed = manager()
      await skewed.getToken()
      expect(skewed.status()).toMatchObject({ state: 'valid' })
      expect(skewed.status().expiresAt! - Date.now()).toBeCloseTo(600_000, -4)
      expect(skewed.status().clockSkewMs).toBeCloseTo(years * 365 * 86_400_000, -4)
      await skewed.close()
    }
  })

  it('gives up an HTTP request after timeoutMs', async () => {
    server.fail('hang', { times: Infinity })
    const hasty = manager({ timeoutMs: 50 })
    await expect(hasty.getToken()).rejects.toMatchObject({ code: 'TIMEOUT', statusCode: 504 })
  })

  it('gives up a whole renewal after deadlineMs', async () => {
    server.fail('hang', { times: Infinity })
    const hasty = manager({ deadlineMs: 60 })
    await expect(hasty.getToken()).rejects.toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('deadlineMs') })
  })

  it.each(['1.6', '1.5'] as const)('works with the servers of %s, whose token refreshes itself', async (dialect) => {
    server.configure({ dialect })
    const old = manager()
    const first = await old.getToken()
    const second = await old.getToken({ forceRefresh: true })
    expect(second).not.toBe(first)
    expect(server.counters).toMatchObject({ loginRequests: 1, refreshes: 1 })
    await expect(manager({ password: 'wrong' }).getToken()).rejects.toMatchObject({
      statusCode: 400,
      code: 'INVALID_CREDENTIALS',
    })
  })
})

describe('a manager without credentials', () => {
  it.each([
    ['no email', { email: undefined }],
    ['an empty email', { email: '' }],
    ['no password', { password: undefined }],
    ['an empty password', { password: '' }],
  ])('is the disabled stub: %s', async (_, missing) => {
    const stub = manager(missing)
    expect(stub).toBeInstanceOf(BaserowJwtManagerDisabled)
    expect(stub.isEnabled()).toBe(false)
    for (const call of [stub.getToken(), stub.authorization()]) {
      const error = await call.then(expect.unreachable, (reason: unknown) => reason as BaserowAuthError)
      expect(error).toBeInstanceOf(BaserowAuthError)
      expect(error).toMatchObject({
        name: 'BaserowAuthError',
        statusCode: 503,
        code: 'NOT_CONFIGURED',
        message:
          'BASEROW_USER_AUTH_NOT_CONFIGURED: set BASEROW_USER_EMAIL and BASEROW_USER_PASSWORD to enable metadata endpoints',
      })
    }
    expect(stub.peek()).toBeNull()
    expect(stub.status()).toMatchObject({ state: 'disabled', account: null, counters: { logins: 0 } })
    await Promise.all([stub.invalidate(), stub.logout(), stub.close()])
    expect(stub.on('login', () => {}).off('login', () => {})).toBe(stub)
  })

  it('checks none of its options', () => {
    expect(createBaserowJwtManager({ baseUrl: 'nonsense', refreshMarginSeconds: Number.NaN }).isEnabled()).toBe(false)
    expect(new BaserowJwtManagerDisabled().isEnabled()).toBe(false)
  })
})

it('has the classes of the old module', async () => {
  const made = new BaserowJwtManagerImpl({ baseUrl: `${server.baseUrl}/`, ...DEFAULT_USER })
  expect(manager()).toBeInstanceOf(BaserowJwtManagerImpl)
  await expect(made.getToken()).resolves.toMatch(/^eyJ/)
  const error = new BaserowAuthError('BRIDGE: broken', 502)
  expect(error).toBeInstanceOf(Error)
  expect({ ...error, name: error.name, message: error.message }).toMatchObject({
    name: 'BaserowAuthError',
    message: 'BRIDGE: broken',
    statusCode: 502,
  })
})
