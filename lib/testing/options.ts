/**
 * Names the generation of Baserow that the server speaks.
 *
 * `'modern'`: 1.13 and later (`email`, a pair of access and refresh token).
 * `'1.6'`: 1.6 to 1.12 (`username` only, 201, one refreshable token, 400 `non_field_errors`).
 * `'1.5'`: 1.5 and before (as `'1.6'`, with 200).
 */
export type BaserowDialect = 'modern' | '1.6' | '1.5'

/** Describes an account of the server. */
export interface TestUser {
  /** Signs the user in; compared as Baserow does: NFKC, trimmed, lower case. */
  email: string
  /** Is trimmed, as Baserow does when a user registers. */
  password: string
  /** Default true. */
  active?: boolean | undefined
  /** Is the six-digit code that the second factor accepts; setting it switches two-factor login on. */
  totp?: string | undefined
  /** Refuses the `totp` code when it was the last one used, as Baserow 2.x does. Default false. */
  totpSingleUse?: boolean | undefined
  /** Are accepted in place of the code, once each. Default none. */
  backupCodes?: readonly string[] | undefined
  /** Default true; false: the login answers `ERROR_EMAIL_VERIFICATION_REQUIRED`. */
  emailVerified?: boolean | undefined
  /** Exempts from throttling and from the e-mail and password-login rules. Default false. */
  staff?: boolean | undefined
  /** False: the API answers 400 `ERROR_USER_NOT_IN_GROUP`. Default true. */
  member?: boolean | undefined
}

/** Limits the API requests that one user may have under way at once (contract §6). */
export interface ThrottleOptions {
  /** Is how many requests of one user run at once; the next one is answered 429. */
  concurrent: number
  /** Is sent as `Retry-After`, in seconds; null: no such header, as in 2.x. Default 29. */
  retryAfterSeconds?: number | null | undefined
  /** Refuses the throttled token for this long, in milliseconds, as 2.x can. Default 0: never. */
  blacklistMs?: number | undefined
}

/** Sets what a running server may change with `configure()`. */
export interface BaserowServerSettings {
  /** Default `'modern'`. */
  dialect?: BaserowDialect | undefined
  /** Is the life of an access token, in milliseconds. Default 600_000; in the old dialects 3_600_000. */
  accessLifetimeMs?: number | undefined
  /** Is the life of a refresh token, in milliseconds; in the old dialects how long one login can be refreshed. Default 604_800_000 (7 days). */
  refreshLifetimeMs?: number | undefined
  /** Chooses how `exp` and `iat` are written. Default `'whole'`, or `'fractional'` when a lifetime is no whole number of seconds. */
  numericDates?: 'whole' | 'fractional' | undefined
  /** Passes before each request is handled, in milliseconds. Default 0. */
  latencyMs?: number | undefined
  /** Is the server's clock minus this machine's, in milliseconds; `iat`, `exp` and the `Date` header follow it. Default 0. */
  clockOffsetMs?: number | undefined
  /** Leaves `exp` out of access tokens; they still die after `accessLifetimeMs`. Default false. */
  omitExp?: boolean | undefined
  /** Makes access tokens random strings instead of JWTs. Default false. */
  opaque?: boolean | undefined
  /** False: only staff may log in with a password (`ERROR_AUTH_PROVIDER_DISABLED`). Default true. */
  passwordLogin?: boolean | undefined
  /** Limits concurrent API requests per user; false switches it off. Default false. */
  throttle?: ThrottleOptions | false | undefined
  /** Is how many second-factor attempts an account has per minute; `Infinity`: no limit. Default 10. */
  twoFactorAttemptsPerMinute?: number | undefined
  /** Answers 400 to any other `Host` (names without port). Default: every host is welcome. */
  allowedHosts?: readonly string[] | undefined
  /** Sends the CORS headers to requests with an `Origin`. Default true. */
  cors?: boolean | undefined
}

/** Sets up a server with `startBaserow()`. */
export interface BaserowServerOptions extends BaserowServerSettings {
  /** Default: one user, `DEFAULT_USER`. */
  users?: readonly TestUser[] | undefined
  /** Speaks HTTPS with this key and certificate, both PEM. Default: plain HTTP. */
  tls?: { key: string; cert: string } | undefined
  /** Is the address to listen on. Default `'127.0.0.1'`. */
  host?: string | undefined
  /** Is the port to listen on; 0: a free one. Default 0. */
  port?: number | undefined
  /** Signs the tokens; give two servers the same one and each takes the other's tokens. Default: random. */
  signingKey?: string | undefined
}

/** Signs in to a server that was started without `users`. */
export const DEFAULT_USER: { email: string; password: string } = Object.freeze({
  email: 'alice@example.com',
  password: 'correct horse battery staple',
})
