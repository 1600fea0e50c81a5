import type { Account } from './accounts'
import { throttled, type Answer } from './answers'
import { authenticate } from './authentication'
import type { Backend, Exchange } from './exchange'

/** Lets so many API requests of one user run at once (contract §6); never asked about the token endpoints. */
export class Throttle {
  readonly #running = new Map<Account, number>()
  /** tokens that 2.x would have on its black list, with the time of their release */
  readonly #banned = new Map<string, number>()

  /** Answers a request that is one too many; else calls `occupy` with what is to be called when the request is done. */
  admit(backend: Backend, exchange: Exchange, occupy: (release: () => void) => void): Answer | undefined {
    const { throttle } = backend.settings
    if (throttle === null) return undefined
    const header = exchange.headers.authorization ?? ''
    const left = (this.#banned.get(header) ?? 0) - Date.now()
    if (left > 0) return throttled(Math.ceil(left / 1000))
    const caller = authenticate(backend, exchange)
    if (caller === 'nobody' || 'refusal' in caller || caller.account.staff) return undefined
    const { account } = caller
    const running = this.#running.get(account) ?? 0
    if (running >= throttle.concurrent) {
      if (throttle.blacklistMs === 0) return throttled(throttle.retryAfterSeconds)
      this.#banned.set(header, Date.now() + throttle.blacklistMs)
      return throttled(Math.ceil(throttle.blacklistMs / 1000))
    }
    this.#running.set(account, running + 1)
    occupy(() => this.#running.set(account, (this.#running.get(account) ?? 1) - 1))
    return undefined
  }
}

/** Counts attempts per key over the last minute. */
export class AttemptLimit {
  readonly #attempts = new Map<string, number[]>()

  admits(key: string, perMinute: number): boolean {
    const now = Date.now()
    const recent = (this.#attempts.get(key) ?? []).filter((at) => at > now - 60_000)
    const admitted = recent.length < perMinute
    if (admitted && perMinute !== Infinity) recent.push(now)
    this.#attempts.set(key, recent)
    return admitted
  }
}
