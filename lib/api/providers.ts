/** A service that gives out tokens, and who we are to it. Made by {@link baserow}, {@link jsonLogin}, {@link oauth2} or {@link custom}; its inside is not public. */
export interface Provider {
  readonly kind: string
}

/** One user of one Baserow. */
export interface BaserowOptions {
  /** Includes `/api`; one trailing slash is ignored. */
  baseUrl: string
  /** Of the user; two spellings that Baserow takes for one are one account. */
  email: string
  password: string
  /** For accounts with two-factor authentication: called for a fresh code at each login. Defaults to none. */
  totp?: (() => string | Promise<string>) | undefined
}

/** A JSON endpoint that answers a POST with a token. JSON pointers are those of RFC 6901, into its answer. */
export interface JsonLoginOptions {
  /** Where to log in. */
  url: string
  /** The JSON object that is posted there. */
  body: Record<string, unknown>
  /** Sent with the login and the refresh. Defaults to none. */
  headers?: Record<string, string> | undefined
  /** Where the answer has the token. Defaults to `/token` or `/access_token`, whichever is there. */
  tokenPointer?: string | undefined
  /** Where it has the refresh token. Defaults to `/refresh_token`, if that is there. */
  refreshTokenPointer?: string | undefined
  /** Where it has the lifetime, in seconds. Defaults to `/expires_in`, if that is there. */
  expiresInPointer?: string | undefined
  /** Where it has the expiry, in seconds since the epoch or as RFC 3339. Defaults to `/expires_at`, if that is there. */
  expiresAtPointer?: string | undefined
  /** Where `{ "refresh_token": … }` is posted for a new token. Such refresh tokens are taken to work once. Defaults to none. */
  refreshUrl?: string | undefined
  /** What the token is stored under, together with `url`. Defaults to a keyed hash of `body` and `headers`. */
  account?: string | undefined
  /** What stands before the token in an `Authorization` header. Defaults to `Bearer`. */
  scheme?: string | undefined
}

/** A client of an OAuth 2.0 authorization server (RFC 6749). */
export interface OAuth2Options {
  /** The token endpoint. Either this or `issuer`, or both. */
  tokenUrl?: string | undefined
  /** The authorization server, whose metadata (RFC 8414, OpenID Connect Discovery) names the endpoints that are not given. */
  issuer?: string | undefined
  /** Who the client is to the server. */
  clientId: string
  /** Its secret. Defaults to none: a public client. */
  clientSecret?: string | undefined
  /** How the client says who it is: in the Authorization header, or in the body. Defaults to `basic` with a secret, else to `post`. */
  clientAuth?: 'basic' | 'post' | undefined
  /** Where `logout()` revokes the session (RFC 7009). Defaults to what the issuer's metadata names, if that is known. */
  revocationUrl?: string | undefined
  /** `refresh_token` knows no login: its first tokens come from outside, as `refreshToken`, by `tokenkeep import` or from `fallbackEnv`. */
  grant: 'client_credentials' | 'refresh_token'
  /**
   * The first refresh token. It is taken to work once, so it is sent only where nobody is known to have sent it; from then on the
   * session's own counts. Keep sessions in a {@link fileStore}, or the next process has nothing but this spent one.
   */
  refreshToken?: string | undefined
  /** What the token is for, separated by spaces. Defaults to what the server gives unasked. */
  scope?: string | undefined
  /** Whom the token is for, where the server wants to be told. */
  audience?: string | undefined
  /** A name for whoever the tokens belong to; they are stored under it, together with all of the above. Defaults to `clientId`. */
  account?: string | undefined
}
