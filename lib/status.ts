import type { TokenSource, TokenStatus } from './api'
import type { NativeStatus } from './native'

/** How an account is doing, in the words of the API. */
export function statusOf(account: string, native: NativeStatus): TokenStatus {
  return {
    state: native.state as TokenStatus['state'],
    account,
    source: (native.source as TokenSource | undefined) ?? null,
    expiresAt: native.expiresAt ?? null,
    refreshAt: native.refreshAt ?? null,
    savedAt: native.savedAt ?? null,
    renewing: native.renewing,
    clockSkewMs: native.clockSkewMs ?? null,
    scopes: native.scopes,
    location: native.location ?? null,
    recent: native.recent as TokenStatus['recent'],
    lastError: (native.lastError as TokenStatus['lastError'] | undefined) ?? null,
    counters: native.counters,
  }
}
