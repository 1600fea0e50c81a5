import { type Reply, replyOf } from './reply'
import type { Server } from './client'
import { isLost, troubleOf } from './trouble'
import { steadyClock } from '../steady'
import { setImmediate } from '../turn'

// Kept from before a test can put fake ones in their place.
const { setTimeout, clearTimeout } = globalThis

/** After one that did not answer, for how long nobody is kept waiting by it again. */
const PAUSE_MS = 1000

const OVER = Symbol('over')

/** The way to Redis: nobody waits on it for longer than `timeoutMs`, and not again at once when it was in vain. */
export class Line {
  readonly #server: Server
  readonly #timeoutMs: number
  readonly #hangUp: () => void
  #closedUntil = 0
  #why: Error | undefined
  #ends = 0

  /** `hangUp` is called when a connection does not answer any more: the next one may. */
  constructor(server: Server, timeoutMs: number, hangUp: () => void) {
    this.#server = server
    this.#timeoutMs = timeoutMs
    this.#hangUp = hangUp
  }

  /** Is nothing sent for now, for the last did not arrive? */
  isClosed(): boolean {
    return steadyClock() < this.#closedUntil
  }

  /**
   * The answer of a script. It may still be run when we have stopped waiting: `late` is told of an answer that nobody waited for.
   */
  async run(script: string, keys: string[], values: string[], late?: (reply: Reply) => void): Promise<Reply> {
    if (this.isClosed()) throw this.#why
    const until = steadyClock() + this.#timeoutMs
    const ends = this.#ends
    try {
      return await this.#within(until, script, keys, values, late)
    } catch (error) {
      if (!isLost(error) || ends !== this.#ends) throw this.#troubleOf(error)
      // A connection that broke says so to whoever uses it next, and a moment later there may be another one. Nothing that is
      // run twice is done twice.
      if (steadyClock() < until && error !== OVER) return await this.#within(until, script, keys, values, late).catch((again) => this.#close(again))
      return this.#close(error)
    }
  }

  /** What is under way is not asked again: that would connect again. */
  end(): void {
    this.#ends++
    this.#hangUp()
  }

  #close(error: unknown): never {
    if (error === OVER) this.#hangUp()
    const why = this.#troubleOf(error)
    if (error === OVER || isLost(error)) {
      this.#why = why
      this.#closedUntil = steadyClock() + PAUSE_MS
    }
    throw why
  }

  #troubleOf(error: unknown): Error {
    return error === OVER ? new Error(`no answer within ${this.#timeoutMs} ms`) : troubleOf(error)
  }

  async #within(until: number, script: string, keys: string[], values: string[], late?: (reply: Reply) => void): Promise<Reply> {
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = new Promise<never>((_, reject) => {
      const end = () => {
        isOver = true
        reject(OVER)
      }
      // Whoever stood still in between (SIGSTOP, a suspend) finds its timers due before it has read what came meanwhile.
      timer = setTimeout(() => setImmediate(end), until - steadyClock())
      timer.unref()
    })
    const asked = this.#server.run(script, keys, values).then(replyOf)
    asked.then(
      (reply) => {
        if (!isOver) return
        // It answers again.
        this.#closedUntil = 0
        late?.(reply)
      },
      () => {},
    )
    try {
      return await Promise.race([asked, over])
    } finally {
      clearTimeout(timer)
    }
  }
}
