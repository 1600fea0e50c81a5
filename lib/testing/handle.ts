import type { Endpoint, Fault, FaultKind } from './faults'
import type { BaserowServerSettings, TestUser } from './options'

/** Counts what has arrived since the start or the last `reset()`. */
export interface BaserowCounters {
  /** Counts sessions handed out: accepted logins, and second factors that completed one. */
  readonly logins: number
  /** Counts requests to token-auth, whatever their answer. */
  readonly loginRequests: number
  /** Counts accepted refreshes. */
  readonly refreshes: number
  /** Counts requests to token-refresh, whatever their answer. */
  readonly refreshRequests: number
  /** Counts requests to two-factor-auth/verify, whatever their answer. */
  readonly twoFactorRequests: number
  /** Counts requests to token-blacklist, whatever their answer. */
  readonly blacklistRequests: number
  /** Counts requests to token-verify, whatever their answer. */
  readonly verifyRequests: number
  /** Counts requests to the database endpoints, whatever their answer. */
  readonly apiRequests: number
  /** Counts connections accepted, open or not. */
  readonly connections: number
  /** Is the most requests that were under way at once. */
  readonly maxConcurrent: number
}

/** Is one request as it arrived. */
export interface RecordedRequest {
  readonly method: string
  /** Includes the query. */
  readonly path: string
  /** Has lower-case names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Is the body as text. */
  readonly body: string
  /** Is when it arrived by this machine's clock, in milliseconds since the epoch. */
  readonly at: number
}

/** Changes one account of a running server. */
export interface BaserowUser {
  /** Is the `user_id` claim of the account's tokens. */
  readonly id: number
  /** Is the address as the server normalised it. */
  readonly email: string
  /**
   * Sets another password; every token issued before dies (but not in the old dialects).
   * A real Baserow compares whole seconds, so tokens of the very second of the change survive: `spareSameSecond: true` does likewise (default false).
   */
  changePassword(password: string, options?: { spareSameSecond?: boolean | undefined }): void
  /** Disables the account: logins and refreshes are 401, its access tokens get a 500 page. */
  deactivate(): void
  /** Undoes `deactivate()`. */
  activate(): void
  /** Deletes the account for good; its id is not used again. */
  remove(): void
  /** Starts the deletion's grace time: refreshes are 401, access tokens work, a login cancels it. */
  scheduleDeletion(): void
  /** Sets whether the e-mail address counts as verified. */
  setEmailVerified(verified: boolean): void
  /** Sets the code that the second factor accepts; undefined switches two-factor login off. */
  setTotp(code: string | undefined): void
  /** Sets whether the user belongs to the workspace of the example table. */
  setMember(member: boolean): void
}

/** Is a running server: see `startBaserow()`. */
export interface BaserowServer {
  /** Is the origin, such as `http://127.0.0.1:41234`. */
  readonly url: string
  /** Is `url` with `/api`. */
  readonly baseUrl: string
  /** Is live: the numbers go on counting. */
  readonly counters: BaserowCounters
  /** Holds the last 1000 requests, oldest first; it is live. */
  readonly requests: readonly RecordedRequest[]
  /** Signs the tokens: `signJwt(claims, server.signingKey)` makes one that the server accepts. */
  readonly signingKey: string
  /** Is the server's clock, in milliseconds since the epoch. */
  now(): number
  /** Changes settings from the next request on; undefined leaves a setting as it is. */
  configure(changes: BaserowServerSettings): void
  /** Finds an account by its address; throws when there is none. */
  user(email: string): BaserowUser
  /** Adds an account; throws when the address is taken. */
  addUser(user: TestUser): BaserowUser
  /**
   * Lets the next `times` requests (default 1; `Infinity`: until `clearFaults()`) to `endpoint` (default: any) meet this fault.
   * Of several faults that fit a request, the one set first is used.
   */
  fail(fault: FaultKind | Fault, options?: { endpoint?: Endpoint | undefined; times?: number | undefined }): void
  /** Forgets all faults; requests that already hang go on hanging. */
  clearFaults(): void
  /** Kills every token, as a change of the signing key does. */
  revokeAll(): void
  /** Sets the counters to zero and forgets the requests. */
  reset(): void
  /** Lets the process end while the server still listens. */
  unref(): void
  /** Stops listening and closes every connection, hanging ones too. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
