import type { Fault, FaultKind } from '../faults'
import type { RecordedRequest } from '../handle'
import type { TokenServerSettings } from './options'

/** Names what a request to a token server is for. */
export type TokenEndpoint = 'login' | 'refresh' | 'token' | 'revoke' | 'api'

/** Counts what has arrived at a token server since the start or the last `reset()`. */
export interface TokenServerCounters {
  /** Counts accepted logins. */
  readonly logins: number
  /** Counts requests to `/auth/token`, whatever their answer. */
  readonly loginRequests: number
  /** Counts accepted refreshes. */
  readonly refreshes: number
  /** Counts requests to `/auth/refresh`, whatever their answer. */
  readonly refreshRequests: number
  /** Counts requests to `/oauth2/token`, whatever their answer. */
  readonly tokenRequests: number
  /** Counts requests to `/oauth2/revoke`, whatever their answer. */
  readonly revokeRequests: number
  /** Counts one-time refresh tokens that came a second time; each has cost its session. */
  readonly reuses: number
  /** Counts logins and refreshes refused for what they were paid with, reuses among them. */
  readonly rejected: number
  /** Counts logins answered 429 by the rate limit. */
  readonly rateLimited: number
  /** Counts requests to `/api/me`, whatever their answer. */
  readonly apiRequests: number
  /** Counts requests to `/api/me` without a live access token. */
  readonly apiRejected: number
  /** Counts connections accepted, open or not. */
  readonly connections: number
  /** Is the most requests that were under way at once. */
  readonly maxConcurrent: number
}

/** Is a running server: see `startTokenServer()`. */
export interface TokenServer {
  /** Is the origin, such as `http://127.0.0.1:41234`. */
  readonly url: string
  /** Is where `POST {"api_key":…}` or `{"username":…,"password":…}` brings tokens. */
  readonly loginUrl: string
  /** Is where `POST {"refresh_token":…}` brings new ones. */
  readonly refreshUrl: string
  /** Is where OAuth 2.0 forms bring tokens: `client_credentials` with a key as the secret, `refresh_token` with or without. */
  readonly tokenUrl: string
  /** Is where OAuth 2.0 forms revoke them (RFC 7009). */
  readonly revocationUrl: string
  /** Is what `GET` with a live access token answers with the account's name. */
  readonly apiUrl: string
  /** Is live: the numbers go on counting. */
  readonly counters: TokenServerCounters
  /** Holds the last 1000 requests, oldest first; it is live. */
  readonly requests: readonly RecordedRequest[]
  /** Is the server's clock, in milliseconds since the epoch. */
  now(): number
  /** Changes settings from the next request on; undefined leaves a setting as it is. */
  configure(changes: TokenServerSettings): void
  /**
   * Lets the next `times` requests (default 1; `Infinity`: until `clearFaults()`) to `endpoint` (default: any) meet this fault.
   * Of several faults that fit a request, the one set first is used.
   */
  fail(fault: FaultKind | Fault, options?: { endpoint?: TokenEndpoint | undefined; times?: number | undefined }): void
  /** Forgets all faults; requests that already hang go on hanging. */
  clearFaults(): void
  /** Kills every access token; refresh tokens live on. */
  revokeAccessTokens(): void
  /** Kills every session: access and refresh tokens. */
  revokeAll(): void
  /** Sets the counters to zero and forgets the requests; the rate limit forgets nothing. */
  reset(): void
  /** Lets the process end while the server still listens. */
  unref(): void
  /** Stops listening and closes every connection, hanging ones too. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
