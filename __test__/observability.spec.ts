// What node:diagnostics_channel tells of the managers of a process.
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { baserow, createTokenManager, createTokenPool, custom, fileStore, jsonLogin } from 'tokenkeep'
import type { TokenManagerOptions, TokenStatus, TokenRenewal } from 'tokenkeep'
import { DEFAULT_USER, type BaserowServer, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterEach, describe, expect, it } from 'vitest'

const PHASES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const
const renewals = tracingChannel<unknown, TokenRenewal>('tokenkeep.renew')

/** What is told, in order; of a renewal what is known at that moment. */
interface Told {
  what: string
  told: TokenRenewal
  /** As it was then. */
  then: Partial<TokenRenewal>
}

let watching: (() => void)[] = []
afterEach(() => {
  watching.forEach((stop) => stop())
  watching = []
})

function watch(): Told[] {
  const all: Told[] = []
  const names = [...PHASES.map((phase) => `tracing:tokenkeep.renew:${phase}`), 'tokenkeep.invalidate', 'tokenkeep.restore']
  for (const name of names) {
    const listener = (told: unknown) => {
      all.push({ what: name.split(/[.:]/).pop()!, told: told as TokenRenewal, then: { ...(told as TokenRenewal) } })
    }
    subscribe(name, listener)
    watching.push(() => unsubscribe(name, listener))
  }
  return all
}

const ended = (all: Told[]) => all.filter(({ what }) => what === 'asyncEnd').map(({ told }) => told)
const words = (all: Told[]) => all.map(({ what }) => what)

function tokens(server: BaserowServer, options: Partial<TokenManagerOptions> = {}) {
  const provider = baserow({ baseUrl: server.baseUrl, email: DEFAULT_USER.email, password: DEFAULT_USER.password })
  return createTokenManager({ provider, refreshMarginSeconds: 60, retry: { attempts: 1 }, ...options })
}

describe('a renewal', () => {
  it('is told from its start to its end, once for a hundred callers', async () => {
    await using server = await startBaserow()
    await using manager = tokens(server)
    const all = watch()
    const callers = Array.from({ length: 100 }, () => manager.getToken())
    expect(words(all)).toEqual(['start', 'end'])
    const host = new URL(server.url).host
    expect(all[0]!.then).toEqual({ account: DEFAULT_USER.email, host, provider: 'baserow', cause: 'first' })
    await Promise.all(callers)
    expect(words(all)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(new Set(all.map(({ told }) => told)).size).toBe(1)
    const { durationMs, at, expiresAt, attempts, ...rest } = all[3]!.told
    expect(rest).toEqual({ account: DEFAULT_USER.email, host, provider: 'baserow', cause: 'first', outcome: 'success', how: 'login' })
    expect(attempts).toEqual([{ how: 'login', durationMs: expect.any(Number) }])
    expect([durationMs! >= 0, Math.abs(at! - Date.now()) < 10_000, expiresAt! > Date.now()]).toEqual([true, true, true])
  })

  it('that fails has an error, which has the frames of the caller and nothing underneath', async () => {
    await using server = await startBaserow()
    await using manager = tokens(server)
    server.fail({ kind: 'status', status: 503 })
    const all = watch()
    const thrown = await manager.getToken().catch((error: unknown) => error as Error)
    expect(words(all)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
    const { outcome, how, error, attempts } = all[2]!.told
    expect([outcome, how, error?.code, error?.statusCode]).toEqual(['failure', 'login', 'SERVER_ERROR', 503])
    expect(error?.message).toBe((thrown as Error).message)
    expect(error?.stack).toContain('observability.spec')
    expect(error).not.toHaveProperty('cause')
    expect(attempts).toEqual([{ how: 'login', durationMs: expect.any(Number), error: 'SERVER_ERROR' }])
  })

  it('says why it began', async () => {
    await using server = await startBaserow()
    await using manager = tokens(server)
    const all = watch()
    await manager.getToken()
    await manager.getToken({ forceRefresh: true })
    await manager.invalidate()
    await manager.getToken()
    expect(ended(all).map(({ cause, how }) => `${cause} ${how}`)).toEqual(['first login', 'forced refresh', 'invalidated refresh'])
  })

  it('of a token that is stale is for the margin, and of one that is dead for its end', async () => {
    // Two seconds in which it is stale and not dead: a busy machine needs some room.
    await using slow = await startBaserow({ accessLifetimeMs: 4000 })
    await using brief = await startBaserow({ accessLifetimeMs: 300 })
    const causes = async (server: BaserowServer, state: TokenStatus['state']) => {
      await using manager = tokens(server)
      const all = watch()
      const ours = () => ended(all).filter(({ host }) => host === new URL(server.url).host)
      await manager.getToken()
      await expect.poll(() => manager.status().state, { interval: 5, timeout: 5000 }).toBe(state)
      await manager.getToken()
      return ours().map(({ cause }) => cause)
    }
    expect(await Promise.all([causes(slow, 'expiring'), causes(brief, 'expired')])).toEqual([
      ['first', 'margin'],
      ['first', 'expired'],
    ])
  })

  it('by refreshIntervalSeconds is for the interval', async () => {
    await using server = await startBaserow()
    const all = watch()
    await using manager = tokens(server, { refreshIntervalSeconds: 0.1 })
    await manager.getToken()
    await expect.poll(() => ended(all).map(({ cause }) => cause)).toContain('interval')
  })

  it("ahead of time is for the background where a timer asks for it, of a pool's account too", async () => {
    await using server = await startBaserow({ accessLifetimeMs: 1000 })
    const all = watch()
    await using manager = tokens(server, { refresh: 'background' })
    await using pool = createTokenPool({
      provider: () => baserow({ baseUrl: server.baseUrl, email: DEFAULT_USER.email, password: DEFAULT_USER.password }),
      refresh: 'background',
      refreshMarginSeconds: 59,
    })
    await Promise.all([manager.getToken(), pool.getToken('alice')])
    await expect.poll(() => ended(all).map(({ cause }) => cause), { timeout: 5000 }).toContain('background')
    expect(ended(all).map(({ cause }) => cause)).not.toContain('ahead')
  })

  it('is told by the one manager that began it, though others share it', async () => {
    await using server = await startBaserow({ latencyMs: 50 })
    await using one = tokens(server)
    await using other = tokens(server)
    const all = watch()
    await Promise.all([one.getToken(), other.getToken()])
    expect(words(all)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd'])
    expect(server.counters.logins).toBe(1)
  })

  it('is none where there is a token, or only the memory of a failure', async () => {
    await using server = await startBaserow()
    await using manager = tokens(server)
    await manager.getToken()
    const all = watch()
    await manager.getToken()
    await using failing = createTokenManager({
      provider: baserow({ baseUrl: server.baseUrl, email: DEFAULT_USER.email, password: 'not the password' }),
    })
    await failing.getToken().catch(() => {})
    await failing.getToken().catch(() => {})
    expect(words(all)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd'])
  })

  it('of an account of a pool is told as well', async () => {
    await using server = await startTokenServer({ users: [{ username: 'ann', password: 'secret-of-ann' }] })
    await using pool = createTokenPool({
      provider: (username) => jsonLogin({ url: server.loginUrl, body: { username, password: 'secret-of-ann' }, account: username }),
    })
    const all = watch()
    await pool.getToken('ann')
    const [{ account, host, provider }] = ended(all) as [TokenRenewal]
    expect([account, host, provider]).toEqual(['ann', new URL(server.url).host, 'jsonLogin'])
  })

  it('runs its callbacks in what a watcher has bound to its start', async () => {
    const bound = new AsyncLocalStorage<string>()
    renewals.start.bindStore(bound, ({ account }) => `the renewal of ${account}`)
    watching.push(() => void renewals.start.unbindStore(bound))
    let seen: string | undefined
    const login = async () => {
      seen = bound.getStore()
      return { token: 'opaque', expiresAt: Date.now() + 600_000 }
    }
    await using manager = createTokenManager({ provider: custom({ account: 'bound', login }) })
    await manager.getToken()
    expect(seen).toBe('the renewal of bound')
    expect(bound.getStore()).toBeUndefined()
  })
})

it('a token that is dropped is told once, whoever else drops it', async () => {
  await using server = await startBaserow()
  await using manager = tokens(server)
  const token = await manager.getToken()
  const all = watch()
  await Promise.all([manager.invalidate(token), manager.invalidate(token)])
  await manager.invalidate(token)
  const host = new URL(server.url).host
  expect(all.map(({ what, told }) => ({ what, ...told }))).toEqual([
    { what: 'invalidate', account: DEFAULT_USER.email, host, provider: 'baserow', at: expect.any(Number) },
  ])
})

it('a session that is taken over from the store is told as a renewal and as a restoration', async () => {
  await using server = await startBaserow()
  const dir = mkdtempSync(join(tmpdir(), 'tokenkeep-observed-'))
  try {
    const before = tokens(server, { store: fileStore({ dir }) })
    await before.getToken()
    await before.close()
    const all = watch()
    await using after = tokens(server, { store: fileStore({ dir }) })
    await after.getToken()
    expect(words(all)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd', 'restore'])
    expect(ended(all)).toMatchObject([{ cause: 'first', outcome: 'success', how: 'store', attempts: [] }])
    expect(all[4]!.told).toMatchObject({ account: DEFAULT_USER.email, provider: 'baserow', source: 'store' })
    expect(channel('tokenkeep.restore').hasSubscribers).toBe(true)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

it('a watcher that throws keeps no token from anybody', async () => {
  await using server = await startBaserow()
  await using manager = tokens(server)
  const thrown: unknown[] = []
  const others = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => thrown.push(error))
  const failing = () => {
    throw new Error('the mistake of a watcher')
  }
  subscribe('tracing:tokenkeep.renew:start', failing)
  watching.push(() => unsubscribe('tracing:tokenkeep.renew:start', failing))
  try {
    expect(await manager.getToken()).toMatch(/^eyJ/)
    await expect.poll(() => thrown.length).toBe(1)
  } finally {
    process.removeAllListeners('uncaughtException')
    for (const listener of others) process.on('uncaughtException', listener)
  }
})
