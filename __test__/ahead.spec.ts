// Renewal ahead of time: aside, while callers are served, and in the background, while nobody asks.
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TokenEvent, TokenManager, TokenManagerOptions, TokenPool, TokenPoolOptions } from 'tokenkeep'
import { TokenError, baserow, createBaserowJwtManager, createTokenManager, createTokenPool, fileStore, fromEnv } from 'tokenkeep'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { run } from './child'
import { recorder } from './recorder'

/** Due for a renewal after 2 s and a little, and callers wait from 3 s on: a busy machine needs some room between them. */
const BRIEF = { ttlSeconds: 4 }
const DUE_MS = 2225

let server: BaserowServer
let open: Array<TokenManager | TokenPool>
/** Nobody waits for a renewal aside, so nobody is there to catch what it ends with. */
const unhandled = vi.fn()

beforeEach(async () => {
  server = await startBaserow()
  open = []
  process.on('unhandledRejection', unhandled)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await new Promise(setImmediate)
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
  await Promise.all(open.map((each) => each.close()))
  await server.close()
})

const provider = () => baserow({ baseUrl: server.baseUrl, ...DEFAULT_USER })

function kept<T extends TokenManager | TokenPool>(made: T): T {
  open.push(made)
  return made
}
const manager = (options: Partial<TokenManagerOptions> = {}) => kept(createTokenManager({ provider: provider(), ...options }))
const pool = (options: Partial<TokenPoolOptions> = {}) => kept(createTokenPool({ provider, ...options }))

const refreshed = (times = 1) => vi.waitFor(() => expect(server.counters.refreshes).toBeGreaterThanOrEqual(times), { interval: 5 })

/** How long before its expiry the token of a manager is renewed, in seconds. */
async function margin(one: TokenManager): Promise<number> {
  await one.getToken()
  const { expiresAt, refreshAt } = one.status()
  return (expiresAt! - refreshAt!) / 1000
}

describe('the margin', () => {
  it.each([
    [20 * 60, 270, 300],
    [60 * 60, 810, 900],
    [24 * 60 * 60, 3240, 3600],
    [10, 4.5, 5],
  ])('of a token that lives %d s suits its lifetime by default: %d to %d s', async (lifetime, least, most) => {
    server.configure({ accessLifetimeMs: lifetime * 1000 })
    const seconds = await margin(manager())
    expect(seconds).toBeGreaterThanOrEqual(least)
    expect(seconds).toBeLessThanOrEqual(most)
  })

  it("is 60 s for the drop-in and fromEnv, as before; 'auto' is theirs to ask for", async () => {
    const account = { baseUrl: server.baseUrl, ...DEFAULT_USER }
    expect(await margin(kept(createBaserowJwtManager(account)))).toBe(60)
    const env = { BASEROW_URL: server.baseUrl, BASEROW_USER_EMAIL: account.email, BASEROW_USER_PASSWORD: account.password }
    expect(await margin(kept(fromEnv(env)))).toBe(60)
    expect(await margin(kept(createBaserowJwtManager({ ...account, refreshMarginSeconds: 'auto' })))).toBeGreaterThan(200)
    expect(await margin(manager({ refreshMarginSeconds: 30 }))).toBe(30)
  })

  it.each([['automatic'], [-1], [Number.NaN]])('%s is refused by name', (refreshMarginSeconds) => {
    for (const make of [manager, pool]) {
      expect(() => make({ refreshMarginSeconds: refreshMarginSeconds as never })).toThrow(/^INVALID_OPTION: refreshMarginSeconds /)
    }
  })
})

describe('in the soft zone', () => {
  /** A manager whose token has been due for a moment. */
  async function due(options: Partial<TokenManagerOptions> = {}): Promise<{ one: TokenManager; token: string; events: TokenEvent[] }> {
    const one = manager({ ...BRIEF, ...options })
    const events: TokenEvent[] = []
    for (const name of ['login', 'refresh', 'failure'] as const) one.on(name, (event) => events.push(event))
    const token = await one.getToken()
    await sleep(DUE_MS)
    return { one, token, events }
  }

  it('callers get the token at once, all of them one and the same promise, and one renewal runs aside', async () => {
    const { one, token, events } = await due()
    server.configure({ latencyMs: 60 })
    const asked = Array.from({ length: 1000 }, () => one.getToken())
    expect(new Set(asked).size).toBe(1)
    expect(one.status().state).toBe('expiring')
    expect(await asked[0]).toBe(token)
    expect(server.counters).toMatchObject({ logins: 1, refreshRequests: 0 })
    await refreshed()
    await vi.waitFor(() => expect(events.map(({ name }) => name)).toEqual(['login', 'refresh']))
    expect(await one.getToken()).not.toBe(token)
    expect(server.counters).toMatchObject({ logins: 1, refreshes: 1, refreshRequests: 1 })
    expect(one.status().state).toBe('valid')
  })

  it('a failed renewal is one event and one warning, and no caller hears of it', async () => {
    const { logger, lines } = recorder()
    const { one, token, events } = await due({ logger, retry: { attempts: 1 } })
    server.fail('outage', { times: Infinity })
    expect(await one.getToken()).toBe(token)
    await vi.waitFor(() => expect(events.map(({ name }) => name)).toEqual(['login', 'failure']))
    for (let i = 0; i < 10; i++) expect(await one.getToken()).toBe(token)
    expect(server.counters).toMatchObject({ refreshRequests: 1, loginRequests: 2 })
    const warnings = lines.filter(({ level, message }) => level === 'warn' && !message!.startsWith('refresh failed'))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]!.message).toContain('Serving the current token')
    expect(one.status().lastError?.code).toBe('SERVER_ERROR')
  })

  it('callers whose token has come to its last quarter wait for the renewal that runs aside', async () => {
    const { one, token } = await due()
    server.configure({ latencyMs: 1500 })
    expect(await one.getToken()).toBe(token)
    await sleep(1000)
    expect(await one.getToken()).not.toBe(token)
    expect(server.counters).toMatchObject({ logins: 1, refreshRequests: 1 })
  })

  it('a caller who insists on a new token joins the renewal that runs aside', async () => {
    const { one, token } = await due()
    server.configure({ latencyMs: 60 })
    void one.getToken()
    expect(await one.getToken({ forceRefresh: true })).not.toBe(token)
    expect(server.counters.refreshRequests).toBe(1)
  })

  it('a session that lay in the store is served, and renewed aside at its first use', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tokenkeep-ahead-'))
    try {
      const stored = { ...BRIEF, store: fileStore({ dir }) }
      const first = manager(stored)
      const token = await first.getToken()
      await first.close()
      await sleep(DUE_MS)
      const next = manager(stored)
      expect(await next.getToken()).toBe(token)
      await refreshed()
      expect(server.counters).toMatchObject({ logins: 1, refreshRequests: 1 })
      // What it got is saved by then: nothing is written into a folder that goes.
      await next.close()
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('an account of a pool is served and renewed aside as well', async () => {
    const all = pool(BRIEF)
    const renewals = vi.fn()
    all.on('refresh', renewals)
    const token = await all.getToken('one')
    await sleep(DUE_MS)
    server.configure({ latencyMs: 60 })
    for (let i = 0; i < 100; i++) expect(await all.getToken('one')).toBe(token)
    expect(all.status().states).toMatchObject({ expiring: 1 })
    await refreshed()
    await vi.waitFor(() => expect(renewals).toHaveBeenCalledOnce())
    expect(await all.getToken('one')).not.toBe(token)
    expect(server.counters).toMatchObject({ logins: 1, refreshRequests: 1 })
  })

  it('an account of a pool whose renewal fails aside is served on, and not renewed for every caller', async () => {
    const all = pool({ ...BRIEF, retry: { attempts: 1 } })
    const failures = vi.fn()
    all.on('failure', failures)
    const token = await all.getToken('one')
    await sleep(DUE_MS)
    server.fail('outage', { times: Infinity })
    for (let i = 0; i < 10; i++) expect(await all.getToken('one')).toBe(token)
    await vi.waitFor(() => expect(failures).toHaveBeenCalledOnce())
    for (let i = 0; i < 10; i++) expect(await all.getToken('one')).toBe(token)
    expect(server.counters.refreshRequests).toBe(1)
  })

  it('an account of a pool is served, whatever keeps its renewal from being started', async () => {
    const all = pool(BRIEF)
    const token = await all.getToken('one')
    await sleep(DUE_MS)
    const made = vi.fn(function () {
      throw new RangeError('no room for a manager')
    })
    vi.stubGlobal('Map', made)
    const served = all.getToken('one')
    vi.unstubAllGlobals()
    expect(await served).toBe(token)
    expect(made).toHaveBeenCalled()
    expect(await all.getToken('one')).toBe(token)
    await refreshed()
  })
})

it('by an interval belongs to nobody: not to the request in which the manager was made', async () => {
  const storage = new AsyncLocalStorage<string>()
  const seen: Array<string | undefined> = []
  const spying: typeof fetch = (...call) => (seen.push(storage.getStore()), fetch(...call))
  const one = storage.run('the maker', () => manager({ refreshIntervalSeconds: 0.1, fetch: spying }))
  await storage.run('the caller', () => one.getToken())
  await refreshed(2)
  await one.close()
  expect(seen.slice(0, 3)).toEqual(['the caller', undefined, undefined])
})

describe("refresh: 'background'", () => {
  const background = { ttlSeconds: 0.8, refresh: 'background' } as const

  it('renews ahead of time, though nobody asks', async () => {
    const one = manager(background)
    const events: string[] = []
    one.on('refresh', ({ name }) => events.push(name))
    expect(server.requests).toHaveLength(0)
    const first = await one.getToken()
    await refreshed(2)
    expect(one.peek()).not.toBe(first)
    await vi.waitFor(() => expect(events.length).toBeGreaterThanOrEqual(2))
    expect(server.counters.logins).toBe(1)
  })

  it('stops when the manager is closed', async () => {
    const one = manager(background)
    await one.getToken()
    await one.close()
    await sleep(650)
    expect(server.counters.refreshRequests).toBe(0)
  })

  it('renews the accounts of a pool that have a session, and no others', async () => {
    const emails: Record<string, string> = { one: DEFAULT_USER.email, 'never asked': 'bob@example.com' }
    const all = pool({ ...background, provider: (id) => baserow({ baseUrl: server.baseUrl, ...DEFAULT_USER, email: emails[id]! }) })
    const renewed = new Set<string>()
    for (const name of ['login', 'refresh'] as const) all.on(name, ({ account }) => name === 'refresh' && renewed.add(account))
    all.account('never asked')
    const first = await all.getToken('one')
    await vi.waitFor(() => expect([...renewed]).toEqual(['one']))
    expect(all.status().accounts).toBe(2)
    expect(all.peek('one')).not.toBe(first)
    expect(server.counters.logins).toBe(1)
  })

  it.each(['false', '0', 'no', 'OFF'])('is switched off by TOKENKEEP_AUTO_REFRESH=%s, and so is the interval', async (value) => {
    vi.stubEnv('TOKENKEEP_AUTO_REFRESH', value)
    const one = manager({ ...background, refreshIntervalSeconds: 0.1, ttlSeconds: 0.5 })
    const all = pool({ ...background, refreshIntervalSeconds: 0.1, ttlSeconds: 0.5 })
    await Promise.all([one.getToken(), all.account('one').getToken()])
    const before = server.requests.length
    await sleep(500)
    expect(server.requests).toHaveLength(before)
  })

  it('is told by name when TOKENKEEP_AUTO_REFRESH is neither yes nor no', () => {
    vi.stubEnv('TOKENKEEP_AUTO_REFRESH', 'perhaps')
    const drop_in = (changes: object) => () => createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, ...changes })
    for (const make of [() => manager(background), () => pool(background), drop_in({ refreshIntervalSeconds: 5 })]) {
      expect(make).toThrow(/^INVALID_OPTION: TOKENKEEP_AUTO_REFRESH must be/)
    }
    // Whoever renews nothing unasked has nothing to switch off.
    expect(drop_in({})).not.toThrow()
  })

  it.each([['foreground'], [true], [5]])('refresh: %o is refused by name', (refresh) => {
    for (const make of [manager, pool]) {
      expect(() => make({ refresh: refresh as never })).toThrow(TokenError)
      expect(() => make({ refresh: refresh as never })).toThrow("INVALID_OPTION: refresh must be 'on-demand' or 'background'")
    }
    expect(() => manager({ refresh: undefined })).not.toThrow()
    expect(() => manager({ refresh: 'on-demand' })).not.toThrow()
  })

  it.each([
    ['asked once', 'done'],
    ['never asked', 'done'],
    ['a pool', 'done'],
  ])('keeps no process alive: %s', async (scene, said) => {
    const { code, lines, stderr, lingeredMs } = await run('ahead.mjs', { baseUrl: server.baseUrl, args: [scene] })
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: [said], stderr: '' })
    expect(lingeredMs).toBeLessThan(2500)
  })

  it('keeps no manager from being collected, and ends with it', async () => {
    const args = ['collected']
    const { code, lines, stderr } = await run('ahead.mjs', { baseUrl: server.baseUrl, args, flags: ['--expose-gc'] })
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: ['collected', 'done'], stderr: '' })
    expect(server.counters.refreshRequests).toBe(0)
  })

  it('ends with the worker thread of its manager, while the others go on', async () => {
    const { code, lines, stderr } = await run('ahead.mjs', { baseUrl: server.baseUrl, args: ['worker'] })
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: ['renewed in the worker', 'left alone', 'done'], stderr: '' })
  })
})
