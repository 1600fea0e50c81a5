import type { GetTokenOptions, Store, TokenEvent, TokenEventName, TokenManager, TokenPool, TokenPoolOptions, TokenPoolStatus, TokenRenewalCause } from './api'
import { isCallback, invalid, number, options as given, text } from './checks'
import { TokenError } from './errors'
import { checkListener, Listeners } from './events'
import { logTo, silent } from './logger'
import { apart } from './flight'
import { environment } from './mail'
import { named } from './named'
import { AccountManager } from './manager'
import { NativePool, timersLast } from './native'
import { GENERAL, toNativeOptions } from './options'
import { remind } from './reminders'
import { Roster } from './roster'
import { Served } from './served'
import { steadyClock } from './steady'
import { idle } from './stores'
import { setImmediate } from './turn'
import { unaskedOf } from './unasked'

// Kept from before a test can put fake ones in their place: staleness must be noticed in real time.
const { setInterval, clearInterval } = globalThis

/** Between two looks at who is still in use. */
const TICK_MS = 1000

/** So many managers at once may wait for their callers to have had their turn. */
const MOST_RESTING = 64

/** A manager that is at work for one account, or was a moment ago. */
interface Worker {
  manager: AccountManager
  isUsed: boolean
}

/** Keeps the tokens of many accounts fresh, each with a session of its own. No request is sent before the first call for a token. */
export function createTokenPool(options: TokenPoolOptions): TokenPool {
  return new AccountPool(options)
}

/**
 * Many accounts. A token in use is served from a map of promises; what lies still is the native side's alone, and a manager is
 * made for an account only while there is something to do.
 */
class AccountPool implements TokenPool {
  static {
    named(this, 'AccountPool')
  }

  readonly #native: NativePool
  readonly #served: Served
  readonly #roster: Roster
  readonly #listeners: Listeners
  readonly #store: Store | undefined
  readonly #isStored: boolean
  readonly #intervalSeconds: number | undefined
  readonly #workers = new Map<string, Worker>()
  readonly #resting = new Map<string, Worker>()
  /** Those that are still at work with credentials that were replaced. */
  readonly #leaving = new Set<AccountManager>()
  /** Those that users hold. */
  readonly #handles = new Set<WeakRef<AccountManager>>()
  #timer: ReturnType<typeof setInterval> | undefined
  /** When that last was, where no timer lasts. */
  #ticked = 0
  #closing: Promise<void> | null = null

  constructor(options: TokenPoolOptions) {
    if (!isCallback(given(options).provider, 'provider', 'the provider of an account')) throw invalid('provider', 'is missing')
    const capacity = count(options.capacity, 'capacity') ?? 100_000
    const logins = count(options.maxConcurrentLogins, 'maxConcurrentLogins') ?? 64
    if (options.fallbackEnv != null) throw invalid('fallbackEnv', 'holds the tokens of one account, and a pool has many')
    const unasked = unaskedOf(options)
    const native = toNativeOptions(options, {}, GENERAL, unasked)
    if (native.store?.file !== undefined) throw invalid('store', 'has one file for one account: give fileStore a dir')
    this.#store = options.store
    this.#isStored = native.store !== undefined
    this.#intervalSeconds = unasked.intervalSeconds
    this.#native = new NativePool(environment, native, capacity, logins)
    const log = options.logger ? logTo(options.logger, { service: 'tokenkeep' }) : silent
    this.#served = new Served(this.#native, (id) => this.#renewAside(id))
    this.#listeners = new Listeners(log)
    this.#roster = new Roster(this.#native, options, log, this.#listeners, (id) => {
      // What it is at with the old credentials ends by itself.
      const worker = this.#workers.get(id)
      this.#workers.delete(id)
      if (worker !== undefined && !worker.manager.letGo()) this.#leaving.add(worker.manager)
    })
    if (unasked.background) remind(this.#native.number(), this)
  }

  /** It is time to renew the sessions of these. Those who have left meanwhile are not asked for. */
  remind(accounts: string[]): void {
    if (this.#closing !== null) return
    for (const id of accounts) if (this.#native.note(id) != null) this.#renewAside(id, 'background')
  }

  getToken(id: string, options?: GetTokenOptions): Promise<string> {
    const promise = options === undefined ? this.#served.promise(id) : undefined
    return promise ?? this.#ask(id, options)
  }

  peek(id: string): string | null {
    if (this.#closing !== null) return null
    return this.#served.token(id) ?? this.#native.peek(nameOf(id)) ?? null
  }

  account(id: string): TokenManager {
    if (this.#closing !== null) throw closed()
    const handle = new AccountManager({ ...this.#roster.open(nameOf(id)), unasked: { background: false, intervalSeconds: this.#intervalSeconds } })
    this.#handles.add(new WeakRef(handle))
    this.#keepTime()
    return handle
  }

  async getScopedToken(id: string, scope: string, options?: GetTokenOptions): Promise<string> {
    return this.#manager(id).getScopedToken(scope, options)
  }

  async invalidate(id: string, token?: string): Promise<void> {
    if (this.#closing !== null) throw closed()
    // Of somebody who is known neither here nor in a store there is nothing to forget, and no reason to ask who it is.
    if (!this.#isStored && this.#native.note(nameOf(id)) == null) return
    await this.#manager(id).invalidate(token)
  }

  status(): TokenPoolStatus {
    const { accounts, empty, valid, expiring, expired, counters } = this.#native.status()
    return { accounts, states: { disabled: 0, empty, valid, expiring, expired }, counters }
  }

  on(event: TokenEventName, listener: (event: TokenEvent) => void): this {
    checkListener(event, listener)
    this.#listeners.add(event, listener)
    return this
  }

  off(event: TokenEventName, listener: (event: TokenEvent) => void): this {
    this.#listeners.remove(event, listener)
    return this
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** For `console.log(pool)`: how many, and nothing of what is inside. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `TokenPool { accounts: ${this.status().accounts} }`
  }

  /** Everything but a token that is in use. */
  #ask(id: string, options: GetTokenOptions | undefined): Promise<string> {
    try {
      // Whoever is at work for it answers by itself.
      if (this.#closing === null && options?.forceRefresh !== true && this.#workers.get(id)?.manager.isIdle !== false) {
        const signal = options?.signal ?? undefined
        const promise = signal?.aborted ? Promise.reject<string>(signal.reason) : this.#served.look(nameOf(id))
        this.#keepTime()
        if (promise !== undefined) return promise
      }
      return this.#manager(id).getToken(options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Ahead of time. Neither a caller who is served the token that is there nor another account may hear of what goes wrong. */
  #renewAside(id: string, cause?: TokenRenewalCause): void {
    try {
      // A timer's renewal is nobody's use of the account.
      this.#manager(id, cause !== 'background').renewAside(cause)
    } catch {
      // What keeps it from being started keeps the next caller who waits from it too, and that one is told.
    }
  }

  #manager(id: string, isUsed = true): AccountManager {
    if (this.#closing !== null) throw closed()
    const known = this.#workers.get(nameOf(id))
    if (known !== undefined) {
      known.isUsed = true
      return known.manager
    }
    const account = this.#roster.open(id, isUsed)
    const manager = new AccountManager(account)
    const worker = { manager, isUsed: true }
    this.#workers.set(id, worker)
    account.rested = () => this.#rests(id, worker)
    this.#keepTime()
    return manager
  }

  /**
   * What a worker got is the native side's to keep, and it may go at once. But not before those who waited have had their turn:
   * they may want more of it.
   */
  #rests(id: string, worker: Worker): void {
    if (this.#resting.size === 0) apart(() => setImmediate(() => this.#letGoOfResting()))
    this.#resting.set(id, worker)
    // One turn of the event loop can bring thousands, and each is kilobytes until it is let go of.
    if (this.#resting.size > MOST_RESTING) this.#letGoOfResting()
  }

  #letGoOfResting(): void {
    const resting = [...this.#resting]
    this.#resting.clear()
    for (const [id, worker] of resting) {
      if (this.#workers.get(id) === worker && worker.manager.letGo()) this.#workers.delete(id)
    }
  }

  /** While anything is in use. One timer for all accounts, and it keeps no process alive. */
  #keepTime(): void {
    if (!timersLast()) return this.#keepTimeByTheClock()
    if (this.#timer !== undefined) return
    this.#timer = apart(() => setInterval(() => this.#tick(), TICK_MS))
    this.#timer.unref?.()
  }

  /** By whoever comes. */
  #keepTimeByTheClock(): void {
    const now = steadyClock()
    if (now - this.#ticked < TICK_MS) return
    this.#ticked = now
    this.#tick()
  }

  #tick(): void {
    this.#served.tick()
    for (const [id, worker] of this.#workers) {
      if (!worker.isUsed && worker.manager.letGo()) this.#workers.delete(id)
      worker.isUsed = false
    }
    for (const manager of this.#leaving) if (manager.letGo()) this.#leaving.delete(manager)
    for (const handle of this.#handles) if (handle.deref() === undefined) this.#handles.delete(handle)
    // Those who are too many may be held by others, who do not say when they let go.
    const isRoomForAll = this.#roster.shrink()
    const busy = this.#served.size + this.#workers.size + this.#leaving.size + this.#handles.size
    if (busy === 0 && isRoomForAll) this.#stop()
  }

  #stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #end(): Promise<void> {
    this.#stop()
    this.#served.clear()
    const handles = [...this.#handles].map((handle) => handle.deref()?.close())
    const workers = [...this.#workers.values()].map(({ manager }) => manager.close())
    const leaving = [...this.#leaving].map((manager) => manager.close())
    this.#workers.clear()
    this.#leaving.clear()
    await Promise.all([...handles, ...workers, ...leaving])
    this.#native.clear()
    await idle(this.#store)
  }
}

function count(value: unknown, name: string): number | undefined {
  const whole = number(value, name, { from: 1 })
  if (whole !== undefined && !Number.isSafeInteger(whole)) throw invalid(name, 'must be a whole number')
  return whole
}

/** What an account is known by. The native side reads UTF-8, where the halves of different characters are one and the same. */
function nameOf(id: unknown): string {
  const name = text(id, 'id')
  if (/\p{Surrogate}/u.test(name)) throw invalid('id', 'must be well-formed Unicode')
  return name
}

function closed(): TokenError {
  return new TokenError({ code: 'CLOSED', message: 'CLOSED: the token pool was closed' })
}
