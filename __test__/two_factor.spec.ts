// Accounts with a second factor (contract, section 7).
import type { BaserowServer } from 'tokenkeep/testing'
import { startBaserow } from 'tokenkeep/testing'
import type { BaserowAuthError, BaserowJwtManagerOptions } from 'tokenkeep'
import { createBaserowJwtManager } from 'tokenkeep'
import { afterEach, beforeEach, expect, it } from 'vitest'

const user = { email: 'Carol@Example.com', password: 'two steps', totp: '123456' }
let server: BaserowServer

beforeEach(async () => {
  server = await startBaserow({ users: [user] })
})
afterEach(() => server.close())

const manager = (changes: Partial<BaserowJwtManagerOptions> = {}) =>
  createBaserowJwtManager({ baseUrl: server.baseUrl, email: user.email, password: user.password, ...changes })

const failure = (changes: Partial<BaserowJwtManagerOptions>) =>
  manager(changes).getToken().then(expect.unreachable, (error: unknown) => error as BaserowAuthError)

it('without the totp option the ticket is never taken for a token: TWO_FACTOR_REQUIRED', async () => {
  const error = await failure({})
  expect(error).toMatchObject({ code: 'TWO_FACTOR_REQUIRED', statusCode: 401, retryable: false })
  expect(error.message).toContain('totp')
  expect(error.message).not.toContain('eyJ')
})

it.each([
  ['a string', () => '123456'],
  ['a promise', async () => ' 123456\n'],
])('with a totp callback that gives %s it logs in, and asks for a code at each login', async (_, totp) => {
  let asked = 0
  const one = manager({ totp: () => (asked++, totp()) })
  await expect(one.getToken()).resolves.toMatch(/^eyJ/)
  await one.getToken({ forceRefresh: true })
  expect({ asked, refreshes: server.counters.refreshes }).toEqual({ asked: 1, refreshes: 1 })
  await one.logout()
  await one.getToken()
  expect(asked).toBe(2)
})

it('a wrong code is a rejected login', async () => {
  const error = await failure({ totp: () => '999999' })
  expect(error).toMatchObject({ code: 'INVALID_CREDENTIALS', statusCode: 401 })
  expect(error.message).toContain('two-factor verification returned 401')
  expect(error.message).not.toContain('999999')
})

it('a callback that throws or rejects is TWO_FACTOR_REQUIRED with what it threw as the cause', async () => {
  const thrown = new Error('the vault is sealed')
  const throwing = () => {
    throw thrown
  }
  for (const totp of [throwing, () => Promise.reject(thrown)]) {
    const error = await failure({ totp })
    expect(error).toMatchObject({ code: 'TWO_FACTOR_REQUIRED', cause: thrown })
  }
})

it('what a callback throws too late is the cause of nothing that comes later', async () => {
  let giveUp = (_: Error) => {}
  const one = manager({ deadlineMs: 60, totp: () => new Promise<string>((_, reject) => (giveUp = reject)) })
  await expect(one.getToken()).rejects.toMatchObject({ code: 'TIMEOUT' })
  giveUp(new Error('of the first login'))
  await new Promise(setImmediate)
  server.fail('outage')
  const error = await one.getToken().then(expect.unreachable, (reason: unknown) => reason as BaserowAuthError)
  expect(error).toMatchObject({ code: 'SERVER_ERROR' })
  expect(error).not.toHaveProperty('cause')
})

it.each([[undefined], [''], [123456], [null]])('a callback that gives %o is TWO_FACTOR_REQUIRED and says so', async (code) => {
  const error = await failure({ totp: () => code as unknown as string })
  expect(error).toMatchObject({ code: 'TWO_FACTOR_REQUIRED', message: expect.stringContaining('gave no code') })
})

it('a callback that never answers ends with the deadline, and the next call asks again', async () => {
  let asked = 0
  const one = manager({ deadlineMs: 80, totp: () => (asked++ === 0 ? new Promise<string>(() => {}) : '123456') })
  await expect(one.getToken()).rejects.toMatchObject({ code: 'TIMEOUT' })
  await expect(one.getToken()).resolves.toMatch(/^eyJ/)
})

it('too many wrong codes are RATE_LIMITED', async () => {
  server.configure({ twoFactorAttemptsPerMinute: 1 })
  await failure({ totp: () => '000000' })
  expect(await failure({ totp: () => '000000' })).toMatchObject({ code: 'RATE_LIMITED', statusCode: 429 })
})
