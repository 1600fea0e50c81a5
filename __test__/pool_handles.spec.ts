// One account of a pool in somebody's hand: a manager like any other, at the session that the pool has.
import { inspect } from 'node:util'
import type { TokenPool, TokenPoolOptions } from 'tokenkeep'
import { createTokenPool, custom, jsonLogin, TokenError } from 'tokenkeep'
import { authFetch } from 'tokenkeep/fetch'
import { DEFAULT_KEY, startTokenServer, type TokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

let server: TokenServer
let open: TokenPool[]

beforeEach(async () => {
  server = await startTokenServer({ keys: [DEFAULT_KEY, 'a-new-key'] })
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((pool) => pool.close()))
  await server.close()
})

const of = (account: string, changes = {}) =>
  jsonLogin({ url: server.loginUrl, body: { api_key: DEFAULT_KEY }, account, ...changes })

function pool(changes: Partial<TokenPoolOptions> = {}): TokenPool {
  const made = createTokenPool({ provider: (id) => of(id), timeoutMs: 2000, retry: { attempts: 1 }, ...changes })
  open.push(made)
  return made
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(() => expect.unreachable(), (error: unknown) => error as TokenError)

/** Logins of the user's own, which count. */
function counted() {
  const logins = vi.fn(async () => ({ token: `token ${logins.mock.calls.length}`, expiresAt: Date.now() + 3_600_000 }))
  return logins
}

describe('a handle', () => {
  it('has the token of the pool, and a cached call is one and the same promise', async () => {
    const all = pool()
    const handle = all.account('a')
    expect(server.requests).toHaveLength(0)
    const [mine, theirs] = await Promise.all([handle.getToken(), all.getToken('a')])
    expect([mine, all.peek('a'), handle.peek()]).toEqual([theirs, theirs, theirs])
    await handle.getToken()
    const promise = handle.getToken()
    for (let i = 0; i < 1000; i++) expect(handle.getToken()).toBe(promise)
    expect(await handle.authorization()).toBe(`Bearer ${mine}`)
    expect(handle.isEnabled()).toBe(true)
    expect(handle.status()).toMatchObject({ account: 'a', state: 'valid' })
    expect(inspect(handle)).toBe("AccountManager { account: 'a', state: 'valid' }")
    expect(server.counters.loginRequests).toBe(1)
  })

  it('sees at its next call what the pool has forgotten or renewed, and the pool what the handle has', async () => {
    const all = pool()
    const handle = all.account('a')
    const first = await handle.getToken()
    await all.getToken('a')
    void handle.invalidate(first)
    const second = await all.getToken('a')
    void all.invalidate('a', second)
    const third = await handle.getToken()
    const fourth = await handle.getToken({ forceRefresh: true })
    expect(await all.getToken('a')).toBe(fourth)
    const fifth = await all.getToken('a', { forceRefresh: true })
    expect(await handle.getToken()).toBe(fifth)
    expect(new Set([first, second, third, fourth, fifth]).size).toBe(5)
  })

  it('lets go of itself alone when it is closed, also while a call waits', async () => {
    server.configure({ loginDelayMs: 100 })
    const all = pool()
    const [one, other] = [all.account('a'), all.account('a')]
    const waiting = Promise.all([one.getToken(), other.getToken(), all.getToken('a')])
    const closing = one.close()
    expect(await failureOf(one.getToken())).toMatchObject({ code: 'CLOSED' })
    const tokens = await waiting
    await closing
    expect(new Set(tokens).size).toBe(1)
    expect([await other.getToken(), await all.getToken('a'), await all.account('a').getToken()]).toEqual(tokens)
    expect(server.counters.loginRequests).toBe(1)
    expect(one.peek()).toBeNull()
    await one[Symbol.asyncDispose]()
  })

  it('keeps its account in the pool, whoever else comes', async () => {
    const provider = vi.fn((id: string) => of(id))
    const all = pool({ provider, capacity: 2 })
    const handle = all.account('mine')
    const token = await handle.getToken()
    for (let i = 0; i < 20; i++) await all.getToken(`${i}`)
    await vi.waitFor(() => expect(all.status().accounts).toBeLessThanOrEqual(2), { timeout: 6000, interval: 100 })
    expect([await all.getToken('mine'), await handle.getToken()]).toEqual([token, token])
    expect(provider.mock.calls.filter(([id]) => id === 'mine')).toHaveLength(1)
  })

  it('is heard by the pool, and hears what itself has asked for', async () => {
    const all = pool()
    const handle = all.account('a')
    const [here, there] = [vi.fn(), vi.fn()]
    handle.on('login', here).on('invalidate', here)
    all.on('login', there).on('invalidate', there)
    await handle.getToken()
    await all.invalidate('a')
    expect([here.mock.calls.length, there.mock.calls.length]).toEqual([1, 2])
    handle.off('login', here)
  })

  it('serves as the manager of whatever sends requests', async () => {
    const all = pool()
    const fetch = authFetch(all.account('a'), { origins: [server.url] })
    expect((await fetch(server.apiUrl)).status).toBe(200)
    server.revokeAccessTokens()
    expect((await fetch(server.apiUrl)).status).toBe(200)
    expect(server.counters.loginRequests + server.counters.refreshRequests).toBe(2)
  })

  it('renews every so often where the pool says so, until it is closed', async () => {
    const all = pool({ refreshIntervalSeconds: 0.1 })
    const handle = all.account('a')
    await vi.waitFor(() => expect(server.counters.loginRequests).toBeGreaterThanOrEqual(3))
    await handle.close()
    const before = server.counters.loginRequests
    await new Promise((wake) => setTimeout(wake, 400))
    expect(server.counters.loginRequests).toBe(before)
  })
})

describe('other credentials', () => {
  it('that come by a handle are those of the pool at once', async () => {
    const provider = vi.fn((id: string) => of(id))
    const all = pool({ provider })
    const handle = all.account('a')
    const [old, other] = [await all.getToken('a'), await all.getToken('b')]
    await all.getToken('a')
    await handle.replaceProvider(of('a', { body: { api_key: 'a-new-key' } }))
    expect(all.peek('a')).toBeNull()
    const [mine, theirs] = await Promise.all([handle.getToken(), all.getToken('a')])
    expect(mine).toBe(theirs)
    expect(mine).not.toBe(old)
    expect(server.requests.at(-1)!.body).toContain('a-new-key')
    expect(await all.getToken('b')).toBe(other)
    expect(await all.account('a').getToken()).toBe(mine)
    await all.invalidate('a', mine)
    expect(await all.getToken('a')).toBe(await handle.getToken())
    expect(provider).toHaveBeenCalledTimes(2)
    expect(all.status()).toMatchObject({ accounts: 2, states: { valid: 2 } })
  })

  it('with callbacks are still there when others have come', async () => {
    const [first, second] = [counted(), counted()]
    const all = pool({ provider: (id) => custom({ account: `replaced-${id}`, login: id === 'a' ? first : counted() }) })
    await all.getToken('a')
    const handle = all.account('a')
    await handle.replaceProvider(custom({ account: 'replaced-a', credential: 'new', login: second }))
    await handle.close()
    await Promise.all(['b', 'c', 'd'].map((id) => all.getToken(id)))
    expect(await all.getToken('a')).toBe('token 1')
    // By a manager that is made anew.
    await new Promise((wake) => setTimeout(wake, 2500))
    expect(await all.getToken('a', { forceRefresh: true })).toBe('token 2')
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 2])
  })

  it('leave callers of the old ones with what they get, and the pool waits for them when it is closed', async () => {
    let begin!: () => void
    const gate = new Promise<void>((resolve) => (begin = resolve))
    const slow = vi.fn(async () => (await gate, { token: 'old', expiresAt: Date.now() + 3_600_000 }))
    const all = pool({ provider: () => custom({ account: 'leaving', login: slow }) })
    const handle = all.account('a')
    const waiting = all.getToken('a')
    const replacing = handle.replaceProvider(custom({ account: 'leaving', credential: 'new', login: counted() }))
    begin()
    await replacing
    expect(await waiting).toMatch(/old|token 1/)
    expect(await all.getToken('a')).toBe('token 1')
    await all.close()
  })

  it('that are none change nothing', async () => {
    const all = pool()
    const handle = all.account('a')
    const token = await all.getToken('a')
    expect(await failureOf(handle.replaceProvider({ kind: 'none' }))).toMatchObject({ code: 'INVALID_OPTION' })
    expect([await all.getToken('a'), await handle.getToken()]).toEqual([token, token])
  })
})

describe('whoever closes the pool', () => {
  it('waits for what is under way, and everybody is answered', async () => {
    server.configure({ loginDelayMs: 100 })
    const all = pool({ maxConcurrentLogins: 3 })
    const handle = all.account('0')
    const calls = Array.from({ length: 20 }, (_, i) => all.getToken(`${i}`))
    const mine = handle.getToken()
    const answered = vi.fn()
    for (const call of [...calls, mine]) call.then(answered, answered)
    const closing = all.close()
    expect(all.close()).toBe(closing)
    await closing
    await new Promise(setImmediate)
    expect(answered).toHaveBeenCalledTimes(21)
    const settled = await Promise.allSettled([...calls, mine])
    for (const call of settled) if (call.status === 'rejected') expect(call.reason).toMatchObject({ code: 'CLOSED' })
    expect(settled.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(3)
    expect(all.status().accounts).toBe(0)
  })

  it('closes it for everybody, handles too, by whatever name', async () => {
    const all = pool()
    const handle = all.account('a')
    await all.getToken('a')
    await handle.getToken()
    const cached = all.getToken('a')
    const closing = all[Symbol.asyncDispose]()
    const closed = { code: 'CLOSED' }
    expect(await failureOf(all.getToken('a'))).toMatchObject(closed)
    await closing
    expect(await failureOf(all.getToken('a'))).toMatchObject(closed)
    expect(await failureOf(all.getToken('a', { forceRefresh: true }))).toMatchObject(closed)
    expect(await failureOf(all.getScopedToken('a', 'x'))).toMatchObject(closed)
    expect(await failureOf(all.invalidate('a'))).toMatchObject(closed)
    expect(await failureOf(handle.getToken())).toMatchObject(closed)
    expect(() => all.account('a')).toThrow(expect.objectContaining(closed))
    expect([all.peek('a'), handle.peek(), all.status().accounts]).toEqual([null, null, 0])
    expect(await cached).toEqual(expect.any(String))
    await expect(handle.close()).resolves.toBeUndefined()
  })

  it('may do so before it was ever used', async () => {
    const all = pool()
    await all.close()
    expect(server.requests).toHaveLength(0)
  })
})
