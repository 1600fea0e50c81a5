import type { EpochMs } from './time'

/** Tokens, as a login of your own brings them. */
export interface TokenSet {
  token: string
  refreshToken?: string | undefined
  /**
   * Milliseconds since the epoch (a number below 1e11 is an error: those would be seconds), a Date, or RFC 3339. Defaults to the
   * token's own `exp` if it is a JWT, then to `ttlSeconds`, then to 55 minutes.
   */
  expiresAt?: EpochMs | Date | string | undefined
  /** Tokens for narrower audiences (a guild, a workspace), by their names. */
  scoped?: Record<string, string> | undefined
}

/**
 * A login of your own. Its functions run on the thread that made the manager, one at a time per account, also across the processes that share
 * a store. What they throw is the `cause` of a {@link TokenError}; thrown by them, a `TokenError` says what kind of failure it was.
 * One that waits for a token of its own manager waits for itself, until its time is up.
 */
export interface CustomOptions {
  /** Whose tokens they are: what they are stored under, together with `issuer`. */
  account: string
  /** Who issues them. Defaults to nobody. */
  issuer?: string | undefined
  /** What the login uses (a password, a key), so that a change of it is a miss in the store; only a check of it is kept. */
  credential?: string | undefined
  /** A full login. `signal` fires when its time is up; `previous` is the session before, with an empty token if it was invalidated. */
  login: (context: { signal: AbortSignal; previous: TokenSet | null }) => Promise<TokenSet>
  /** A refresh. If it fails in any way, `login` follows. Its refresh tokens are taken to work once. Defaults to none. */
  refresh?: ((context: { signal: AbortSignal; current: TokenSet }) => Promise<TokenSet>) | undefined
  /** Called by `logout()`. Defaults to none. */
  revoke?: ((current: TokenSet) => Promise<void>) | undefined
  /** What stands before the token in an `Authorization` header. Defaults to `Bearer`. */
  scheme?: string | undefined
}
