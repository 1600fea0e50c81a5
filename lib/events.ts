import type { AsyncResource } from 'node:async_hooks'
import type { Account } from './account'
import type { TokenAttempt, TokenEvent, TokenEventName, TokenRenewalCause, TokenSource } from './api'
import { invalid } from './checks'
import type { TokenError } from './errors'
import type { Log } from './logger'
import type { NativeDeparture, Settled } from './native'
import { Trace, tellInvalidation, tellRestoration } from './trace'

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

/** What the manager of one account has to say: to its own listeners, to those of its pool, and to those who watch the process. */
export class Voice {
  readonly listeners: Listeners
  readonly #account: Account
  /** Of flights under way, by their operations. */
  readonly #traces = new Map<number, Trace>()

  constructor(account: Account) {
    this.listeners = new Listeners(account.log, account.heard, account.heardAs)
    this.#account = account
  }

  /** A flight may have begun. Answers in what its callbacks are to run, if whoever watches has put something there. */
  departs(operation: number, { cause }: NativeDeparture, why?: TokenRenewalCause): AsyncResource | undefined {
    const trace = cause === undefined ? undefined : Trace.of(this.#account, why ?? (cause as TokenRenewalCause))
    if (trace !== undefined) this.#traces.set(operation, trace)
    return trace?.depart()
  }

  /** One event per flight. A failure that is only remembered, and a token that somebody else had brought, are none. */
  tell(settled: Settled, error: TokenError | undefined): void {
    this.#trace(settled, error)
    if (settled.how === undefined) return
    this.#emit(error === undefined ? eventOf(settled) : { ...eventOf(settled), name: 'failure', error })
  }

  /** A token was dropped before its time. */
  tellInvalidation(): void {
    const at = Date.now()
    tellInvalidation(this.#account, at)
    this.#emit({ name: 'invalidate', at })
  }

  #trace(settled: Settled, error: TokenError | undefined): void {
    const { operation, cause, how } = settled
    let trace = this.#traces.get(operation)
    this.#traces.delete(operation)
    // What was found at once, or began when the flight before it was no answer, is told as a whole.
    if (trace === undefined && cause !== undefined && how !== undefined) {
      trace = Trace.of(this.#account, cause as TokenRenewalCause)
      trace?.depart()
    }
    trace?.arrive(settled, error)
    const isTakenOver = cause !== undefined && how !== undefined && how !== 'login' && how !== 'refresh'
    if (isTakenOver && error === undefined) tellRestoration(this.#account, settled)
  }

  #emit(event: Omit<TokenEvent, 'account'>): void {
    if (!this.listeners.has(event.name)) return
    this.listeners.emit({ ...event, account: this.#account.who.account })
  }
}

/** What a flight's end tells those who listen, but for whose it is. */
function eventOf(settled: Settled): Omit<TokenEvent, 'account'> {
  const { how, at, durationMs, expiresAt } = settled
  const name = how === 'login' || how === 'refresh' ? how : 'restore'
  return {
    name,
    at,
    durationMs,
    ...(expiresAt === undefined ? undefined : { expiresAt }),
    source: how as TokenSource,
    attempts: attemptsOf(settled),
  }
}

/** Everything that a flight tried. */
export function attemptsOf({ attempts }: Settled): TokenAttempt[] {
  return (attempts ?? []) as TokenAttempt[]
}
