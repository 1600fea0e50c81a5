// The contract of a store, run over every store that we have; and over broken ones, to see that it finds them out.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreCallbacks } from 'tokenkeep'
import { customStore, fileStore, memoryStore } from 'tokenkeep'
import { memoryCallbacks, type StoreCase, type StoreContractOptions, storeContract } from 'tokenkeep/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { folderCallbacks } from './programs/folder_callbacks'

const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'tokenkeep-contract-'))
  folders.push(made)
  return made
}
afterAll(() => folders.forEach((made) => rmSync(made, { recursive: true, force: true })))

describe.each<[string, StoreCase[]]>([
  ['the model', storeContract(() => memoryCallbacks())],
  ['the model, the same one in all cases', storeContract(((same) => () => same)(memoryCallbacks()))],
  ['a folder of files', storeContract(async () => folderCallbacks(folder()))],
  ['callbacks without a lock', storeContract(() => ({ ...memoryCallbacks(), lock: undefined }), { locks: false })],
  ['customStore', storeContract(() => customStore(memoryCallbacks()), { kind: 'store' })],
  ['fileStore', storeContract(() => fileStore({ dir: folder() }), { kind: 'store' })],
  ['a sealed fileStore', storeContract(() => fileStore({ dir: folder(), encryptionKey: 'ab'.repeat(32) }), { kind: 'store' })],
  // Its sessions leave with the last manager; while there is one, all of the process share them.
  ['memoryStore', storeContract(() => memoryStore(), { kind: 'store', outlivesManagers: false })],
])('%s keeps the contract:', (_, cases) => {
  for (const { name, run } of cases) it(name, run)
})

type Model = ReturnType<typeof memoryCallbacks>

/** A lock as databases and key-value services have it: a round trip for each try, and a pause between two. */
function pollingCallbacks(): StoreCallbacks {
  const held = new Map<string, symbol>()
  const trip = async <T>(act: () => T): Promise<T> => {
    await sleep(1)
    const did = act()
    await sleep(1)
    return did
  }
  const lock: StoreCallbacks['lock'] = async (key, { timeoutMs, signal }) => {
    const me = Symbol('holder')
    const release = () => trip(() => void (held.get(key) === me && held.delete(key)))
    const until = performance.now() + timeoutMs
    for (;;) {
      signal.throwIfAborted()
      const took = await trip(() => !held.has(key) && held.set(key, me).has(key))
      if (took && !signal.aborted) return release
      if (took) await release()
      // After the last try, which may come a pause later than that and is as good as any.
      if (performance.now() >= until) throw new Error('the lock was waited for in vain')
      await sleep(5 + Math.random() * 5)
    }
  }
  return { ...memoryCallbacks(), lock }
}

it('a lock that is polled for keeps the contract, however its polls fall: fifty times', async () => {
  const locking = storeContract(() => pollingCallbacks()).filter(({ name }) => /^(lock|a release) /.test(name))
  expect(locking).toHaveLength(4)
  for (const { run } of locking) await Promise.all(Array.from({ length: 50 }, run))
})

/** Each is the model with one thing wrong. */
const BROKEN: Record<string, (model: Model) => StoreCallbacks> = {
  'a load that answers undefined for nothing': (model) => ({
    ...model,
    load: async (key) => (await model.load(key)) ?? (undefined as never),
  }),
  'a load that trims': (model) => ({ ...model, load: async (key) => (await model.load(key))?.trim() ?? null }),
  'a load that lags behind': (model) => {
    const seen = new Map<string, string | null>()
    const late = async (key: string) => {
      const before = seen.get(key) ?? null
      seen.set(key, await model.load(key))
      return before
    }
    return { ...model, load: late }
  },
  'a column of JSON': (model) => ({
    ...model,
    save: (key, record, ...fence) => model.save(key, asJson(record), ...fence),
  }),
  'a column of 64 KB': (model) => ({ ...model, save: (key, record, ...fence) => model.save(key, record.slice(0, 65_535), ...fence) }),
  'a column of ASCII': (model) => ({
    ...model,
    save: (key, record, ...fence) => model.save(key, record.replace(/[^\x00-\x7f]/g, '?'), ...fence),
  }),
  'keys cut to 51 letters': (model) => onKeys(model, (key) => key.slice(0, 51)),
  'one place for all keys': (model) => onKeys(model, () => 'key'),
  'no fence': (model) => unfenced(model, () => true),
  'a fence that lets anybody write a first record': (model) => unfenced(model, (expected) => expected === null),
  'a fence that lets anybody replace': (model) => unfenced(model, (expected) => expected !== null),
  'a fence of 32 bits': (model) => ({
    ...model,
    save: (key, record, expected, generation) => model.save(key, record, expected === null ? null : expected | 0, generation | 0),
    clear: (key, expected) => model.clear(key, expected | 0),
  }),
  'a fence of single precision': (model) => ({
    ...model,
    save: (key, record, expected, generation) =>
      model.save(key, record, expected === null ? null : Math.fround(expected), Math.fround(generation)),
    clear: (key, expected) => model.clear(key, Math.fround(expected)),
  }),
  'a fence that counts by itself': (model) => ({
    ...model,
    save: (key, record, expected, generation) => model.save(key, record, expected, expected === null ? generation : expected + 1),
  }),
  'a fence that only wants to rise': (model) => {
    const now = new Map<string, number>()
    return {
      ...model,
      async save(key, record, _expected, generation) {
        const stored = now.get(key) ?? null
        if (stored !== null && generation <= stored) return false
        now.set(key, generation)
        return model.save(key, record, stored, generation)
      },
    }
  },
  'a save that looks first and writes later': (model) => {
    const now = new Map<string, { record: string; generation: number }>()
    return {
      ...model,
      load: async (key) => now.get(key)?.record ?? null,
      async save(key, record, expected, generation) {
        const fits = (now.get(key)?.generation ?? null) === expected
        await Promise.resolve()
        if (fits) now.set(key, { record, generation })
        return fits
      },
      clear: async (key, expected) => now.get(key)?.generation === expected && now.delete(key),
    }
  },
  'a save that always says that it wrote': (model) => ({ ...model, save: async (...all) => (await model.save(...all)) || true }),
  'a save that never says that it wrote': (model) => ({ ...model, save: async (...all) => (await model.save(...all)) && false }),
  'a save that writes and says that it did not': (model) => {
    const over = new Map<string, string>()
    return {
      ...model,
      load: async (key) => over.get(key) ?? model.load(key),
      async save(key, record, ...fence) {
        const did = await model.save(key, record, ...fence)
        if (did) over.delete(key)
        else over.set(key, record)
        return did
      },
    }
  },
  'a save that answers a count of rows': (model) => ({ ...model, save: async (...all) => Number(await model.save(...all)) as never }),
  'a clear that does not look': (model) => {
    const now = new Map<string, number>()
    return {
      ...model,
      async save(key, record, expected, generation) {
        const did = await model.save(key, record, expected, generation)
        if (did) now.set(key, generation)
        return did
      },
      clear: async (key) => model.clear(key, now.get(key) ?? 0),
    }
  },
  'a clear that does nothing': (model) => ({ ...model, clear: async () => true }),
  'a clear that always says that it did': (model) => ({ ...model, clear: async (...all) => (await model.clear(...all)) || true }),
  'a clear that leaves the generation behind': (model) => {
    const cleared = new Set<string>()
    return {
      ...model,
      load: async (key) => (cleared.has(key) ? null : model.load(key)),
      clear: async (key, expected) => {
        const did = !cleared.has(key) && expected > 0
        cleared.add(key)
        return did
      },
    }
  },
  'a lock that does not exclude': (model) => ({ ...model, lock: async () => async () => {} }),
  'a lock that one holder may take again': (model) => {
    const held = new Map<string, { release: () => Promise<void> | void; holders: number }>()
    return {
      ...model,
      async lock(key, options) {
        const mine = held.get(key) ?? { release: await model.lock(key, options), holders: 0 }
        held.set(key, { ...mine, holders: mine.holders + 1 })
        return async () => {
          held.delete(key)
          await mine.release()
        }
      },
    }
  },
  'one lock for all keys': (model) => ({ ...model, lock: (_, options) => model.lock('key', options) }),
  'a lock without a time limit': (model) => ({
    ...model,
    lock: (key, { signal }) => model.lock(key, { signal, timeoutMs: 1_000_000 }),
  }),
  'a lock that does not hear its signal': (model) => ({
    ...model,
    lock: (key, { timeoutMs }) => model.lock(key, { timeoutMs, signal: new AbortController().signal }),
  }),
  'a lock that lets in when the time is over': (model) => ({
    ...model,
    lock: (key, options) => model.lock(key, options).catch(() => async () => {}),
  }),
  'a lock that whoever gave up still gets': (model) => ({
    ...model,
    lock: (key, { timeoutMs, signal }) => {
      const mine = model.lock(key, { timeoutMs: 1_000_000, signal: new AbortController().signal })
      const late = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
      return Promise.race([
        mine,
        new Promise<never>((_, reject) => {
          if (late.aborted) reject(late.reason as Error)
          late.addEventListener('abort', () => reject(late.reason as Error))
        }),
      ])
    },
  }),
  'a lock that gives no release': (model) => ({ ...model, lock: async () => undefined as never }),
  'a release that does not release': (model) => ({ ...model, lock: async (...all) => (await model.lock(...all), async () => {}) }),
  'a release of whoever holds it': (model) => {
    const holders = new Map<string, () => Promise<void> | void>()
    return {
      ...model,
      async lock(key, options) {
        holders.set(key, await model.lock(key, options))
        return async () => holders.get(key)?.()
      },
    }
  },
  'a lock that keeps readers out': (model) => {
    const held = new Map<string, Promise<void>>()
    return {
      ...model,
      load: async (key) => (await held.get(key), model.load(key)),
      async lock(key, options) {
        const release = await model.lock(key, options)
        let free!: () => void
        held.set(key, new Promise((resolve) => (free = resolve)))
        return async () => {
          held.delete(key)
          free()
          await release()
        }
      },
    }
  },
}

describe('a broken store is found out:', () => {
  it.concurrent.each(Object.entries(BROKEN))('%s', async (_, broken) => {
    // Some of them never answer, and here nobody needs more time than this.
    const cases = storeContract(() => broken(memoryCallbacks()), { patienceMs: 500 })
    const failures = await failuresOf(cases)
    expect(failures.length).toBeGreaterThan(0)
    for (const { name, error } of failures) {
      expect(error).toBeInstanceOf(Error)
      expect(error.message).toContain(name)
    }
  })

  it('and the model by none of the cases, all of them at once', async () => {
    expect(await failuresOf(storeContract(() => memoryCallbacks()))).toEqual([])
  })
})

describe('what is said of a failure', () => {
  const failure = async (made: () => unknown, options: StoreContractOptions, part: string) => {
    const found = storeContract(made as never, options).find(({ name }) => name.includes(part))!
    return found.run().then(
      () => expect.unreachable(),
      (error: Error) => error,
    )
  }

  it('is what was promised, what was expected and what came', async () => {
    const trims = () => BROKEN['a load that trims']!(memoryCallbacks())
    const { message } = await failure(trims, {}, 'to the letter')
    expect(message).toBe(
      'load answers what was saved, to the letter, as soon as save has resolved. load of white space around it: expected ' +
        '"  {\\"a\\": 1}\\n\\n", got "{\\"a\\": 1}"',
    )
  })

  it('has what the store threw as its cause', async () => {
    const why = new Error('no such table')
    const throws = () => ({ ...memoryCallbacks(), load: () => Promise.reject(why) })
    const error = await failure(throws, {}, 'load answers null')
    expect(error.message).toContain('expected it to resolve, and it rejected')
    expect(error.cause).toBe(why)
  })

  it('tells a store from its callbacks, and a lock that is missing', async () => {
    expect((await failure(() => memoryStore(), {}, 'load answers null')).message).toContain("a finished store (kind: 'store')")
    expect((await failure(memoryCallbacks, { kind: 'store' }, 'logout')).message).toContain("callbacks (kind: 'callbacks')")
    const without = () => ({ ...memoryCallbacks(), lock: undefined })
    expect((await failure(without, {}, 'keeps others out')).message).toContain('{ locks: false }')
  })

  it('comes after the store was closed', async () => {
    const closed: unknown[] = []
    const made = memoryCallbacks()
    const cases = storeContract(() => made, { close: (store: unknown) => void closed.push(store) })
    await cases[0]!.run()
    expect(closed).toEqual([made])
  })
})

async function failuresOf(cases: StoreCase[]): Promise<{ name: string; error: Error }[]> {
  const run = ({ name, run }: StoreCase) => run().then(() => [], (error: Error) => [{ name, error }])
  return (await Promise.all(cases.map(run))).flat()
}

function asJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}

function onKeys(model: Model, key: (key: string) => string): StoreCallbacks {
  return {
    load: (own) => model.load(key(own)),
    save: (own, ...rest) => model.save(key(own), ...rest),
    clear: (own, ...rest) => model.clear(key(own), ...rest),
    lock: (own, ...rest) => model.lock(key(own), ...rest),
  }
}

/** Where `open` says so, whatever is stored is replaced. */
function unfenced(model: Model, open: (expected: number | null) => boolean): StoreCallbacks {
  const now = new Map<string, number>()
  return {
    ...model,
    async save(key, record, expected, generation) {
      const did = await model.save(key, record, open(expected) ? (now.get(key) ?? null) : expected, generation)
      if (did) now.set(key, generation)
      return did
    },
    async clear(key, expected) {
      const did = await model.clear(key, expected)
      if (did) now.delete(key)
      return did
    },
  }
}
