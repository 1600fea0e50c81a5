import { type Account, checked, closed } from './account'
import type { GetTokenOptions, Provider, TokenEvent, TokenEventName, TokenManager, TokenRenewalCause, TokenStatus } from './api'
import { cellOf } from './cells'
import { text } from './checks'
import type { ApiAnswer } from './dead_token'
import { checkListener, Voice } from './events'
import { kept } from './flight'
import { Flights } from './flights'
import { Interval } from './interval'
import { named } from './named'
import { type NativeLook, type NativeManager, type Settled, timersLast } from './native'
import { Operations } from './operations'
import { remind } from './reminders'
import { statusOf } from './status'
import { Upkeep } from './upkeep'

// Kept from before a test can put fake ones in their place: staleness must be noticed in real time.
const { setTimeout, clearTimeout } = globalThis

/**
 * While a token is in use its age is looked at this often. Timers stop during a suspend and do not see a clock that steps;
 * this bounds what that can cost.
 */
const LOOK_EVERY_MS = 1000

/** No generation is ever this: the fast path is closed. */
const NEVER = -1

/** The native half of a manager that let go of its own. */
const GONE = new Proxy({} as NativeManager, {
  get() {
    throw new Error('this manager let go of its session')
  },
})

/**
 * The manager of one account. What it is about is the beginning of {@link getToken}: a cached token costs no crossing, no
 * clock and no allocation, and waiting for a renewal that is under way costs no more. The native side moves the cell when the
 * session changes; a timer closes the path when the token becomes stale, or at the latest after a second, and the next call
 * looks again.
 */
export class AccountManager implements TokenManager {
  static {
    named(this, 'AccountManager')
  }

  readonly #cells: Int32Array
  readonly #cell: number
  readonly #account: Account
  readonly #operations: Operations
  readonly #voice: Voice
  readonly #upkeep: Upkeep
  readonly #flights: Flights
  /** The generation that may be served without a look. */
  #fresh = NEVER
  /** The generation that `#token` and `#current` belong to. */
  #held = 0
  #token: string | null = null
  #current: Promise<string> | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  /** The timer has seen the end of the token: no need to look again before asking for a renewal, which looks for itself. */
  #stale = false
  /** What callers wait for while a stale token is renewed: the next ten thousand need nothing else. */
  #queue: Promise<string> | null = null
  #closing: Promise<void> | null = null
  /** Calls that are not done when what they wait for is. */
  #followUps = 0
  readonly #interval: Interval

  constructor(account: Account) {
    this.#interval = new Interval(account.unasked?.intervalSeconds, () => this.renewAside('interval', true))
    const { manager, block, slot } = account.native.place()
    const { cells, index } = cellOf(block, slot)
    this.#cells = cells
    this.#cell = index
    this.#account = account
    this.#voice = new Voice(account)
    this.#operations = new Operations(account, manager)
    this.#flights = new Flights(account, this.#operations, this.#voice, {
      getToken: this.getToken,
      isClosing: () => this.#closing !== null,
      isDue: () => this.#closing === null && this.#look().due,
      ended: () => {
        this.#queue = null
        this.#stale = false
      },
      landed: (settled, promise) => this.#takeOver(settled, promise),
    })
    if (account.unasked?.background) remind(manager, this)
    this.#upkeep = new Upkeep(account, this.#operations, this.#voice, () => this.#closing !== null)
  }

  getToken(options?: GetTokenOptions): Promise<string> {
    if (options === undefined) {
      if (this.#cells[this.#cell] === this.#fresh) return this.#current!
      if (this.#queue !== null) return this.#queue
    }
    return this.#ask(options)
  }

  peek(): string | null {
    if (this.#cells[this.#cell] === this.#held) return this.#token
    if (this.#closing === null) this.#look()
    return this.#token
  }

  isEnabled(): boolean {
    return true
  }

  async authorization(options?: GetTokenOptions): Promise<string> {
    const token = await this.getToken(options)
    return `${this.#account.who.scheme} ${token}`
  }

  async getScopedToken(scope: string, options?: GetTokenOptions): Promise<string> {
    checked(this.#account, () => text(scope, 'scope'))
    return this.#following(() => this.#scoped(scope, options))
  }

  async #scoped(scope: string, options: GetTokenOptions | undefined): Promise<string> {
    await this.getToken(options)
    const { native, fail } = this.#account
    let found = native.scoped(scope)
    if (found.token === undefined && found.failure === undefined) {
      // What has just been renewed on demand is not renewed once more for the scope.
      if (options?.forceRefresh !== true) await this.getToken({ ...options, forceRefresh: true })
      found = native.scoped(scope)
      if (found.token === undefined) found = native.refuseScope(scope)
    }
    if (found.token !== undefined) return found.token
    throw fail(this.#operations.optionsOf(found.failure!))
  }

  /** Work that goes on after an operation has ended: until then the session is not let go of. */
  async #following<T>(work: () => Promise<T>): Promise<T> {
    this.#followUps++
    try {
      return await work()
    } finally {
      this.#followUps--
    }
  }

  invalidate(token?: string): Promise<void> {
    return this.#following(() => this.#upkeep.invalidate(this.invalidate, token, () => this.peek()))
  }

  logout(): Promise<void> {
    return this.#upkeep.logout(this.logout)
  }

  replaceProvider(provider: Provider): Promise<void> {
    return this.#upkeep.replaceProvider(this.replaceProvider, provider)
  }

  exportTokens(): Promise<string> {
    return this.#upkeep.exportTokens(this.exportTokens)
  }

  /** Takes over what the store holds, whatever its age and without the network. For the command line. */
  restore(): Promise<void> {
    return this.#upkeep.restore(this.restore)
  }

  /** A full login, not a refresh. For the command line. */
  login(): Promise<string> {
    return this.#upkeep.login(this.login)
  }

  /** Takes tokens that somebody else got. For the command line. */
  importTokens(text: string): Promise<void> {
    return this.#upkeep.importTokens(this.importTokens, text)
  }

  close(): Promise<void> {
    if (this.#closing === null) {
      this.#shutFastPath()
      this.#queue = null
      this.#held = NEVER
      this.#token = null
      this.#current = null
      this.#interval.stop()
      const closed = this.#operations.run(this.close, (operation) => this.#account.native.close(operation))
      this.#closing = closed.then(() => this.#account.idle())
    }
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Is nothing under way? */
  get isIdle(): boolean {
    return this.#operations.isIdle
  }

  /** Lets go of its session, for an owner who will not ask again. Not while anything is under way or to come: then it says so. */
  letGo(): boolean {
    if (!this.isIdle || this.#followUps > 0) return false
    const { native, returned } = this.#account
    this.#shutFastPath()
    native.letGo()
    // It may be another account's in a moment.
    this.#account.native = GONE
    returned?.(native)
    return true
  }

  on(event: TokenEventName, listener: (event: TokenEvent) => void): this {
    checked(this.#account, () => checkListener(event, listener))
    this.#voice.listeners.add(event, listener)
    return this
  }

  off(event: TokenEventName, listener: (event: TokenEvent) => void): this {
    this.#voice.listeners.remove(event, listener)
    return this
  }

  status(): TokenStatus {
    return statusOf(this.#account.who.account, this.#account.native.status())
  }

  isDeadToken(answer: ApiAnswer): boolean {
    return this.#account.who.isDeadToken(answer)
  }

  /** For `console.log(manager)`: who and how, and nothing of what is inside. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.constructor.name} { account: '${this.#account.who.account}', state: '${this.status().state}' }`
  }

  /** Everything but the cached answer. */
  #ask(options: GetTokenOptions | undefined): Promise<string> {
    // fetch takes null for no signal, so callers pass it on.
    const signal = options?.signal ?? undefined
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.#closing !== null) return Promise.reject(closed(this.#account))
    const force = options?.forceRefresh === true
    if (!force && (this.#cells[this.#cell] === this.#fresh || this.#isFresh())) return this.#current!
    const promise = this.#flights.board(force, signal)
    if (!force && signal === undefined && timersLast()) this.#queue = promise
    return promise
  }

  /** Looks at the clock, through the native side; opens the fast path if the token may be served. */
  #isFresh(): boolean {
    const flight = this.#flights.current
    if (this.#stale || flight?.stale) return false
    const { freshForMs, lookInMs, due } = this.#look()
    if (freshForMs <= 0) {
      if (flight !== null) flight.stale = true
      return false
    }
    if (timersLast()) this.#openFastPath(freshForMs, lookInMs)
    if (due) this.renewAside()
    return true
  }

  /** Until a timer closes it again. */
  #openFastPath(freshForMs: number, lookInMs: number): void {
    this.#fresh = this.#held
    clearTimeout(this.#timer)
    const untilStale = freshForMs <= Math.min(lookInMs, LOOK_EVERY_MS)
    this.#timer = setTimeout(
      () => {
        this.#shutFastPath()
        this.#stale = untilStale
      },
      // Up, not down: a timer that fires early would ask for a renewal of a token that is still fresh.
      Math.min(Math.ceil(lookInMs), LOOK_EVERY_MS),
    )
    this.#timer.unref?.()
  }

  /** Takes over what the native side holds. */
  #look(): NativeLook {
    const look = this.#account.native.look(this.#held)
    if (look.generation !== this.#held) {
      this.#held = look.generation
      this.#token = look.token ?? null
      this.#current = this.#token === null ? null : kept(this.#token)
    }
    return look
  }

  #shutFastPath(): void {
    this.#fresh = NEVER
    clearTimeout(this.#timer)
    // Even a dead one keeps the AsyncLocalStorage in which it was set.
    this.#timer = undefined
  }

  /** What a flight has brought. */
  #takeOver(settled: Settled, promise: Promise<string>): void {
    if (this.#closing !== null) return
    this.#shutFastPath()
    this.#held = settled.generation
    this.#token = settled.token!
    this.#current = promise
  }

  /** A renewal ahead of time. */
  renewAside(cause?: TokenRenewalCause, force = false): void {
    this.#flights.aside(cause, force)
  }

  /** It is time to renew ahead of time. */
  remind(): void {
    this.renewAside('background')
  }
}
