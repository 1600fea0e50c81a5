import type { Dispatcher } from 'undici'

/**
 * What the sender of the request holds on to. Below it one attempt follows another, and before the first there is none: it can be
 * aborted then, too.
 */
export class Controller implements Dispatcher.DispatchController {
  aborted = false
  paused = false
  reason: Error | null = null
  #attempt: Dispatcher.DispatchController | null = null
  readonly #aborted: (reason: Error) => void

  /** `aborted` hears of an abort that no attempt will report. */
  constructor(aborted: (reason: Error) => void) {
    this.#aborted = aborted
  }

  get rawHeaders(): NonNullable<Dispatcher.DispatchController['rawHeaders']> | null {
    return this.#attempt?.rawHeaders ?? null
  }

  get rawTrailers(): NonNullable<Dispatcher.DispatchController['rawTrailers']> | null {
    return this.#attempt?.rawTrailers ?? null
  }

  attach(attempt: Dispatcher.DispatchController): void {
    this.#attempt = attempt
    if (this.reason !== null) attempt.abort(this.reason)
  }

  abort(reason: Error): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.#attempt?.abort(reason)
    this.#aborted(reason)
  }

  pause(): void {
    this.paused = true
    this.#attempt?.pause()
  }

  resume(): void {
    this.paused = false
    this.#attempt?.resume()
  }
}
