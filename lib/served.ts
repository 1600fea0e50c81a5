import { cellOf } from './cells'
import { kept } from './flight'
import type { NativePool } from './native'
import { Passing } from './passing'

/** What callers of one account get without a look. */
interface Serving {
  token: string
  promise: Promise<string>
  generation: number
  /** Until this much time has passed it is served without a look. */
  until: number
  /** The tick in which it was last asked for. */
  used: number
  /** Where the native side moves the generation when the session changes. */
  cells: Int32Array
  index: number
  /** The number by which the cell is given back. */
  watch: number
}

/** No generation is ever this. */
const NONE = -1

/** No time at all. */
const NEVER = -1

/** How long between two ticks. Of the last one before a token becomes stale, or due, nothing is kept. */
const TICK_MS = 1000

/** The native side hears at least so often who is in use: those who are not have to leave when there is no room. */
const LONGEST_MS = 10_000

/** Ticks after which an account that nobody asks for costs nothing here. */
const FORGOTTEN_AFTER = 60

/** So many are looked through in a tick. */
const SWEPT_AT_ONCE = 2000

/**
 * The tokens of a pool that are in use. One of these costs its caller a look into a map; the native side, which has them all, is
 * asked about each once its time has passed, by whichever clock says more. That is read at each tick, which bounds what a suspend
 * or a step of the clock can cost.
 */
export class Served {
  readonly #native: NativePool
  readonly #due: (id: string) => void
  readonly #servings = new Map<string, Serving>()
  /** Goes round all of them, however many come and go meanwhile. */
  #walk = this.#servings.entries()
  readonly #passing = new Passing()
  /** The time that had passed at the last tick. */
  #passed = 0
  #tick = 0

  /** `due` hears of an account whose token is served, but to be renewed aside. */
  constructor(native: NativePool, due: (id: string) => void) {
    this.#native = native
    this.#due = due
  }

  /** The promise of a token that may be served. */
  promise(id: string): Promise<string> | undefined {
    const serving = this.#servings.get(id)
    if (serving === undefined || serving.until <= this.#passed) return undefined
    serving.used = this.#tick
    return serving.cells[serving.index] === serving.generation ? serving.promise : undefined
  }

  /** The current token, whatever its age; `undefined` where only the native side knows. */
  token(id: string): string | undefined {
    const serving = this.#servings.get(id)
    return serving !== undefined && serving.cells[serving.index] === serving.generation ? serving.token : undefined
  }

  /** Asks the native side. A fresh token is served from here on. */
  look(id: string): Promise<string> | undefined {
    const known = this.#servings.get(id)
    const leftMs = known === undefined ? NEVER : this.#native.glance(id, known.generation)
    if (leftMs >= 0) {
      known!.until = this.#until(leftMs)
      known!.used = this.#tick
      return known!.promise
    }
    const found = this.#native.look(id, known?.generation ?? NONE, known !== undefined)
    if (found == null || found.look.freshForMs <= 0) return undefined
    if (found.look.due) this.#due(id)
    const { generation, token, lookInMs } = found.look
    const [until, used] = [this.#until(lookInMs), this.#tick]
    if (known === undefined) {
      const { block, slot, number } = found.watch!
      const { cells, index } = cellOf(block, slot)
      const promise = kept(token!)
      this.#servings.set(id, { token: token!, promise, generation, until, used, cells, index, watch: number })
      return promise
    }
    if (token != null) {
      known.token = token
      known.promise = kept(token)
      known.generation = generation
    }
    known.until = until
    known.used = used
    // The account has left the pool and come back: it is another session that has to be watched from the next look on.
    if (known.cells[known.index] !== generation) this.#forget([[id, known]])
    return known.promise
  }

  #until(leftMs: number): number {
    return leftMs < TICK_MS ? NEVER : this.#passing.time() + Math.min(leftMs - TICK_MS, LONGEST_MS)
  }

  get size(): number {
    return this.#servings.size
  }

  /** Once a second: what has become too old in the meantime is looked at before it is served again. */
  tick(): void {
    this.#passed = this.#passing.time()
    this.#tick++
    this.#sweep()
  }

  /** A few at a time: a hundred thousand at once would hold up the event loop for longer than a login. */
  #sweep(): void {
    const before = this.#tick - FORGOTTEN_AFTER
    const idle: [string, Serving][] = []
    for (let seen = 0; seen < SWEPT_AT_ONCE; seen++) {
      const { done, value } = this.#walk.next()
      if (done) {
        this.#walk = this.#servings.entries()
        break
      }
      if (value[1].used < before) idle.push(value)
    }
    this.#forget(idle)
  }

  clear(): void {
    this.#forget(this.#servings)
  }

  #forget(servings: Iterable<[string, Serving]>): void {
    const watches: number[] = []
    for (const [id, { watch }] of servings) {
      this.#servings.delete(id)
      watches.push(watch)
    }
    if (watches.length > 0) this.#native.unwatch(watches)
  }
}
