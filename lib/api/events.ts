import type { TokenError, TokenErrorCode } from '../errors'
import type { TokenSource } from './status'
import type { EpochMs } from './time'

/** What a manager tells its listeners. */
export type TokenEventName = 'login' | 'refresh' | 'restore' | 'invalidate' | 'failure'

/** One thing that happened. */
export interface TokenEvent {
  name: TokenEventName
  account: string
  at: EpochMs
  /** How long the renewal took. */
  durationMs?: number
  /** When the new token expires. */
  expiresAt?: EpochMs
  /** Where the token came from; of a `failure`, what was tried last. */
  source?: TokenSource
  /** Of a `failure`. */
  error?: TokenError
  /** Everything that the renewal tried, in order, whatever came of it. */
  attempts?: TokenAttempt[]
}

/** One try within a renewal, its repetitions included. */
export interface TokenAttempt {
  how: TokenSource
  durationMs: number
  error?: TokenErrorCode
}
