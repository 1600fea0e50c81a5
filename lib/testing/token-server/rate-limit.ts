import type { Settings } from './settings'

/** Lets so many logins through in a window that slides along. */
export class RateLimit {
  #admitted: number[] = []

  /** How long to wait, in milliseconds; 0: come in. */
  admit(limit: Settings['rateLimit'], now: number): number {
    if (limit === null) return 0
    this.#admitted = this.#admitted.filter((at) => at > now - limit.windowMs)
    if (this.#admitted.length < limit.logins) {
      this.#admitted.push(now)
      return 0
    }
    // Nobody ever leaves the window of a limit of none
    const next = this.#admitted[this.#admitted.length - limit.logins] ?? now
    return next + limit.windowMs - now
  }
}
