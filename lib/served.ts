import { cellOf } from './cells'
import { kept } from './flight'
import type { NativePool } from './native'

/** What callers of one account get without a look. */
interface Serving {
  token: string
  promise: Promise<string>
  generation: number
  /** The second in which the token was last looked at. */
  second: number
  /** Where the native side moves the generation when the session changes. */
  cells: Int32Array
  index: number
  /** The number by which the cell is given back. */
  watch: number
}

/** No generation and no second is ever this. */
const NONE = -1
const NEVER = -1

/** Seconds after which an account that nobody asks for costs nothing here. */
const FORGOTTEN_AFTER = 60

/**
 * The tokens of a pool that are in use. One of these costs its caller a look into a map; the native side, which has them all, is
 * asked about each at most once a second. That bounds what a suspend or a step of the clock can cost.
 */
export class Served {
  readonly #native: NativePool
  readonly #due: (id: string) => void
  readonly #servings = new Map<string, Serving>()
  #second = 0

  /** `due` hears of an account whose token is served, but to be renewed aside. */
  constructor(native: NativePool, due: (id: string) => void) {
    this.#native = native
    this.#due = due
  }

  /** The promise of a token that may be served. */
  promise(id: string): Promise<string> | undefined {
    const serving = this.#servings.get(id)
    if (serving === undefined || serving.second !== this.#second) return undefined
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
      known!.second = this.#secondWith(leftMs)
      return known!.promise
    }
    const found = this.#native.look(id, known?.generation ?? NONE, known !== undefined)
    if (found == null || found.look.freshForMs <= 0) return undefined
    if (found.look.due) this.#due(id)
    const { generation, token, lookInMs } = found.look
    const second = this.#secondWith(lookInMs)
    if (known === undefined) {
      const { block, slot, number } = found.watch!
      const { cells, index } = cellOf(block, slot)
      const promise = kept(token!)
      this.#servings.set(id, { token: token!, promise, generation, second, cells, index, watch: number })
      return promise
    }
    if (token != null) {
      known.token = token
      known.promise = kept(token)
      known.generation = generation
    }
    known.second = second
    // The account has left the pool and come back: it is another session that has to be watched from the next look on.
    if (known.cells[known.index] !== generation) this.#forget([[id, known]])
    return known.promise
  }

  /** Of the second in which it becomes stale, or due, nothing is kept. */
  #secondWith(leftMs: number): number {
    return leftMs < 1000 ? NEVER : this.#second
  }

  get size(): number {
    return this.#servings.size
  }

  /** A second has passed: each token is looked at again before it is served. */
  tick(): void {
    this.#second++
    if (this.#second % FORGOTTEN_AFTER !== 0) return
    const before = this.#second - FORGOTTEN_AFTER
    this.#forget([...this.#servings].filter(([, serving]) => serving.second < before))
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
