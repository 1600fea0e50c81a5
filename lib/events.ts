import type { Account } from './account'
import type { TokenAttempt, TokenEvent, TokenEventName, TokenSource } from './api'
import { invalid } from './checks'
import type { TokenError } from './errors'
import type { Log } from './logger'
import type { Settled } from './native'

type Listener = (event: TokenEvent) => void

export const EVENT_NAMES: TokenEventName[] = ['login', 'refresh', 'restore', 'invalidate', 'failure']

/** A misspelt name would be an alarm that never rings. */
export function checkListener(name: unknown, listener: unknown): void {
  if (!EVENT_NAMES.includes(name as TokenEventName)) throw invalid('event', `must be one of ${EVENT_NAMES.join(', ')}`)
  if (typeof listener !== 'function') throw invalid('listener', 'must be a function')
}

/** Who wants to know what. */
export class Listeners {
  readonly #byName = new Map<TokenEventName, Set<Listener>>()
  readonly #log: Log
  /** Who hears of everything that is heard of here. */
  readonly #others: Listeners | undefined
  /** Whom they know as something else than it calls itself. */
  readonly #name: string | undefined

  constructor(log: Log, others?: Listeners | undefined, name?: string | undefined) {
    this.#log = log
    this.#others = others
    this.#name = name
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
    return this.#byName.has(name) || this.#others?.has(name) === true
  }

  emit(event: TokenEvent): void {
    this.#others?.emit(this.#name === undefined ? event : { ...event, account: this.#name })
    // A copy: a listener may take itself away.
    for (const listener of [...(this.#byName.get(event.name) ?? [])]) {
      // The token is somebody else's to wait for: a listener's mistake must not keep it from them, nor end the process.
      const threw = (error: unknown) => this.#log('error', { event: event.name, err: error }, `a listener for '${event.name}' threw`)
      try {
        const promised: unknown = listener(event)
        if (promised !== undefined) Promise.resolve(promised).catch(threw)
      } catch (error) {
        threw(error)
      }
    }
  }
}

/** What the manager of one account has to say, to its own listeners and to those of its pool. */
export class Voice {
  readonly listeners: Listeners
  readonly #account: Account

  constructor(account: Account) {
    this.listeners = new Listeners(account.log, account.heard, account.heardAs)
    this.#account = account
  }

  /** One event per flight. A failure that is only remembered, and a token that somebody else had brought, are none. */
  tell(settled: Settled, error: TokenError | undefined): void {
    if (settled.how === undefined) return
    this.emit(error === undefined ? eventOf(settled) : { ...eventOf(settled), name: 'failure', error })
  }

  emit(event: Omit<TokenEvent, 'account'>): void {
    if (!this.listeners.has(event.name)) return
    this.listeners.emit({ ...event, account: this.#account.who.account })
  }
}

/** What a flight's end tells those who listen, but for whose it is. */
function eventOf({ how, at, durationMs, expiresAt, attempts }: Settled): Omit<TokenEvent, 'account'> {
  const name = how === 'login' || how === 'refresh' ? how : 'restore'
  return {
    name,
    at,
    durationMs,
    ...(expiresAt === undefined ? undefined : { expiresAt }),
    source: how as TokenSource,
    attempts: (attempts ?? []) as TokenAttempt[],
  }
}
