import { randomBytes } from 'node:crypto'
import { type InPassing, MOVED, type OutsideCallbacks } from '../shelves'
import { Leases, type Taken } from './lease'
import type { Line } from './line'
import { foreign, textIn } from './reply'
import { CLEAR, LOAD, SAVE } from './scripts'

/** For how long what came with a lease is as good as a look of its own: whoever takes one looks at once. */
const FRESH_MS = 250

/** Nobody waits longer for a look. */
const LOOK_MS = 4000

/** A lease that is held. */
interface Holding {
  taken: Taken
  /** What came with it was read: the next look is one of its own. */
  isRead: boolean
  /** Its lock was given up: nobody regains it any more. */
  over: AbortController
  /** One at a time: whoever looks twice must not wait for itself. */
  regaining?: Promise<InPassing | undefined> | undefined
}

/** The contract of a store (`StoreCallbacks`), kept in Redis: a hash for each record, and a text for its lease. */
export function callbacksOn(line: Line, { keyPrefix, leaseMs }: { keyPrefix: string; leaseMs: number }): OutsideCallbacks {
  const leases = new Leases(line, leaseMs)
  const held = new Map<string, Holding>()
  // In braces, so that a cluster has both keys of an account on one server.
  const recordOf = (key: string) => `${keyPrefix}{${key}}`
  const leaseOf = (key: string) => `${keyPrefix}{${key}}:lease`
  const forget = (key: string) => {
    const mine = held.get(key)
    if (mine !== undefined) mine.isRead = true
  }

  /**
   * Its process was paused for longer than the lease lasts. Somebody else may be spending the token that works once, which comes next here:
   * what is read has to be what they leave. Once something new is there it is read without the lease, which may go from hand to
   * hand; and while somebody keeps it, what is there is all there is to be seen.
   */
  async function regain(key: string, mine: Holding): Promise<InPassing | undefined> {
    const record = recordOf(key)
    const { signal } = mine.over
    try {
      while (!mine.taken.isOurs()) {
        signal.throwIfAborted()
        void mine.taken.release().catch(() => {})
        const [, , known = ''] = mine.taken.found
        const waiting = leases.take(leaseOf(key), record, { timeoutMs: LOOK_MS, signal, known })
        const taken = await waiting.catch((error: Error): typeof MOVED => {
          if (error.name !== 'TimeoutError') throw error
          return MOVED
        })
        if (taken === MOVED) {
          // What is no news the next time: whoever finds no use for it looks again.
          mine.taken.found = await line.run(LOAD, [record], [])
          const text = textIn(mine.taken.found, record)
          if (text !== null) return { [MOVED]: text }
          continue
        }
        mine.taken = taken
        mine.isRead = false
        if (signal.aborted) void taken.release().catch(() => {})
      }
    } finally {
      mine.regaining = undefined
    }
    return undefined
  }

  return {
    async load(key) {
      const record = recordOf(key)
      const mine = held.get(key)
      const seen = mine !== undefined && !mine.taken.isOurs() ? await (mine.regaining ??= regain(key, mine)) : undefined
      if (seen !== undefined) return seen
      const isFresh = mine !== undefined && !mine.isRead && mine.taken.since.time() < FRESH_MS
      if (mine !== undefined) mine.isRead = true
      if (isFresh && mine.taken.found[0] !== 'unreadable') return textIn(mine.taken.found, record)
      return textIn(await line.run(LOAD, [record], []), record)
    },

    async save(key, record, expected, generation) {
      forget(key)
      const name = randomBytes(9).toString('base64')
      const [what] = await line.run(SAVE, [recordOf(key)], [expected === null ? '' : String(expected), String(generation), record, name])
      if (what === 'foreign') throw foreign(recordOf(key))
      return what === 'saved'
    },

    async clear(key, expected) {
      forget(key)
      const [what] = await line.run(CLEAR, [recordOf(key)], [String(expected)])
      return what === 'cleared'
    },

    async lock(key, options) {
      const taken = await leases.take(leaseOf(key), recordOf(key), options)
      if (taken === MOVED) return MOVED
      const mine: Holding = { taken, isRead: false, over: new AbortController() }
      held.set(key, mine)
      return async () => {
        if (held.get(key) === mine) held.delete(key)
        mine.over.abort()
        // One that cannot be let go of runs out; whoever has to know that Redis is away has been told.
        await mine.taken.release().catch(() => {})
      }
    },
  }
}
