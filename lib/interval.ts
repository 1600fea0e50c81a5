import { apart } from './flight'

/** A timer of Node's fires at once when it is asked to wait longer than this (683 logins a second in @redis/client). */
const LONGEST_MS = 2 ** 31 - 1

/** Renews every so often, by a timer that keeps no process alive. */
export class Interval {
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(seconds: number | undefined, renew: () => void) {
    if (seconds !== undefined) this.#wait(seconds * 1000, seconds * 1000, renew)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #wait(leftMs: number, everyMs: number, renew: () => void): void {
    const step = Math.min(leftMs, LONGEST_MS)
    const next = () => {
      if (leftMs > step) return this.#wait(leftMs - step, everyMs, renew)
      renew()
      this.#wait(everyMs, everyMs, renew)
    }
    // It outlives the request in which the manager was made.
    this.#timer = apart(() => setTimeout(next, step))
    this.#timer.unref?.()
  }
}
