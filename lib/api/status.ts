import type { TokenErrorCode } from '../errors'
import type { EpochMs } from './time'

/** Where a token came from. */
export type TokenSource = 'login' | 'refresh' | 'store' | 'environment' | 'backup'

/** How an account is doing. */
export interface TokenStatus {
  /** `expiring` is due for a renewal; `empty` is no token; `disabled` is the stub. */
  state: 'disabled' | 'empty' | 'valid' | 'expiring' | 'expired'
  /** Whose token it is; `null` for the stub. */
  account: string | null
  /** Where the current token came from; `null` when there is none. */
  source: TokenSource | null
  /** When the current token expires; `null` when there is none. */
  expiresAt: EpochMs | null
  /** From when on the token is renewed. `null` when there is none. */
  refreshAt: EpochMs | null
  /** When the stored session was received; `null` where it is in memory alone. */
  savedAt: EpochMs | null
  /** Is a renewal under way? */
  renewing: boolean
  /** The server's clock minus ours, measured at the last login; `null` where unknown. */
  clockSkewMs: number | null
  /** Scopes that the session has tokens for. */
  scopes: string[]
  /** Where the session is stored, as a person would look it up; `null` where it is in memory alone. */
  location: string | null
  /** The last ten renewals, newest first. */
  recent: { at: EpochMs; how: TokenSource; durationMs: number; error?: TokenErrorCode }[]
  /** The last failure, also after a success; `null` before the first. */
  lastError: { code: TokenErrorCode; message: string; at: EpochMs } | null
  /** How often each of these has happened. */
  counters: { logins: number; refreshes: number; failures: number; storeHits: number; invalidations: number }
}
