import type { Account } from './account'
import type { GetTokenOptions, TokenRenewalCause } from './api'
import type { Voice } from './events'
import { Flight } from './flight'
import type { Demand, NativeDeparture, Settled } from './native'
import type { Operations } from './operations'

/** Whose flights they are. */
export interface Owner {
  /** Where the stacks of errors begin. */
  getToken(options?: GetTokenOptions): Promise<string>
  isClosing(): boolean
  /** Is the token that is there due for a renewal already? */
  isDue(): boolean
  /** A flight has ended, well or not: whoever comes from here on is not aboard. */
  ended(): void
  /** It has brought this, which `promise` is settled with. */
  landed(settled: Settled, promise: Promise<string>): void
}

/** The renewals of one account, one at a time: how they set out, who is aboard, and what becomes of those who are. */
export class Flights {
  readonly #account: Account
  readonly #operations: Operations
  readonly #voice: Voice
  readonly #owner: Owner
  /** The one that is under way. */
  current: Flight | null = null

  constructor(account: Account, operations: Operations, voice: Voice, owner: Owner) {
    this.#account = account
    this.#operations = operations
    this.#voice = voice
    this.#owner = owner
  }

  /** A place in the one that is under way, or in a new one. */
  board(force: boolean, signal: AbortSignal | undefined): Promise<string> {
    const flight = this.current ?? this.#depart(force)
    // What landed at once may still be followed by a renewal, for whoever insists on one.
    if (force) flight.setOutFrom(this.#owner.getToken)
    return flight.board(force, signal)
  }

  /**
   * A renewal that nobody waits for; whoever comes while it is under way joins it. The caller who is served the token that is there
   * must not hear of what becomes of it: events and status tell of its failure.
   */
  aside(cause?: TokenRenewalCause, force = false): void {
    if (this.#owner.isClosing() || this.current !== null) return
    try {
      this.#depart(force, undefined, force ? 'renewed' : 'ahead', cause)
    } catch {
      // What keeps it from being started keeps the next caller who waits from it too, and that one is told.
    }
  }

  #depart(force: boolean, earlier?: Flight, demand: Demand = force ? 'renewed' : 'fresh', cause?: TokenRenewalCause): Flight {
    const flight = new Flight(earlier)
    flight.stale = demand === 'fresh'
    flight.isAhead = demand === 'ahead'
    if (this.#account.who.rotates) flight.holdProcess()
    this.current = flight
    const begin = (operation: number) => {
      const departure = this.#renew(operation, demand)
      if (!departure.brought) flight.setOutFrom(this.#owner.getToken)
      return this.#voice.departs(operation, departure, cause)
    }
    try {
      this.#operations.start(begin, (settled) => this.#arrive(flight, settled), 'renewal')
    } catch (error) {
      this.current = null
      // Those who wait for it since the flight before.
      flight.crash(error as Error, undefined)
      throw error
    }
    return flight
  }

  /** For those whom this flight, which has ended, did not bring what they wait for. */
  #departAgain(ended: Flight): void {
    try {
      this.#depart(ended.wantsRenewal, ended)
    } catch {
      // Those who wait for it have been told, and what has landed is still told to all.
    }
  }

  #renew(operation: number, demand: Demand): NativeDeparture {
    const { native, fallback } = this.#account
    return native.renew(operation, demand as never, fallback())
  }

  #arrive(flight: Flight, settled: Settled): void {
    this.current = null
    this.#owner.ended()
    if (settled.failure !== undefined) {
      const options = this.#operations.optionsOf(settled.failure)
      const error = flight.mark(this.#account.fail(options))
      // It was not even tried, and some have come who cannot wait for another time.
      flight.isRefused = flight.isAhead && settled.how === undefined && flight.isAwaited(settled.token)
      if (flight.isRefused) this.#departAgain(flight)
      this.#voice.tell(settled, error)
      if (!flight.isRefused) flight.crash(error, settled.token)
      return
    }
    this.#owner.landed(settled, flight.land(settled.token!, settled.renewed))
    // Before any listener hears of it: one that asks for a new token joins those who still wait for theirs.
    if (!settled.renewed && flight.wantsRenewal) this.#departAgain(flight)
    // What lay in the store may have been due for a while.
    else if (settled.how === 'store' && this.#owner.isDue()) this.aside()
    this.#voice.tell(settled, undefined)
  }
}
