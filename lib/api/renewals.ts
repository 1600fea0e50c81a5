import type { TokenError } from '../errors'
import type { TokenAttempt } from './events'
import type { TokenSource } from './status'
import type { EpochMs } from './time'

/**
 * Why a renewal began: there was no session in memory (`first`), its token had been invalidated, was inside the margin, or had
 * expired; it was due and still served, to whoever asked (`ahead`) or with nobody asking (`background`); a caller wanted a new one
 * (`forced`) or a full login (`login`); or `refreshIntervalSeconds` had passed (`interval`).
 */
export type TokenRenewalCause =
  | 'first'
  | 'invalidated'
  | 'margin'
  | 'expired'
  | 'ahead'
  | 'background'
  | 'forced'
  | 'login'
  | 'interval'

/**
 * What the TracingChannel `tokenkeep.renew` of `node:diagnostics_channel` tells of one renewal: one and the same object from its
 * start to its end, with everything below `cause` set when it has ended. No password and no token is in it.
 */
export interface TokenRenewal {
  account: string
  /** Where the credentials are sent; what the log calls it. */
  host: string
  /** The kind of provider: `baserow`, `oauth2`, `jsonLogin`, `custom`. */
  provider: string
  cause: TokenRenewalCause
  outcome?: 'success' | 'failure'
  /** Where the token came from; of a failure, what was tried last. */
  how?: TokenSource
  at?: EpochMs
  durationMs?: number
  /** When the new token expires. */
  expiresAt?: EpochMs
  /** Everything that was tried, in order. */
  attempts?: TokenAttempt[]
  /** Of a failure, without its `cause`: what a callback threw may hold anything. */
  error?: TokenError
}

/** What the channel `tokenkeep.invalidate` tells: a token was dropped before its time. */
export interface TokenInvalidation extends Pick<TokenRenewal, 'account' | 'host' | 'provider'> {
  at: EpochMs
}

/** What the channel `tokenkeep.restore` tells: a session was taken over and not renewed. */
export interface TokenRestoration extends TokenInvalidation {
  source: Exclude<TokenSource, 'login' | 'refresh'>
  durationMs: number
  expiresAt?: EpochMs
}
