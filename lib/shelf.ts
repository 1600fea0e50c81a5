import { AsyncResource } from 'node:async_hooks'
import { invalid, isCallback, options as given } from './checks'
import { environment, open } from './mail'
import type { NativeQuestion, NativeShelf } from './native'
import { answer } from './questions'
import { MOVED, type OutsideCallbacks } from './shelves'

// Kept from before a test can put fake ones in their place.
const { setTimeout, clearTimeout } = globalThis

/** No manager has this number; `src/binding/host/shelf.rs` has the same. */
const DESK = 0xffff_ffff

/** What the answer is when a lock was waited for in vain. */
const TOO_LATE = 'too late'

/** And when somebody else has saved meanwhile; before a text that was read in passing, too. */
const HAS_MOVED = 'moved'

/** For how long a manager that is being closed waits for locks to be released. */
const PATIENCE_MS = 5000

/** What the native side asks for, in the JSON of a question. */
type Request = { callbacks: number } & (Work | { work: 'release'; lease: number } | { work: 'leave' })

type Work =
  | { work: 'load'; key: string }
  | { work: 'save'; key: string; record: string; expected: number | null; generation: number }
  | { work: 'clear'; key: string; expected: number }
  | { work: 'lock'; key: string; timeoutMs: number; lease: number }

/** A lock that is waited for, one that nobody waits for any more, or the function that releases it. */
type Lease = 'awaited' | 'given up' | (() => unknown)

/** The shelves that somebody on the native side may ask, by their numbers. */
const inUse = new Map<number, Shelf>()

let last = 0

/** Callbacks of the user's that keep texts, on their own thread and in the AsyncLocalStorage of whoever brought them. */
export class Shelf {
  readonly #number = ++last
  readonly #name: string
  readonly #encryptionKeys: Uint8Array[]
  readonly #callbacks: OutsideCallbacks
  readonly #caller = new AsyncResource('tokenkeep', { requireManualDestroy: true })
  readonly #leases = new Map<number, Lease>()
  readonly #releasing = new Set<Promise<void>>()
  #users = 0
  #hasWarned = false

  /** With `encryptionKeys` the texts are sealed: the first seals, any opens. */
  constructor(callbacks: OutsideCallbacks, { name, encryptionKeys = [] }: { name: string; encryptionKeys?: Uint8Array[] }) {
    const { load, save, clear, lock } = given(callbacks)
    if (!isCallback(load, 'load', 'a promise of a text or null')) throw invalid('load', 'is missing')
    if (!isCallback(save, 'save', 'a promise of true or false')) throw invalid('save', 'is missing')
    if (!isCallback(clear, 'clear', 'a promise of true or false')) throw invalid('clear', 'is missing')
    const locks = isCallback(lock, 'lock', 'a promise of a function that releases the lock')
    // The functions as they are now, whatever becomes of the object; it may be an instance of a class.
    this.#callbacks = {
      load: load.bind(callbacks),
      save: save.bind(callbacks),
      clear: clear.bind(callbacks),
      ...(locks ? { lock: lock!.bind(callbacks) } : undefined),
    }
    this.#name = name
    this.#encryptionKeys = encryptionKeys
  }

  /** For one more on the native side, who says when it is gone. */
  taken(): NativeShelf {
    this.#users++
    inUse.set(this.#number, this)
    const hasLock = this.#callbacks.lock !== undefined
    return { callbacks: this.#number, hasLock, name: this.#name, encryptionKeys: this.#encryptionKeys }
  }

  asked(question: NativeQuestion, request: Request): void {
    if (request.work === 'release') this.#letGo(request.lease)
    else if (request.work === 'leave') this.#left()
    else answer(question, (_, signal) => this.#done(request, signal), this.#caller, () => {})
  }

  /** Resolves once the locks that were let go of are released, or after a while. */
  async idle(): Promise<void> {
    if (this.#releasing.size === 0) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))
    await Promise.race([Promise.all(this.#releasing), over])
    clearTimeout(timer)
  }

  #done(request: Work, signal: AbortSignal): Promise<string | null> {
    switch (request.work) {
      case 'load':
        return this.#load(request.key)
      case 'save':
        return whether(this.#callbacks.save(request.key, request.record, request.expected, request.generation))
      case 'clear':
        return whether(this.#callbacks.clear(request.key, request.expected))
      case 'lock':
        return this.#lock(request, signal)
    }
  }

  async #load(key: string): Promise<string | null> {
    const text: unknown = await this.#callbacks.load(key)
    // A Map has undefined for what is not there.
    if (text === null || text === undefined) return null
    if (typeof text === 'string') return text
    if (typeof text === 'object' && MOVED in text) return `${HAS_MOVED}${text[MOVED] as string}`
    throw new TypeError(`it answered ${typeof text}, not a string or null`)
  }

  async #lock({ key, timeoutMs, lease }: Work & { work: 'lock' }, signal: AbortSignal): Promise<string | null> {
    this.#leases.set(lease, 'awaited')
    let release: unknown
    try {
      release = await this.#callbacks.lock!(key, { timeoutMs, signal })
      if (release === MOVED) {
        this.#leases.delete(lease)
        return HAS_MOVED
      }
      if (typeof release !== 'function') throw new TypeError(`it answered ${typeof release}, not a function that releases the lock`)
    } catch (error) {
      this.#leases.delete(lease)
      if (signal.aborted || isTimeout(error)) return TOO_LATE
      throw error
    }
    const isGivenUp = this.#leases.get(lease) === 'given up'
    this.#leases.set(lease, release as () => unknown)
    if (isGivenUp) this.#letGo(lease)
    return null
  }

  /** Whatever has come of this lock: once, and once only. */
  #letGo(lease: number): void {
    const release = this.#leases.get(lease)
    // It failed, and nothing is held.
    if (release === undefined) return
    if (typeof release !== 'function') {
      this.#leases.set(lease, 'given up')
      return
    }
    this.#leases.delete(lease)
    const released = this.#caller
      .runInAsyncScope(() => new Promise((resolve) => resolve(release())))
      .then(
        () => {
          this.#hasWarned = false
        },
        (error: unknown) => this.#warn(error),
      )
      .finally(() => this.#releasing.delete(released))
    this.#releasing.add(released)
  }

  /** Whoever held the lock has long had its answer, so no logger hears of it. */
  #warn(error: unknown): void {
    if (this.#hasWarned) return
    this.#hasWarned = true
    const why = error instanceof Error ? error.message || error.name : String(error)
    process.emitWarning(`a lock of the ${this.#name} could not be released: ${why}`, 'TokenkeepWarning')
  }

  #left(): void {
    if (--this.#users === 0) inUse.delete(this.#number)
  }
}

open(DESK, {
  line() {},
  settled() {},
  asked(question) {
    const request = JSON.parse(question.payload) as Request
    const shelf = inUse.get(request.callbacks)
    if (shelf === undefined) environment.decline(question.number)
    else shelf.asked(question, request)
  },
})

async function whether(answered: unknown): Promise<string> {
  const did: unknown = await answered
  if (typeof did === 'boolean') return String(did)
  throw new TypeError(`it answered ${did === null ? 'null' : typeof did}, not true or false`)
}

/** As `AbortSignal.timeout()` and most libraries name theirs. */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
}
