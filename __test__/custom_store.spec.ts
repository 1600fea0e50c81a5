// A store of the user's own: what it is asked, what it may get wrong, and that none of that costs a token.
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { StoreCallbacks, TokenManager, TokenManagerOptions } from 'tokenkeep'
import { createTokenManager, customStore, jsonLogin } from 'tokenkeep'
import { DEFAULT_KEY, memoryCallbacks, startTokenServer, type TokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { recorder } from './recorder'

let server: TokenServer
let open: TokenManager[]

beforeEach(async () => {
  server = await startTokenServer()
  open = []
})
afterEach(async () => {
  await Promise.all(open.map((manager) => manager.close()))
  await server.close()
})

const provider = (changes = {}) =>
  jsonLogin({ url: server.loginUrl, body: { api_key: DEFAULT_KEY }, account: 'alice', ...changes })

/** A manager with a store of its own over these callbacks, as another process would have it. */
function manager(callbacks: StoreCallbacks, changes: Partial<TokenManagerOptions> = {}) {
  const { logger, lines } = recorder()
  const made = createTokenManager({ provider: provider(), store: customStore(callbacks), logger, ...changes })
  open.push(made)
  return { manager: made, lines, warnings: () => lines.filter(({ level }) => level === 'warn').map(({ message }) => message!) }
}

describe('customStore', () => {
  it('names the callback that is missing or none, and takes what else there is', () => {
    const { load, save, clear, lock } = memoryCallbacks()
    for (const [name, given] of Object.entries({
      load: { save, clear },
      save: { load, clear },
      clear: { load, save },
      lock: { load, save, clear, lock: 'yes' },
      options: undefined,
    })) {
      const make = () => customStore(given as never)
      expect(make, name).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(name) }))
    }
    for (const given of [null, 7, 'store', []]) expect(() => customStore(given as never)).toThrow('INVALID_OPTION')
    expect(customStore({ load, save, clear, lock, more: 1 } as never).kind).toBe('custom')
    expect(customStore({ load, save, clear, lock: undefined } as never).kind).toBe('custom')
  })

  it('is free again when the manager that should have it cannot be made, whatever is wrong', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const wrong: Record<string, unknown>[] = [
      { timeoutMs: -1 },
      { serveStale: 'no' },
      { retry: { maxDelayMs: -1 } },
      { proxy: 5 },
      { fetch: 'yes' },
      { refreshIntervalSeconds: 0 },
      { logger: {} },
    ]
    const refused = wrong.map((options) => {
      const callbacks = memoryCallbacks()
      expect(() => createTokenManager({ provider: provider(), store: customStore(callbacks), ...options })).toThrow('INVALID_OPTION')
      return new WeakRef(callbacks)
    })
    await vi.waitFor(() => {
      collect()
      expect(wrong.filter((_, index) => refused[index]!.deref() !== undefined)).toEqual([])
    })
  })

  it('keeps one text per account that a person can read, under a key that says where to look', async () => {
    const callbacks = memoryCallbacks()
    const saved = vi.fn(callbacks.save)
    const { manager: one } = manager({ ...callbacks, save: saved })
    const token = await one.getToken()
    await one.getToken({ forceRefresh: true })
    const [key, text, expected, generation] = saved.mock.lastCall!
    expect(key).toMatch(/^tokenkeep-jsonLogin-[0-9a-f]{32}$/)
    expect(one.status().location).toBe(`custom store, key ${key}`)
    expect(JSON.parse(text)).toMatchObject({ version: 1, account: 'alice', token: one.peek(), generation, backup: { token } })
    expect(generation).toBe(expected! + 1)
    expect(Math.abs(generation - Date.now())).toBeLessThan(60_000)
    await one.logout()
    expect(await callbacks.load(key)).toBeNull()
  })

  it('costs one load for a session that is there, and lock, load, save and release for one that is not', async () => {
    const callbacks = memoryCallbacks()
    const asked: string[] = []
    const counted: StoreCallbacks = {
      load: (...all) => (asked.push('load'), callbacks.load(...all)),
      save: (...all) => (asked.push('save'), callbacks.save(...all)),
      clear: (...all) => (asked.push('clear'), callbacks.clear(...all)),
      async lock(...all) {
        asked.push('lock')
        const release = await callbacks.lock(...all)
        return () => (asked.push('release'), release())
      },
    }
    await manager(counted).manager.getToken()
    await vi.waitFor(() => expect(asked).toEqual(['load', 'lock', 'load', 'save', 'release']))
    asked.length = 0
    await manager(counted).manager.getToken()
    expect(asked).toEqual(['load'])
    expect(server.counters.logins).toBe(1)
  })

  it('shares the session of its account among the managers of one thread', async () => {
    const store = customStore(memoryCallbacks())
    const [one, other] = [manager(memoryCallbacks(), { store }), manager(memoryCallbacks(), { store })]
    const tokens = await Promise.all([one.manager.getToken(), other.manager.getToken()])
    expect(new Set(tokens).size).toBe(1)
    expect(server.counters.logins).toBe(1)
    await one.manager.invalidate(tokens[0])
    expect(await one.manager.getToken()).not.toBe(tokens[0])
    expect(await other.manager.getToken()).toBe(one.manager.peek())
    expect(server.counters.logins + server.counters.refreshes).toBe(2)
  })

  it('calls methods on the object that they belong to', async () => {
    class Kept implements StoreCallbacks {
      readonly #inner = memoryCallbacks()
      load = undefined as never
      save(...all: Parameters<StoreCallbacks['save']>) {
        return this.#inner.save(...all)
      }
      clear(...all: Parameters<StoreCallbacks['clear']>) {
        return this.#inner.clear(...all)
      }
      constructor() {
        this.load = ((key: string) => this.#inner.load(key)) as never
      }
    }
    const kept = new Kept()
    const { manager: one, warnings } = manager(kept)
    const token = await one.getToken()
    expect(await manager(kept).manager.getToken()).toBe(token)
    expect(warnings()).toEqual([])
  })

  it('runs its callbacks in the AsyncLocalStorage of whoever made it', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen = new Set<string | undefined>()
    const callbacks = memoryCallbacks()
    const witness: StoreCallbacks = { ...callbacks, load: (key) => (seen.add(storage.getStore()), callbacks.load(key)) }
    const store = storage.run('the one who made it', () => customStore(witness))
    await storage.run('a request', () => manager(callbacks, { store }).manager.getToken())
    expect([...seen]).toEqual(['the one who made it'])
  })

  it('without a lock lets everybody renew, without a word', async () => {
    const { lock: _, ...callbacks } = memoryCallbacks()
    const { manager: one, warnings } = manager(callbacks)
    await one.getToken()
    await one.getToken({ forceRefresh: true })
    expect(warnings()).toEqual([])
  })
})

const SECRET = 'a word that must not be in the log'

describe('whatever a store gets wrong costs one warning and no token:', () => {
  type Break = (callbacks: ReturnType<typeof memoryCallbacks>) => StoreCallbacks
  const never = () => new Promise<never>(() => {})
  const fails = () => Promise.reject(Object.assign(new Error('no such table: sessions'), { detail: SECRET }))
  const throws = () => {
    throw new Error('not connected')
  }
  const wrong: Record<string, [Break, RegExp]> = {
    'load rejects': [(store) => ({ ...store, load: fails }), /load\(\) failed \(no such table: sessions\)/],
    'load throws': [(store) => ({ ...store, load: throws }), /load\(\) failed \(not connected\)/],
    'load answers an object': [(store) => ({ ...store, load: async () => ({ token: SECRET }) as never }), /it answered object/],
    'load answers garbage': [(store) => ({ ...store, load: async () => `{ "tok": "${SECRET}"` }), /not a tokenkeep record/],
    'save rejects': [(store) => ({ ...store, save: fails }), /save\(\) failed \(no such table: sessions\)/],
    'save throws what it was given': [
      (store) => ({ ...store, save: (_, record) => Promise.reject(new Error(`value too long: ${record}`)) }),
      /save\(\) failed \(value too long/,
    ],
    'save answers a count': [(store) => ({ ...store, save: async () => 1 as never }), /it answered number, not true or false/],
    'save refuses for no reason': [(store) => ({ ...store, save: async () => false }), /refuses to write a first generation/],
    'lock rejects': [(store) => ({ ...store, lock: fails }), /lock\(\) failed \(no such table: sessions\).*cannot take turns/],
    'lock throws null': [(store) => ({ ...store, lock: () => Promise.reject(null) }), /lock\(\) failed \(null\)/],
    'lock answers nothing': [(store) => ({ ...store, lock: async () => undefined as never }), /it answered undefined, not a function/],
    'everything rejects': [() => ({ load: fails, save: fails, clear: fails, lock: fails }), /load\(\) failed/],
  }
  // Each for as long as somebody may have to wait for it.
  const silent: Record<string, [Break, RegExp]> = {
    'load never settles': [(store) => ({ ...store, load: never }), /could not be read within 5 s/],
    'save never settles': [(store) => ({ ...store, save: never }), /could not be written within 5 s/],
    'lock never settles': [(store) => ({ ...store, lock: never }), /for 7 seconds: going ahead without its lock/],
  }

  async function costsOneWarning(what: string, [broken, warning]: [Break, RegExp]): Promise<void> {
    const account = `account of ${what}`
    const { manager: one, lines, warnings } = manager(broken(memoryCallbacks()), { provider: provider({ account }), deadlineMs: 2000 })
    const token = await one.getToken()
    expect(warnings(), what).toEqual([expect.stringMatching(warning)])
    expect(warnings()[0]).toContain('custom store, key tokenkeep-jsonLogin-')
    const log = JSON.stringify(lines)
    expect(log).not.toContain(SECRET)
    expect(log).not.toContain(token)
    expect(one.peek()).toBe(token)
  }

  it.each(Object.entries(wrong))('%s', costsOneWarning)

  it(Object.keys(silent).join(', '), async () => {
    await Promise.all(Object.entries(silent).map(([what, how]) => costsOneWarning(what, how)))
  })

  it('a store that recovers is used again', async () => {
    const callbacks = memoryCallbacks()
    let isDown = true
    const store: StoreCallbacks = {
      ...callbacks,
      load: (key) => (isDown ? fails() : callbacks.load(key)),
      save: (...all) => (isDown ? fails() : callbacks.save(...all)),
    }
    const { manager: one, warnings } = manager(store)
    await one.getToken()
    isDown = false
    const token = await one.getToken({ forceRefresh: true })
    expect(await manager(callbacks).manager.getToken()).toBe(token)
    expect(warnings()).toHaveLength(1)
  })
})

describe('a lock', () => {
  it('is released once, when the flight fails too', async () => {
    const callbacks = memoryCallbacks()
    const released = vi.fn()
    const store: StoreCallbacks = {
      ...callbacks,
      async lock(...all) {
        const release = await callbacks.lock(...all)
        return () => (released(), release())
      },
    }
    server.configure({ keys: ['another'] })
    await expect(manager(store).manager.getToken()).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
    await vi.waitFor(() => expect(released).toHaveBeenCalledTimes(1))
    await sleep(50)
    expect(released).toHaveBeenCalledTimes(1)
  })

  it('is told for how long it is waited for, and when that is over', async () => {
    const signals: AbortSignal[] = []
    const limits: number[] = []
    const released = vi.fn()
    let grant!: (release: () => void) => void
    const store: StoreCallbacks = {
      ...memoryCallbacks(),
      lock(_, { timeoutMs, signal }) {
        signals.push(signal)
        limits.push(timeoutMs)
        return new Promise((resolve) => (grant = resolve as never))
      },
    }
    const { manager: one } = manager(store, { deadlineMs: 1000 })
    const token = one.getToken()
    await vi.waitFor(() => expect(signals).toHaveLength(1))
    expect(signals[0]!.aborted).toBe(false)
    expect(limits).toEqual([6000])
    await token
    expect(signals[0]!.aborted).toBe(true)
    expect(signals[0]!.reason).toMatchObject({ name: 'TimeoutError' })
    // It comes too late, and must not stay with somebody who does not want it any more.
    grant(released)
    await vi.waitFor(() => expect(released).toHaveBeenCalledTimes(1))
  })

  it('whose signal was heard is no broken lock: with one-time tokens nobody renews beside the holder', async () => {
    const callbacks = memoryCallbacks()
    const rotating = () => provider({ refreshUrl: server.refreshUrl })
    const { manager: one } = manager(callbacks, { provider: rotating(), deadlineMs: 500 })
    await one.getToken()
    const [[key]] = [[one.status().location!.split(' ').at(-1)!]]
    const release = await callbacks.lock(key, { timeoutMs: 1000, signal: new AbortController().signal })
    await expect(one.getToken({ forceRefresh: true })).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(server.counters.refreshRequests).toBe(0)
    await release()
  })

  it('whose release fails is one warning of the process, and no rejection of anybody', async () => {
    const warned: Error[] = []
    const listen = (warning: Error) => warned.push(warning)
    process.on('warning', listen)
    try {
      const callbacks = memoryCallbacks()
      const store: StoreCallbacks = { ...callbacks, lock: async () => () => Promise.reject(new Error('connection lost')) }
      const { manager: one } = manager(store)
      await one.getToken()
      await one.getToken({ forceRefresh: true })
      await one.close()
      await vi.waitFor(() => expect(warned.map(({ message }) => message)).toEqual([expect.stringContaining('connection lost')]))
    } finally {
      process.off('warning', listen)
    }
  })

  it('is released before close() resolves, so that a connection may be closed then', async () => {
    const callbacks = memoryCallbacks()
    let isReleased = false
    const store: StoreCallbacks = {
      ...callbacks,
      async lock(...all) {
        const release = await callbacks.lock(...all)
        return async () => {
          await sleep(80)
          isReleased = true
          await release()
        }
      },
    }
    const { manager: one } = manager(store)
    await one.getToken()
    await one.close()
    expect(isReleased).toBe(true)
  })
})
