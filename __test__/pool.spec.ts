// Many accounts in one pool: who is asked for what, and what a caller of one account notices of the others, which is nothing.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Provider, TokenEvent, TokenPool, TokenPoolOptions } from 'tokenkeep'
import { baserow, createTokenPool, custom, customStore, jsonLogin, TokenError } from 'tokenkeep'
import { DEFAULT_KEY, memoryCallbacks, startBaserow, startTokenServer, type TokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { recorder } from './recorder'

let server: TokenServer
let open: TokenPool[]
/** Nobody's mistake may end the process. */
const unhandled = vi.fn()

beforeEach(async () => {
  server = await startTokenServer()
  open = []
  process.on('unhandledRejection', unhandled)
})
afterEach(async () => {
  await new Promise(setImmediate)
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
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

/** A door that opens when so many wait before it, and then for all of them in one turn. */
function doorFor(count: number): () => Promise<void> {
  let open!: () => void
  const opened = new Promise<void>((resolve) => (open = resolve))
  let waiting = 0
  return () => {
    if (++waiting === count) open()
    return opened
  }
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(() => expect.unreachable(), (error: unknown) => error as TokenError)

describe('who an account is', () => {
  it('is asked once per account, at its first call, and no request is sent before', async () => {
    const provider = vi.fn((id: string) => of(id))
    const all = pool({ provider })
    expect([provider.mock.calls.length, server.requests.length]).toEqual([0, 0])
    for (const id of ['a', 'b', 'a', 'b', 'a']) await all.getToken(id)
    await all.getToken('a', { forceRefresh: true })
    await all.invalidate('b')
    await all.getToken('b')
    expect(provider.mock.calls).toEqual([['a'], ['b']])
    expect(server.counters.logins).toBeGreaterThanOrEqual(2)
  })

  it('may not be known: what provider() throws is what the callers of this account get, and nobody else', async () => {
    const mistake = new Error('no such agent')
    const provider = vi.fn((id: string) => {
      if (id === 'bad') throw mistake
      return of(id)
    })
    const all = pool({ provider })
    await expect(all.getToken('bad')).rejects.toBe(mistake)
    await expect(all.getScopedToken('bad', 'x')).rejects.toBe(mistake)
    expect(() => all.account('bad')).toThrow(mistake)
    expect(all.peek('bad')).toBeNull()
    await all.invalidate('bad')
    await all.getToken('good')
    expect(all.status().accounts).toBe(1)
    // It is asked again: it may know by now.
    provider.mockImplementation((id) => of(id))
    await all.getToken('bad')
  })

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['null', () => null],
    ['a text', () => 'alice'],
    ['an object of its own', () => ({ kind: 'jsonLogin' })],
    ['a promise', async () => of('later')],
    ['a promise that rejects', () => Promise.reject(new Error('nobody looks at this'))],
  ])('has to be a provider: %s is INVALID_OPTION, for that account only', async (_, nonsense) => {
    const all = pool({ provider: (id) => (id === 'bad' ? (nonsense() as Provider) : of(id)) })
    const error = await failureOf(all.getToken('bad'))
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining('provider(id)') })
    await all.getToken('good')
    expect(all.status()).toMatchObject({ accounts: 1, states: { valid: 1 } })
  })

  it('is what the options said when the pool was made', async () => {
    const options: TokenPoolOptions = { provider: (id) => of(id), retry: { attempts: 1 } }
    const all = createTokenPool(options)
    open.push(all)
    options.provider = () => {
      throw new Error('too late')
    }
    await all.getToken('a')
  })

  it.each([
    ['provider', undefined],
    ['provider', 'alice'],
    ['capacity', 0],
    ['capacity', 1.5],
    ['capacity', '7'],
    ['capacity', Infinity],
    ['maxConcurrentLogins', 0],
    ['maxConcurrentLogins', -1],
    ['maxConcurrentLogins', Number.NaN],
    ['ttlSeconds', 0],
    ['logger', {}],
    ['store', {}],
  ])('%s cannot be %s', (name, value) => {
    const make = () => createTokenPool({ provider: (id: string) => of(id), [name]: value } as TokenPoolOptions)
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(name) }))
  })
})

describe('the name of an account', () => {
  it.each([['nothing', undefined], ['null', null], ['an empty text', ''], ['a number', 7], ['an object', {}], ['half a character', 'a\ud800']])(
    'is a text: %s is INVALID_OPTION everywhere',
    async (_, id) => {
      const provider = vi.fn((name: string) => of(name))
      const all = pool({ provider })
      const bad = id as string
      const invalid = expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('id') })
      await expect(all.getToken(bad)).rejects.toEqual(invalid)
      await expect(all.getToken(bad, { forceRefresh: true })).rejects.toEqual(invalid)
      await expect(all.getScopedToken(bad, 'x')).rejects.toEqual(invalid)
      await expect(all.invalidate(bad)).rejects.toEqual(invalid)
      expect(() => all.peek(bad)).toThrow(invalid)
      expect(() => all.account(bad)).toThrow(invalid)
      expect(provider).not.toHaveBeenCalled()
    },
  )

  it('may be anything else, as long and as strange as it is', async () => {
    const strange = ['__proto__', 'constructor', 'toString', ' ', 'a\0b', 'a', '\u00e9', 'e\u0301', '👩‍🚀', 'x'.repeat(1_000_000)]
    const provider = vi.fn((id: string) => of(`${strange.indexOf(id)}`))
    const all = pool({ provider })
    const tokens = await Promise.all(strange.map((id) => all.getToken(id)))
    expect(new Set(tokens).size).toBe(strange.length)
    expect(strange.map((id) => all.peek(id))).toEqual(tokens)
    expect(await Promise.all(strange.map((id) => all.getToken(id)))).toEqual(tokens)
    expect(provider.mock.calls.map(([id]) => id)).toEqual(strange)
    expect(inspect(all)).toBe(`TokenPool { accounts: ${strange.length} }`)
  })
})

describe('a token', () => {
  it('costs a hundred callers one login, and later ones a promise that is there already', async () => {
    const all = pool()
    const first = await Promise.all(Array.from({ length: 100 }, () => all.getToken('a')))
    expect([new Set(first).size, server.counters.logins]).toEqual([1, 1])
    const promise = all.getToken('a')
    for (let i = 0; i < 1000; i++) expect(all.getToken('a')).toBe(promise)
    expect(await promise).toBe(first[0])
    // Also once its manager has been let go of.
    await sleep(2500)
    const later = all.getToken('a')
    expect(all.getToken('a')).toBe(later)
    expect(await later).toBe(first[0])
  })

  it('comes for one account while the login of another hangs', async () => {
    const all = pool()
    server.fail('hang', { endpoint: 'login', times: 1 })
    const hanging = failureOf(all.getToken('hanging'))
    await vi.waitFor(() => expect(server.counters.loginRequests).toBe(1))
    const ids = Array.from({ length: 50 }, (_, number) => `${number}`)
    const started = performance.now()
    await Promise.all(ids.map((id) => all.getToken(id)))
    expect(performance.now() - started).toBeLessThan(1500)
    expect(await hanging).toMatchObject({ code: 'TIMEOUT' })
  })

  it('fails for one account alone', async () => {
    const all = pool({ provider: (id) => of(id, { body: { api_key: id === 'bad' ? 'wrong' : DEFAULT_KEY } }) })
    const [bad, good] = await Promise.allSettled([all.getToken('bad'), all.getToken('good')])
    expect([bad.status, good.status]).toEqual(['rejected', 'fulfilled'])
    expect(await failureOf(all.getToken('bad'))).toMatchObject({ code: 'COOLING_DOWN' })
    expect(server.counters.loginRequests).toBe(2)
    expect(all.status()).toMatchObject({ accounts: 2, states: { valid: 1, empty: 1 }, counters: { logins: 1, failures: 1 } })
  })

  it('is another one on demand, once for all who demand it, and everybody has it from then on', async () => {
    const all = pool()
    const old = await all.getToken('a')
    const forced = await Promise.all([1, 2, 3].map(() => all.getToken('a', { forceRefresh: true })))
    expect(new Set(forced).size).toBe(1)
    expect(forced[0]).not.toBe(old)
    expect([await all.getToken('a'), all.peek('a')]).toEqual([forced[0], forced[0]])
    expect(server.counters).toMatchObject({ loginRequests: 2 })
  })

  it('is waited for until the signal says otherwise, which ends nothing for the others', async () => {
    server.configure({ loginDelayMs: 150 })
    const all = pool()
    const leaving = new AbortController()
    const [left, stays] = [failureOf(all.getToken('a', { signal: leaving.signal })), all.getToken('a')]
    const reason = new Error('enough')
    leaving.abort(reason)
    expect(await left).toBe(reason)
    const token = await stays
    expect(await failureOf(all.getToken('a', { signal: leaving.signal }))).toBe(reason)
    expect(await failureOf(all.getToken('new', { signal: leaving.signal }))).toBe(reason)
    expect(await all.getToken('a', { signal: new AbortController().signal })).toBe(token)
    expect(server.counters.loginRequests).toBe(1)
  })

  it('is not the next one when the signal fires later', async () => {
    const all = pool()
    const later = new AbortController()
    await all.getToken('a', { signal: later.signal })
    later.abort()
    await all.getToken('a')
    await sleep(0)
  })

  it('may need a code, which is asked for by the name of whoever it is for', async () => {
    const ids = ['a', 'b', 'c']
    const users = ids.map((id) => ({ email: `${id}@example.com`, password: 'p', totp: `00000${ids.indexOf(id)}` }))
    const baserowServer = await startBaserow({ users })
    const all = pool({
      provider: (id) => {
        const user = users[ids.indexOf(id)]!
        const { email, password, totp } = user
        return baserow({ baseUrl: baserowServer.baseUrl, email, password, ...(id === 'c' ? {} : { totp: () => totp }) })
      },
    })
    const [a, b] = await Promise.all([all.getToken('a'), all.getToken('b')])
    expect(a).not.toBe(b)
    expect(await failureOf(all.getToken('c'))).toMatchObject({ code: 'TWO_FACTOR_REQUIRED', message: expect.stringContaining('totp option') })
    expect(await all.account('a').authorization()).toBe(`JWT ${a}`)
    await baserowServer.close()
  })

  it('that is dead is forgotten: the very next call asks for another', async () => {
    const all = pool()
    const dead = await all.getToken('a')
    await all.getToken('a')
    const forgetting = all.invalidate('a', dead)
    expect(all.peek('a')).toBeNull()
    const next = await all.getToken('a')
    await forgetting
    expect(next).not.toBe(dead)
    // Somebody who is late with the same news.
    await all.invalidate('a', dead)
    expect(await all.getToken('a')).toBe(next)
    await all.invalidate('a')
    expect(all.peek('a')).toBeNull()
    expect(all.status().counters.invalidations).toBe(2)
  })

  it('of nobody who is known is forgotten without asking who that is', async () => {
    const provider = vi.fn((id: string) => of(id))
    await pool({ provider }).invalidate('stranger')
    expect(provider).not.toHaveBeenCalled()
  })

  it('for a narrower audience comes out of the session of its account', async () => {
    const provider = (id: string) =>
      custom({ account: `scoped-${id}`, login: async () => ({ token: id, expiresAt: Date.now() + 3_600_000, scoped: { guild: `${id} for guild` } }) })
    const all = pool({ provider })
    expect(await all.getScopedToken('a', 'guild')).toBe('a for guild')
    expect(await all.getScopedToken('b', 'guild')).toBe('b for guild')
    expect(await failureOf(all.getScopedToken('a', 'nowhere'))).toMatchObject({ code: 'SCOPE_NOT_GRANTED' })
    expect(await failureOf(all.getScopedToken('a', ''))).toMatchObject({ code: 'INVALID_OPTION' })
  })

  it('reaches each of five hundred callers whose logins end in the same turn of the event loop', async () => {
    const ids = Array.from({ length: 500 }, (_, number) => `crowd-${number}`)
    const door = doorFor(ids.length)
    const login = async (id: string) => {
      await door()
      return { token: id, expiresAt: Date.now() + 3_600_000, scoped: { guild: `${id} for guild` } }
    }
    const all = pool({ provider: (id) => custom({ account: id, login: () => login(id) }), maxConcurrentLogins: 500 })
    const scoped = ids.map((id) => all.getScopedToken(id, 'guild'))
    expect(await Promise.all(scoped)).toEqual(ids.map((id) => `${id} for guild`))
  })

  it('is called dead for each of five hundred whose stores answer in the same turn, and all are told', async () => {
    const ids = Array.from({ length: 500 }, (_, number) => `dead-${number}`)
    let door = () => Promise.resolve()
    const callbacks = memoryCallbacks()
    const store = customStore({ ...callbacks, load: (key) => door().then(() => callbacks.load(key)) })
    const login = (id: string) => async () => ({ token: id, expiresAt: Date.now() + 3_600_000 })
    const all = pool({ provider: (id) => custom({ account: id, login: login(id) }), maxConcurrentLogins: 500, store })
    await Promise.all(ids.map((id) => all.getToken(id)))
    door = doorFor(ids.length)
    const told = vi.fn()
    subscribe('tokenkeep.invalidate', told)
    try {
      await Promise.all(ids.map((id) => all.invalidate(id)))
    } finally {
      unsubscribe('tokenkeep.invalidate', told)
    }
    expect(told).toHaveBeenCalledTimes(500)
  })
})

describe('age', () => {
  it('is looked at while a token is in use: none is served past its margin', async () => {
    const all = pool({ ttlSeconds: 3, refreshMarginSeconds: 1 })
    const served = new Map<string, { first: number; last: number }>()
    const end = performance.now() + 7000
    while (performance.now() < end) {
      const token = await all.getToken('a')
      const now = performance.now()
      const known = served.get(token)
      if (known === undefined) served.set(token, { first: now, last: now })
      else known.last = now
      await sleep(10)
    }
    const ages = [...served.values()].map(({ first, last }) => last - first)
    expect(ages.length).toBeGreaterThanOrEqual(3)
    // Two seconds fresh; the rest is what a timer is late.
    expect(Math.max(...ages)).toBeLessThan(2100)
    expect(ages[0]).toBeGreaterThan(1500)
  })

  it('makes no difference to those who wait where serveStale is off: they hear of each failure, and there is no waiting before the next try', async () => {
    const all = pool({ ttlSeconds: 2, refreshMarginSeconds: 1, serveStale: false })
    const stale = pool({ ttlSeconds: 2, refreshMarginSeconds: 1, provider: (id) => of(`${id} too`) })
    const [token, other] = [await all.getToken('a'), await stale.getToken('a')]
    await sleep(1200)
    server.fail('outage', { times: Infinity })
    expect(await failureOf(all.getToken('a'))).toMatchObject({ code: 'SERVER_ERROR' })
    expect(await failureOf(all.getToken('a'))).toMatchObject({ code: 'SERVER_ERROR' })
    expect(await stale.getToken('a')).toBe(other)
    server.clearFaults()
    expect(await all.getToken('a')).not.toBe(token)
  })
})

describe('a store', () => {
  it('of the user keeps the sessions of all accounts, for the next pool too', async () => {
    const callbacks = memoryCallbacks()
    const ids = ['a', 'b', 'c']
    const first = pool({ store: customStore(callbacks) })
    const tokens = await Promise.all(ids.map((id) => first.getToken(id)))
    await first.close()
    const second = pool({ store: customStore(callbacks) })
    expect(await Promise.all(ids.map((id) => second.getToken(id)))).toEqual(tokens)
    expect(server.counters.loginRequests).toBe(3)
    expect(second.status().counters).toMatchObject({ storeHits: 3, logins: 0 })
    await second.invalidate('a', tokens[0])
    const third = pool({ store: customStore(callbacks) })
    expect(await third.getToken('a')).not.toBe(tokens[0])
    // Of somebody whom only the store knows.
    await pool({ store: customStore(callbacks) }).invalidate('b', tokens[1])
    expect(await pool({ store: customStore(callbacks) }).getToken('b')).not.toBe(tokens[1])
  })
})

describe('those who listen', () => {
  it('hear of every account, each of what it asked for, until they leave', async () => {
    const all = pool()
    const heard: TokenEvent[] = []
    const listener = (event: TokenEvent) => void heard.push(event)
    expect(all.on('login', listener).on('refresh', listener).on('invalidate', listener).on('failure', listener)).toBe(all)
    await Promise.all([all.getToken('a'), all.getToken('b')])
    await all.invalidate('a')
    server.fail('outage', { times: 1 })
    await all.getToken('b', { forceRefresh: true }).catch(() => {})
    expect(heard.map(({ name, account }) => `${name} ${account}`).sort()).toEqual(['failure b', 'invalidate a', 'login a', 'login b'])
    all.off('login', listener)
    await all.getToken('c')
    expect(heard).toHaveLength(4)
    expect(() => all.on('logins' as 'login', listener)).toThrow('INVALID_OPTION')
  })

  it('may make mistakes', async () => {
    const { logger, lines } = recorder()
    const all = pool({ logger })
    all.on('login', () => {
      throw new Error('a mistake')
    })
    await all.getToken('a')
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
  })
})

describe('whoever looks at it', () => {
  it('sees how many accounts there are, and no secret', async () => {
    const { logger, lines } = recorder()
    const all = pool({ logger })
    const token = await all.getToken('a')
    const shown = [inspect(all, { depth: 10, showHidden: true }), JSON.stringify(all), JSON.stringify(all.status()), JSON.stringify(lines), inspect(all.account('a'))]
    for (const text of shown) for (const secret of [token, DEFAULT_KEY]) expect(text).not.toContain(secret)
    expect(inspect(all)).toBe('TokenPool { accounts: 1 }')
    expect(Object.keys(all)).toEqual([])
    expect(all.status()).toEqual({
      accounts: 1,
      states: { disabled: 0, empty: 0, valid: 1, expiring: 0, expired: 0 },
      counters: { logins: 1, refreshes: 0, failures: 0, storeHits: 0, invalidations: 0 },
    })
  })
})
