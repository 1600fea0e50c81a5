// What makes the cached call cheap must never make it wrong.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import type { BaserowJwtManagerOptions } from 'tokenkeep'
import { createBaserowJwtManager } from 'tokenkeep'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

let server: BaserowServer

beforeEach(async () => {
  server = await startBaserow()
})
afterEach(async () => {
  vi.useRealTimers()
  await server.close()
})

const manager = (changes: Partial<BaserowJwtManagerOptions> = {}) =>
  createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, ...changes })

it('one token is one promise, also from inside other async contexts', async () => {
  const one = manager()
  await one.getToken()
  const promise = one.getToken()
  expect(one.getToken()).toBe(promise)
  expect(new AsyncLocalStorage<string>().run('request 7', () => one.getToken())).toBe(promise)
})

it('all callers of one flight get one and the same promise', async () => {
  const one = manager()
  const promises = new Set(Array.from({ length: 1000 }, () => one.getToken()))
  expect(promises.size).toBe(1)
  await [...promises][0]
})

it('a caller keeps its own async context across a shared promise', async () => {
  const storage = new AsyncLocalStorage<number>()
  const one = manager()
  const seen = await Promise.all(
    [1, 2, 3].map((id) =>
      storage.run(id, async () => {
        await one.getToken()
        return storage.getStore()
      }),
    ),
  )
  expect(seen).toEqual([1, 2, 3])
})

it('notices the end of a token to the tick, however busily it is used', async () => {
  server.configure({ accessLifetimeMs: 400 })
  const one = manager({ refreshMarginSeconds: 0 })
  const first = await one.getToken()
  const { expiresAt } = one.status()
  while ((await one.getToken()) === first) {
    // One turn of the event loop, as between two requests of a busy service.
    await new Promise(setImmediate)
  }
  expect(Date.now()).toBeGreaterThanOrEqual(expiresAt! - 2)
  expect(server.counters.refreshes).toBe(1)
})

it('peek() follows a renewal and an invalidation at once, and ignores age', async () => {
  server.configure({ accessLifetimeMs: 100 })
  const one = manager({ refreshMarginSeconds: 0 })
  const first = await one.getToken()
  await expect.poll(() => one.status().state, { interval: 10 }).toBe('expired')
  expect(one.peek()).toBe(first)
  const second = await one.getToken()
  expect(one.peek()).toBe(second)
  await one.invalidate(second)
  expect(one.peek()).toBeNull()
})

it('peek() and status() never disagree, however invalidations and renewals meet', async () => {
  for (let round = 0; round < 150; round++) {
    // An account each: five tokens that are refused as soon as they are made would blow the fuse.
    const user = { email: `user${round}@example.com`, password: 'pass' }
    server.addUser(user)
    const one = manager(user)
    let landed = false
    const renewed = one.getToken({ forceRefresh: true }).then(() => (landed = true))
    for (let left = 4; !landed; left--) {
      if (left > 0) await one.invalidate()
      await new Promise(setImmediate)
    }
    await renewed
    expect(one.peek() === null).toBe(one.status().state === 'empty')
  }
})

it('works under fake timers: what it measures is real time', async () => {
  const one = manager()
  vi.useFakeTimers()
  const first = await one.getToken()
  vi.advanceTimersByTime(3_600_000)
  expect(await one.getToken()).toBe(first)
  expect(server.counters.loginRequests).toBe(1)
})

it('thousands of managers share the sessions of their accounts, and keep accounts apart', async () => {
  const users = Array.from({ length: 50 }, (_, i) => ({ email: `user${i}@example.com`, password: `pass ${i}` }))
  users.forEach((user) => server.addUser(user))
  const managers = Array.from({ length: 2500 }, (_, i) => manager(users[i % users.length]))
  const tokens = await Promise.all(managers.slice(0, 200).map((one) => one.getToken()))
  expect(new Set(tokens).size).toBe(50)
  expect(server.counters.loginRequests).toBe(50)
  await managers[0]!.invalidate()
  const left = managers.map((one) => one.peek())
  expect(left).toEqual(managers.map((_, i) => (i % 50 === 0 ? null : tokens[i % 50])))
})
