// What `TokenManager` promises for one account, beyond the old class.
import { AsyncLocalStorage } from 'node:async_hooks'
import { createRequire } from 'node:module'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import type { BaserowJwtManagerOptions, TokenEvent, TokenManager } from 'tokenkeep'
import { BaserowAuthError, baserow, createBaserowJwtManager, createTokenManager } from 'tokenkeep'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type * as Binding from '../binding'
import { recorder } from './recorder'

let server: BaserowServer

beforeEach(async () => {
  server = await startBaserow()
})
afterEach(() => server.close())

const manager = (changes: Partial<BaserowJwtManagerOptions> = {}) =>
  createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, ...changes })

describe('invalidate', () => {
  it('forgets a token that the API refused, and the next caller refreshes', async () => {
    const one = manager()
    const dead = await one.getToken()
    await one.invalidate(dead)
    expect(one.peek()).toBeNull()
    expect(one.status().state).toBe('empty')
    expect(await one.getToken()).not.toBe(dead)
    expect(server.counters).toMatchObject({ logins: 1, refreshes: 1 })
  })

  it('does nothing when somebody has already renewed: ten late 401s are one renewal', async () => {
    const one = manager()
    const dead = await one.getToken()
    const retried = await Promise.all(
      Array.from({ length: 10 }, async () => {
        await one.invalidate(dead)
        return one.getToken()
      }),
    )
    await one.invalidate(dead)
    expect(new Set([...retried, await one.getToken()]).size).toBe(1)
    expect(server.counters.refreshes).toBe(1)
    expect(one.status().counters.invalidations).toBe(1)
  })

  it('without a token forgets whichever is current', async () => {
    const one = manager()
    await one.getToken()
    await one.invalidate()
    expect(one.peek()).toBeNull()
  })

  it('is seen by the very next call, in the same turn of the event loop', async () => {
    const one = manager()
    const first = await one.getToken()
    for (let i = 0; i < 1000; i++) void one.getToken()
    const invalidated = one.invalidate(first)
    const next = one.getToken()
    await invalidated
    expect(await next).not.toBe(first)
  })
})

describe('getToken({ signal })', () => {
  it('lets one caller leave with the reason of the signal, and cancels nothing', async () => {
    server.configure({ latencyMs: 60 })
    const one = manager()
    const leaving = new AbortController()
    const stays = one.getToken()
    const leaves = one.getToken({ signal: leaving.signal })
    const reason = new Error('enough')
    leaving.abort(reason)
    await expect(leaves).rejects.toBe(reason)
    await expect(stays).resolves.toMatch(/^eyJ/)
    expect(server.counters.loginRequests).toBe(1)
  })

  it('finishes and keeps a renewal whose only caller has left', async () => {
    server.configure({ latencyMs: 40 })
    const one = manager()
    await expect(one.getToken({ signal: AbortSignal.timeout(5) })).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect.poll(() => one.peek(), { interval: 10 }).toMatch(/^eyJ/)
    await one.getToken()
    expect(server.counters.loginRequests).toBe(1)
  })

  it('takes null for no signal, as fetch does', async () => {
    const one = manager()
    const first = await one.getToken({ signal: null as never })
    expect(await one.getToken({ signal: null as never, forceRefresh: true })).not.toBe(first)
  })

  it('rejects at once when the signal has been aborted before, and asks nobody', async () => {
    const one = manager()
    await expect(one.getToken({ signal: AbortSignal.abort('late') })).rejects.toBe('late')
    expect(server.counters.connections).toBe(0)
  })

  it('leaves no listener behind on a signal that lives on', async () => {
    const { signal } = new AbortController()
    const added: unknown[] = []
    const removed: unknown[] = []
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: never[]) => (added.push(args[1]), (addEventListener as Function).apply(signal, args))
    signal.removeEventListener = (...args: never[]) =>
      (removed.push(args[1]), (removeEventListener as Function).apply(signal, args))
    const one = manager()
    await one.getToken({ signal })
    await one.getToken({ signal, forceRefresh: true })
    expect(removed).toEqual(added)
  })

  it('leaves the handler that the user put on the signal alone', async () => {
    server.configure({ latencyMs: 30 })
    const controller = new AbortController()
    let called = 0
    controller.signal.onabort = () => void called++
    const waiting = manager().getToken({ signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
    expect(called).toBe(1)
  })
})

describe('getToken({ forceRefresh })', () => {
  it('renews a fresh token, once for all who ask at once', async () => {
    const one = manager()
    const first = await one.getToken()
    const renewed = await Promise.all(Array.from({ length: 100 }, () => one.getToken({ forceRefresh: true })))
    expect(new Set(renewed).size).toBe(1)
    expect(renewed[0]).not.toBe(first)
    expect(server.counters).toMatchObject({ logins: 1, refreshes: 1 })
  })

  it('keeps serving the current token to everybody else meanwhile', async () => {
    const one = manager()
    const first = await one.getToken()
    server.configure({ latencyMs: 30 })
    const forced = one.getToken({ forceRefresh: true })
    expect(await one.getToken()).toBe(first)
    expect(await one.getToken({})).toBe(first)
    expect(await forced).not.toBe(first)
  })

  it('fails when the renewal fails, although the old token lives on', async () => {
    const one = manager()
    const first = await one.getToken()
    server.fail('outage', { times: 2 })
    await expect(one.getToken({ forceRefresh: true })).rejects.toMatchObject({ code: 'SERVER_ERROR' })
    expect(await one.getToken()).toBe(first)
  })
})

describe('serveStale', () => {
  async function inMargin(changes: Partial<BaserowJwtManagerOptions>) {
    server.configure({ accessLifetimeMs: 60_000 })
    const one = manager({ ttlSeconds: 3, refreshMarginSeconds: 3, ...changes })
    const token = await one.getToken()
    await expect.poll(() => one.status().state, { interval: 20, timeout: 5000 }).toBe('expiring')
    server.fail('outage', { times: Infinity })
    return { one, token }
  }

  it('answers with the last token while it has not expired, with one warning for each attempt', async () => {
    const { logger, lines } = recorder()
    const { one, token } = await inMargin({ logger })
    lines.length = 0
    expect(await Promise.all([one.getToken(), one.getToken()])).toEqual([token, token])
    const stale = lines.filter((line) => line.message?.includes('Serving the current token'))
    expect(stale).toHaveLength(1)
    await expect.poll(() => one.status().state, { interval: 20, timeout: 5000 }).toBe('expired')
    await expect(one.getToken()).rejects.toMatchObject({ code: 'SERVER_ERROR' })
  })

  it('false answers with the failure', async () => {
    const { one } = await inMargin({ serveStale: false })
    await expect(one.getToken()).rejects.toMatchObject({ code: 'SERVER_ERROR', statusCode: 500 })
  })
})

describe('logout', () => {
  it('revokes the refresh token at the server and forgets the session', async () => {
    const one = manager()
    await one.getToken()
    await one.logout()
    expect(server.counters.blacklistRequests).toBe(1)
    expect(one.peek()).toBeNull()
    await one.getToken()
    expect(server.counters.loginRequests).toBe(2)
  })

  it('forgets even when the server cannot be told, and says so', async () => {
    const one = manager()
    await one.getToken()
    server.fail('outage', { endpoint: 'blacklist' })
    await expect(one.logout()).rejects.toMatchObject({ name: 'BaserowAuthError', code: 'SERVER_ERROR' })
    expect(one.peek()).toBeNull()
  })

  it('without a session asks nobody', async () => {
    await manager().logout()
    expect(server.counters.connections).toBe(0)
  })
})

describe('events', () => {
  it('tell of each flight once, with what a dashboard needs', async () => {
    const events: TokenEvent[] = []
    const one = manager()
    for (const name of ['login', 'refresh', 'invalidate', 'failure'] as const) one.on(name, (event) => events.push(event))
    const token = await one.getToken()
    await one.getToken({ forceRefresh: true })
    await one.invalidate()
    server.fail('outage', { times: 2 })
    const failed = await one.getToken().catch((error: unknown) => error)
    expect(events.map((event) => event.name)).toEqual(['login', 'refresh', 'invalidate', 'failure'])
    expect(events[0]).toMatchObject({ account: DEFAULT_USER.email, durationMs: expect.any(Number) })
    expect(events[1]!.expiresAt! - events[1]!.at).toBeCloseTo(600_000, -3)
    expect(events[3]!.error).toBe(failed)
    expect(JSON.stringify(events)).not.toContain(token)
  })

  it('a listener that throws is logged, and the token is delivered', async () => {
    const { logger, lines } = recorder()
    const one = manager({ logger })
    one.on('login', () => {
      throw new Error('broken dashboard')
    })
    await expect(one.getToken()).resolves.toMatch(/^eyJ/)
    expect(lines.filter((line) => line.level === 'error')).toHaveLength(1)
  })

  it('a listener that rejects is logged too', async () => {
    const { logger, lines } = recorder()
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      const one = manager({ logger })
      one.on('login', (async () => {
        throw new Error('broken dashboard')
      }) as () => void)
      await one.getToken()
      await new Promise((resolve) => setTimeout(resolve, 20))
    } finally {
      process.off('unhandledRejection', note)
    }
    expect(unhandled).toEqual([])
    expect(lines.filter((line) => line.level === 'error')).toMatchObject([{ message: "a listener for 'login' threw" }])
  })

  it.each([
    ['logn', () => {}],
    ['login', undefined],
    ['login', {}],
  ])('on(%j, %o) is refused', (name, listener) => {
    const on = () => manager().on(name as never, listener as never)
    expect(on).toThrow(BaserowAuthError)
    expect(on).toThrow(/^INVALID_OPTION: (event|listener) must be /)
  })

  it('reach a listener until it is taken away', async () => {
    let heard = 0
    const listener = () => void heard++
    const one = manager().on('login', listener).off('login', listener)
    await one.getToken()
    expect(heard).toBe(0)
  })
})

it('logger, listeners and totp run with the AsyncLocalStorage of the caller who started the flight', async () => {
  const storage = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const note = () => void seen.push(storage.getStore())
  const { logger } = recorder()
  server.addUser({ email: 'dave@example.com', password: 'two steps', totp: '123456' })
  const one = manager({
    email: 'dave@example.com',
    password: 'two steps',
    logger: { ...logger, child: () => ({ ...logger, info: note }) },
    totp: () => (note(), '123456'),
  })
  one.on('login', note).on('refresh', note)
  await storage.run('request 1', () => one.getToken())
  await storage.run('request 2', () => one.getToken({ forceRefresh: true }))
  expect(seen).toEqual(['request 1', 'request 1', 'request 1', 'request 2', 'request 2'])
})

it('lines are those of the caller whose flight it is, whatever was started after it', async () => {
  server.configure({ latencyMs: 40 })
  const storage = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const { logger } = recorder()
  const one = manager({ logger: { ...logger, child: () => ({ ...logger, info: () => void seen.push(storage.getStore()) }) } })
  const token = storage.run('request 1', () => one.getToken())
  const exported = storage.run('request 2', () => one.exportTokens().catch(() => {}))
  await Promise.all([token, exported])
  expect(seen).toEqual(['request 1'])
})

it('one manager cannot keep the mail from another: Error.prepareStackTrace may return anything', async () => {
  const original = Error.prepareStackTrace
  Error.prepareStackTrace = () => ({ structured: true })
  try {
    const [bad, good] = [manager({ password: 'wrong' }), manager()]
    const results = await Promise.allSettled([bad.getToken(), good.getToken()])
    expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled'])
  } finally {
    Error.prepareStackTrace = original
  }
})

describe('close', () => {
  it('finishes what is under way, waiters included, and rejects later calls with CLOSED', async () => {
    server.configure({ latencyMs: 40 })
    const one = manager()
    const waiting = one.getToken()
    const closing = one.close()
    for (const late of [one.getToken(), one.getToken({ forceRefresh: true }), one.logout(), one.invalidate(), one.authorization()]) {
      await expect(late).rejects.toMatchObject({ code: 'CLOSED', statusCode: 503 })
    }
    await expect(waiting).resolves.toMatch(/^eyJ/)
    await closing
    expect(one.peek()).toBeNull()
    await expect(one.close()).resolves.toBeUndefined()
    expect(server.counters.loginRequests).toBe(1)
  })

  it('comes with the end of an `await using` block', async () => {
    let kept
    {
      await using one = manager()
      await one.getToken()
      kept = one
    }
    await expect(kept.getToken()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('what cannot begin', () => {
  const { NativeManager, NativeEnvironment } = createRequire(import.meta.url)('../binding.js') as typeof Binding
  const broken = () => {
    throw new Error('the native side broke')
  }
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['a renewal', 'renew', (one: TokenManager) => one.getToken()],
    ['a logout', 'logout', (one: TokenManager) => one.logout()],
  ] as const)('leaves nothing behind: %s', async (_, name, begin) => {
    const held: boolean[] = []
    const { hold } = NativeEnvironment.prototype
    vi.spyOn(NativeEnvironment.prototype, 'hold').mockImplementation(function (this: Binding.NativeEnvironment, on) {
      held.push(on)
      hold.call(this, on)
    })
    const one = createTokenManager({ provider: baserow({ baseUrl: server.baseUrl, ...DEFAULT_USER }) })
    vi.spyOn(NativeManager.prototype, name).mockImplementationOnce(broken)
    await expect((async () => begin(one))()).rejects.toThrow('the native side broke')
    expect(held.at(-1) ?? false).toBe(false)
    await expect(one.getToken()).resolves.toMatch(/^eyJ/)
    await one.close()
  })
})

describe('replaceProvider', () => {
  it('rejects with what the drop-in rejects with', async () => {
    const refused = manager().replaceProvider({} as never)
    await expect(refused).rejects.toBeInstanceOf(BaserowAuthError)
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', message: expect.stringMatching(/^INVALID_OPTION: provider /) })
  })

  it('is CLOSED after close(), whatever it is given', async () => {
    const one = manager()
    await one.close()
    for (const given of [{}, baserow({ baseUrl: server.baseUrl, ...DEFAULT_USER })]) {
      await expect(one.replaceProvider(given as never)).rejects.toMatchObject({ code: 'CLOSED', name: 'BaserowAuthError' })
    }
  })
})

describe('status', () => {
  it('follows a token through its life and remembers ten renewals', async () => {
    const one = manager({ refreshMarginSeconds: 30 })
    expect(one.status()).toEqual({
      state: 'empty',
      account: DEFAULT_USER.email,
      source: null,
      expiresAt: null,
      refreshAt: null,
      savedAt: null,
      renewing: false,
      clockSkewMs: null,
      scopes: [],
      location: null,
      recent: [],
      lastError: null,
      counters: { logins: 0, refreshes: 0, failures: 0, storeHits: 0, invalidations: 0 },
    })
    const pending = one.getToken()
    expect(one.status().renewing).toBe(true)
    await pending
    const { expiresAt, refreshAt, source, state } = one.status()
    expect({ state, source, margin: expiresAt! - refreshAt! }).toEqual({ state: 'valid', source: 'login', margin: 30_000 })
    for (let i = 0; i < 11; i++) await one.getToken({ forceRefresh: true })
    expect(one.status().recent).toHaveLength(10)
    expect(one.status()).toMatchObject({ source: 'refresh', counters: { logins: 1, refreshes: 11 } })
  })

  it('keeps the last error, without a secret', async () => {
    const one = manager({ password: 'wrong-horse-battery' })
    await one.getToken().catch(() => {})
    expect(one.status()).toMatchObject({ lastError: { code: 'INVALID_CREDENTIALS' }, counters: { failures: 1 } })
    expect(JSON.stringify(one.status())).not.toContain('wrong-horse')
  })
})
