import type { TokenEvent, TokenEventName } from './events'
import type { GetTokenOptions, TokenManager } from './manager'
import type { Provider } from './providers'
import type { TokenStatus } from './status'
import type { TuningOptions } from './tuning'

/** Many accounts of any provider. The options that {@link TokenManagerOptions} has too are those of every account. */
export interface TokenPoolOptions extends TuningOptions {
  /** Called once for each account that is seen; again for one that had to leave. It answers at once, and not with a promise. */
  provider: (account: string) => Provider
  /**
   * Sessions in memory at most. About the least recently used leave, never one in flight or one whose handle somebody holds.
   * Defaults to 100 000.
   */
  capacity?: number | undefined
  /** Renewals in flight at most; the others wait for their turn, which is no part of `deadlineMs`. Defaults to 64. */
  maxConcurrentLogins?: number | undefined
  /**
   * How long before its expiry a token is renewed: that many seconds, at most half of its lifetime, and then callers wait for the new
   * one. Or `'auto'`: 5, 15 or 60 minutes as suits the lifetime, while callers get the token at once and one renewal runs aside; they
   * wait in its last minute only. Defaults to `'auto'`.
   */
  refreshMarginSeconds?: number | 'auto' | undefined
}

/** Keeps the tokens of many accounts fresh. Accounts do not wait for one another. */
export interface TokenPool {
  /**
   * A handle whose calls are as cheap as a manager's. Its `close()` only lets go of the handle; `refreshIntervalSeconds` is its
   * alone.
   */
  account(id: string): TokenManager
  /** Resolves to a token of this account that is good now. */
  getToken(id: string, options?: GetTokenOptions): Promise<string>
  /** Resolves to a token for a narrower audience, as {@link TokenManager.getScopedToken} does. */
  getScopedToken(id: string, scope: string, options?: GetTokenOptions): Promise<string>
  /** Returns the account's current token, with no check of its age and no I/O; `null` when there is none. */
  peek(id: string): string | null
  /** Forgets a token that the API refused, as {@link TokenManager.invalidate} does. */
  invalidate(id: string, token?: string): Promise<void>
  /** Tells how the accounts in memory are doing. No I/O, no secret. */
  status(): TokenPoolStatus
  /** Calls `listener` after each event of that name, whichever account it is about. */
  on(event: TokenEventName, listener: (event: TokenEvent) => void): this
  /** Takes a listener away. */
  off(event: TokenEventName, listener: (event: TokenEvent) => void): this
  /** Starts nothing more and waits for what is under way; later calls, those of handles too, reject with CLOSED. */
  close(): Promise<void>
  /** Closes it, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** How the accounts of a pool are doing. */
export interface TokenPoolStatus {
  /** How many are in memory. */
  accounts: number
  /** How many of them are in which state. */
  states: Record<TokenStatus['state'], number>
  /** What has happened to all of them, also to those that have left. */
  counters: TokenStatus['counters']
}
