import type { ApiAnswer } from '../dead_token'
import type { TokenEvent, TokenEventName } from './events'
import type { Provider } from './providers'
import type { TokenStatus } from './status'
import type { TuningOptions } from './tuning'

/** How a caller wants its token. */
export interface GetTokenOptions {
  /** Gives up waiting (rejects with `signal.reason`), without cancelling the renewal that others share. */
  signal?: AbortSignal | undefined
  /** Renews even if the current token is fresh; still one renewal for all who ask at once. Defaults to false. */
  forceRefresh?: boolean | undefined
}

/** Keeps one account's token fresh. */
export interface TokenManager {
  /** Resolves to a token that is good now. Cached, it costs no call into native code. */
  getToken(options?: GetTokenOptions): Promise<string>
  /** False for the stub that stands in when there are no credentials. */
  isEnabled(): boolean
  /** Returns the current token, with no check of its age and no I/O; `null` when there is none. */
  peek(): string | null
  /**
   * Resolves to a token for a narrower audience (a guild, a workspace) that was handed out with the session. A session that
   * lacks it is renewed once; then it rejects with SCOPE_NOT_GRANTED, for a minute without asking again.
   */
  getScopedToken(scope: string, options?: GetTokenOptions): Promise<string>
  /** Resolves to the value of an `Authorization` header, e.g. `JWT eyJ…`. */
  authorization(options?: GetTokenOptions): Promise<string>
  /**
   * Forgets a token that the API refused (a 401). With `token`, only if it is still the current one, so that ten callers
   * with the same dead token cause one renewal, not ten; one for a narrower audience counts as its session's. The refresh token
   * stays.
   */
  invalidate(token?: string): Promise<void>
  /**
   * Revokes the session at the server where it can be, and forgets it. Rejects when the server could not be told; the
   * session is forgotten even then.
   */
  logout(): Promise<void>
  /**
   * Other credentials from now on (a rotated key, a changed password): the old session is forgotten, in the store too, before
   * the new ones are used. A renewal that is under way ends first.
   */
  replaceProvider(provider: Provider): Promise<void>
  /** Resolves to the session as base64 JSON, the form that `fallbackEnv` and `tokenkeep import` read. It is a secret. */
  exportTokens(): Promise<string>
  /** Tells how the account is doing. No I/O, no secret. */
  status(): TokenStatus
  /**
   * Does this answer of the API say that the token is dead, and not merely that it may not do this? Each provider knows. Of Baserow's
   * answers only the body tells for certain; without one, its `WWW-Authenticate` has to.
   */
  isDeadToken(answer: ApiAnswer): boolean
  /** Calls `listener` after each event of that name. One that throws or rejects is logged, and disturbs nobody. */
  on(event: TokenEventName, listener: (event: TokenEvent) => void): this
  /** Takes a listener away. */
  off(event: TokenEventName, listener: (event: TokenEvent) => void): this
  /** Starts nothing more and waits for what is under way; later calls reject with CLOSED. */
  close(): Promise<void>
  /** Closes it, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** One account of any provider. */
export interface TokenManagerOptions extends TuningOptions {
  provider: Provider
  /**
   * How long before its expiry a token is renewed: that many seconds, at most half of its lifetime, and then callers wait for the new
   * one. Or `'auto'`: 5, 15 or 60 minutes as suits the lifetime, while callers get the token at once and one renewal runs aside; they
   * wait in its last minute only. Defaults to `'auto'`.
   */
  refreshMarginSeconds?: number | 'auto' | undefined
}
