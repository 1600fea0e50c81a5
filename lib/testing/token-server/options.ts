/** Limits the logins that are let through. */
export interface LoginRateLimit {
  /** Is how many requests to the login are let through in a window; the next one is answered 429. */
  logins: number
  /** Is the length of the sliding window, in milliseconds. Default 3_600_000: an hour. */
  windowMs?: number | undefined
  /** Chooses how `Retry-After` is written (RFC 9110 §10.2.3); null: no such header. Default `'seconds'`. */
  retryAfter?: 'seconds' | 'date' | null | undefined
}

/** Logs in with `username` and `password`. */
export interface TokenServerUser {
  username: string
  password: string
}

/** Sets what a running token server may change with `configure()`. */
export interface TokenServerSettings {
  /** Are accepted as `api_key` of a login. Default: `DEFAULT_KEY`, unless there are `users`. */
  keys?: readonly string[] | undefined
  /** Log in with `username` and `password`. Default none. */
  users?: readonly TokenServerUser[] | undefined
  /** Is the life of an access token, in milliseconds. Default 900_000. */
  accessLifetimeMs?: number | undefined
  /** Is the life of a refresh token, in milliseconds. Default 2_592_000_000 (30 days). */
  refreshLifetimeMs?: number | undefined
  /** Makes access tokens random strings instead of JWTs. Default false. */
  opaque?: boolean | undefined
  /** False: a login answers without a refresh token. Default true. */
  refreshTokens?: boolean | undefined
  /** False: a refresh token works until it expires, and a refresh answers without a new one. Default true. */
  rotation?: boolean | undefined
  /** Leaves `expires_in` out of the answers. Default false. */
  omitExpiresIn?: boolean | undefined
  /** Passes before a login is handled, in milliseconds: a headless browser takes 10_000. Default 0. */
  loginDelayMs?: number | undefined
  /** Passes before a refresh, or a request to `/oauth2/token`, is handled, in milliseconds. Default 0. */
  refreshDelayMs?: number | undefined
  /** Passes before each request is handled, in milliseconds; delays of their own come on top. Default 0. */
  latencyMs?: number | undefined
  /** Is the server's clock minus this machine's, in milliseconds; `iat`, `exp` and the `Date` header follow it. Default 0. */
  clockOffsetMs?: number | undefined
  /** Sends the CORS headers to requests with an `Origin`, and answers preflights. Default true. */
  cors?: boolean | undefined
  /** Limits the logins; false switches it off. Default false. */
  rateLimit?: LoginRateLimit | false | undefined
}

/** Sets up a server with `startTokenServer()`. */
export interface TokenServerOptions extends TokenServerSettings {
  /** Speaks HTTPS with this key and certificate, both PEM. Default: plain HTTP. */
  tls?: { key: string; cert: string } | undefined
  /** Is the address to listen on. Default `'127.0.0.1'`. */
  host?: string | undefined
  /** Is the port to listen on; 0: a free one. Default 0. */
  port?: number | undefined
}

/** Logs in at a token server that was started without `keys` and `users`. */
export const DEFAULT_KEY = 'a-key-that-opens-test-servers-only'
