import type { TokenStatus } from './api'

/** How a manager is, or how the accounts of a pool are: the part of their status that is fit to be shown. */
export type Condition =
  | Pick<TokenStatus, 'state' | 'expiresAt' | 'refreshAt' | 'renewing' | 'recent' | 'lastError'>
  | { accounts: number; states: Partial<Record<TokenStatus['state'], number>> }

/**
 * A failed renewal speaks against the service for so long. A service that gets no request while it is down would never try again,
 * and nothing here may do so in its place.
 */
const FAILURE_COUNTS_MS = 60_000

/** What a health check answers. Neither an account nor a message is in it: whoever asks may be anybody. */
export function healthOf(condition: Condition): { isUp: boolean; body: object } {
  if ('accounts' in condition) {
    // One account says nothing about another.
    const { accounts, states } = condition
    return { isUp: true, body: { status: 'ok', accounts, states } }
  }
  const { state, expiresAt, refreshAt, renewing, lastError } = condition
  const isUp = mayServe(condition)
  const failure = lastError === null ? null : { code: lastError.code, at: lastError.at }
  return { isUp, body: { status: isUp ? 'ok' : 'failing', state, expiresAt, refreshAt, renewing, lastError: failure } }
}

/** Is there a token, or can the next request be expected to bring one? Before the first request there is none. */
function mayServe({ state, recent: [last] }: Extract<Condition, { state: unknown }>): boolean {
  if (state === 'valid' || state === 'expiring') return true
  if (state === 'disabled') return false
  return last?.error === undefined || Date.now() - last.at > FAILURE_COUNTS_MS
}
