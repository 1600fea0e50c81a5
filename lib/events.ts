import type { TokenAttempt, TokenEvent, TokenEventName, TokenSource } from './api'
import type { Log } from './logger'
import type { Settled } from './native'

type Listener = (event: TokenEvent) => void

/** Who wants to know what. */
export class Listeners {
  readonly #byName = new Map<TokenEventName, Set<Listener>>()
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  add(name: TokenEventName, listener: Listener): void {
    const known = this.#byName.get(name)
    if (known === undefined) this.#byName.set(name, new Set([listener]))
    else known.add(listener)
  }

  remove(name: TokenEventName, listener: Listener): void {
    this.#byName.get(name)?.delete(listener)
  }

  has(name: TokenEventName): boolean {
    return this.#byName.has(name)
  }

  emit(event: TokenEvent): void {
    // A copy: a listener may take itself away.
    for (const listener of [...(this.#byName.get(event.name) ?? [])]) {
      try {
        listener(event)
      } catch (error) {
        // The token is somebody else's to wait for: a listener's mistake must not keep it from them.
        this.#log('error', { event: event.name, err: error }, `a listener for '${event.name}' threw`)
      }
    }
  }
}

/** What a flight's end tells those who listen, but for whose it is. */
export function eventOf({ how, at, durationMs, expiresAt, attempts }: Settled): Omit<TokenEvent, 'account'> {
  const name = how === 'login' || how === 'refresh' ? how : 'restore'
  return {
    name,
    at,
    durationMs,
    ...(expiresAt === undefined ? undefined : { expiresAt }),
    source: how as TokenSource,
    attempts: attempts as TokenAttempt[],
  }
}
