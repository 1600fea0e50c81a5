/// <reference lib="esnext.disposable" />

/**
 * Names the generation of Baserow that the server speaks.
 *
 * `'modern'`: 1.13 and later (`email`, a pair of access and refresh token).
 * `'1.6'`: 1.6 to 1.12 (`username` only, 201, one refreshable token, 400 `non_field_errors`).
 * `'1.5'`: 1.5 and before (as `'1.6'`, with 200).
 */
type BaserowDialect = 'modern' | '1.6' | '1.5';
/** Describes an account of the server. */
interface TestUser {
    /** Signs the user in; compared as Baserow does: NFKC, trimmed, lower case. */
    email: string;
    /** Is trimmed, as Baserow does when a user registers. */
    password: string;
    /** Default true. */
    active?: boolean | undefined;
    /** Is the six-digit code that the second factor accepts; setting it switches two-factor login on. */
    totp?: string | undefined;
    /** Refuses the `totp` code when it was the last one used, as Baserow 2.x does. Default false. */
    totpSingleUse?: boolean | undefined;
    /** Are accepted in place of the code, once each. Default none. */
    backupCodes?: readonly string[] | undefined;
    /** Default true; false: the login answers `ERROR_EMAIL_VERIFICATION_REQUIRED`. */
    emailVerified?: boolean | undefined;
    /** Exempts from throttling and from the e-mail and password-login rules. Default false. */
    staff?: boolean | undefined;
    /** False: the API answers 400 `ERROR_USER_NOT_IN_GROUP`. Default true. */
    member?: boolean | undefined;
}
/** Limits the API requests that one user may have under way at once (contract §6). */
interface ThrottleOptions {
    /** Is how many requests of one user run at once; the next one is answered 429. */
    concurrent: number;
    /** Is sent as `Retry-After`, in seconds; null: no such header, as in 2.x. Default 29. */
    retryAfterSeconds?: number | null | undefined;
    /** Refuses the throttled token for this long, in milliseconds, as 2.x can. Default 0: never. */
    blacklistMs?: number | undefined;
}
/** Sets what a running server may change with `configure()`. */
interface BaserowServerSettings {
    /** Default `'modern'`. */
    dialect?: BaserowDialect | undefined;
    /** Is the life of an access token, in milliseconds. Default 600_000; in the old dialects 3_600_000. */
    accessLifetimeMs?: number | undefined;
    /** Is the life of a refresh token, in milliseconds; in the old dialects how long one login can be refreshed. Default 604_800_000 (7 days). */
    refreshLifetimeMs?: number | undefined;
    /** Chooses how `exp` and `iat` are written. Default `'whole'`, or `'fractional'` when a lifetime is no whole number of seconds. */
    numericDates?: 'whole' | 'fractional' | undefined;
    /** Passes before each request is handled, in milliseconds. Default 0. */
    latencyMs?: number | undefined;
    /** Is the server's clock minus this machine's, in milliseconds; `iat`, `exp` and the `Date` header follow it. Default 0. */
    clockOffsetMs?: number | undefined;
    /** Leaves `exp` out of access tokens; they still die after `accessLifetimeMs`. Default false. */
    omitExp?: boolean | undefined;
    /** Makes access tokens random strings instead of JWTs. Default false. */
    opaque?: boolean | undefined;
    /** False: only staff may log in with a password (`ERROR_AUTH_PROVIDER_DISABLED`). Default true. */
    passwordLogin?: boolean | undefined;
    /** Limits concurrent API requests per user; false switches it off. Default false. */
    throttle?: ThrottleOptions | false | undefined;
    /** Is how many second-factor attempts an account has per minute; `Infinity`: no limit. Default 10. */
    twoFactorAttemptsPerMinute?: number | undefined;
    /** Answers 400 to any other `Host` (names without port). Default: every host is welcome. */
    allowedHosts?: readonly string[] | undefined;
    /** Sends the CORS headers to requests with an `Origin`. Default true. */
    cors?: boolean | undefined;
}
/** Sets up a server with `startBaserow()`. */
interface BaserowServerOptions extends BaserowServerSettings {
    /** Default: one user, `DEFAULT_USER`. */
    users?: readonly TestUser[] | undefined;
    /** Speaks HTTPS with this key and certificate, both PEM. Default: plain HTTP. */
    tls?: {
        key: string;
        cert: string;
    } | undefined;
    /** Is the address to listen on. Default `'127.0.0.1'`. */
    host?: string | undefined;
    /** Is the port to listen on; 0: a free one. Default 0. */
    port?: number | undefined;
    /** Signs the tokens; give two servers the same one and each takes the other's tokens. Default: random. */
    signingKey?: string | undefined;
}
/** Signs in to a server that was started without `users`. */
declare const DEFAULT_USER: {
    email: string;
    password: string;
};

/** Signs `claims` as a JWT with HS256; without `key` no `startBaserow()` server takes it, with `server.signingKey` that server does. */
declare function signJwt(claims: object, key?: string): string;

/** Names what a request is for; `'api'` is the endpoints that need an access token. */
type Endpoint = 'login' | 'refresh' | 'verify' | 'blacklist' | 'two-factor' | 'api';
/** Describes one way for a server to fail. */
type Fault = 
/** Answers as with PostgreSQL down: a 500 page, but still 401 for an API token that is no good. For Redis down, set it for `'login'` only. */
{
    kind: 'outage';
}
/** Answers with any status; an object as body is sent as JSON. */
 | {
    kind: 'status';
    status: number;
    body?: string | object | undefined;
    headers?: Record<string, string> | undefined;
}
/** Answers 429 as the throttle does; `retryAfterSeconds` default 29, null: without the header, as 2.x. */
 | {
    kind: 'throttled';
    retryAfterSeconds?: number | null | undefined;
}
/** Answers 401 `PERMISSION_DENIED`, which says nothing against the token. */
 | {
    kind: 'permission-denied';
}
/** Never answers. */
 | {
    kind: 'hang';
}
/** Resets the connection in place of an answer; the request has had no effect. */
 | {
    kind: 'reset';
}
/** Handles the request, sends the head and half of the body, resets the connection. */
 | {
    kind: 'torn';
}
/** Handles the request this much later, in milliseconds. */
 | {
    kind: 'slow';
    ms: number;
}
/** Handles the request and sends the body bit by bit: `bytes` (default 1) every `everyMs` milliseconds (default 20). */
 | {
    kind: 'trickle';
    bytes?: number | undefined;
    everyMs?: number | undefined;
}
/** Answers 200 with HTML. */
 | {
    kind: 'not-json';
}
/** Answers 200 with JSON that has no token in it. */
 | {
    kind: 'no-token';
}
/** Answers an error (default 400) whose body has the request's body in it, password and all. */
 | {
    kind: 'echo';
    status?: number | undefined;
}
/** Answers 302 (or `status`) to `location`; default: a path of this server, so that `requests` shows who follows. */
 | {
    kind: 'redirect';
    location?: string | undefined;
    status?: number | undefined;
}
/** Answers 200 with a JSON body of this many bytes (default 64 MiB). */
 | {
    kind: 'huge';
    bytes?: number | undefined;
};
/** Names the faults that need no further word. */
type FaultKind = Exclude<Fault['kind'], 'status' | 'slow'>;

/** Counts what has arrived since the start or the last `reset()`. */
interface BaserowCounters {
    /** Counts sessions handed out: accepted logins, and second factors that completed one. */
    readonly logins: number;
    /** Counts requests to token-auth, whatever their answer. */
    readonly loginRequests: number;
    /** Counts accepted refreshes. */
    readonly refreshes: number;
    /** Counts requests to token-refresh, whatever their answer. */
    readonly refreshRequests: number;
    /** Counts requests to two-factor-auth/verify, whatever their answer. */
    readonly twoFactorRequests: number;
    /** Counts requests to token-blacklist, whatever their answer. */
    readonly blacklistRequests: number;
    /** Counts requests to token-verify, whatever their answer. */
    readonly verifyRequests: number;
    /** Counts requests to the database endpoints, whatever their answer. */
    readonly apiRequests: number;
    /** Counts connections accepted, open or not. */
    readonly connections: number;
    /** Is the most requests that were under way at once. */
    readonly maxConcurrent: number;
}
/** Is one request as it arrived. */
interface RecordedRequest {
    readonly method: string;
    /** Includes the query. */
    readonly path: string;
    /** Has lower-case names. */
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    /** Is the body as text. */
    readonly body: string;
    /** Is when it arrived by this machine's clock, in milliseconds since the epoch. */
    readonly at: number;
}
/** Changes one account of a running server. */
interface BaserowUser {
    /** Is the `user_id` claim of the account's tokens. */
    readonly id: number;
    /** Is the address as the server normalised it. */
    readonly email: string;
    /**
     * Sets another password; every token issued before dies (but not in the old dialects).
     * A real Baserow compares whole seconds, so tokens of the very second of the change survive: `spareSameSecond: true` does likewise (default false).
     */
    changePassword(password: string, options?: {
        spareSameSecond?: boolean | undefined;
    }): void;
    /** Disables the account: logins and refreshes are 401, its access tokens get a 500 page. */
    deactivate(): void;
    /** Undoes `deactivate()`. */
    activate(): void;
    /** Deletes the account for good; its id is not used again. */
    remove(): void;
    /** Starts the deletion's grace time: refreshes are 401, access tokens work, a login cancels it. */
    scheduleDeletion(): void;
    /** Sets whether the e-mail address counts as verified. */
    setEmailVerified(verified: boolean): void;
    /** Sets the code that the second factor accepts; undefined switches two-factor login off. */
    setTotp(code: string | undefined): void;
    /** Sets whether the user belongs to the workspace of the example table. */
    setMember(member: boolean): void;
}
/** Is a running server: see `startBaserow()`. */
interface BaserowServer {
    /** Is the origin, such as `http://127.0.0.1:41234`. */
    readonly url: string;
    /** Is `url` with `/api`. */
    readonly baseUrl: string;
    /** Is live: the numbers go on counting. */
    readonly counters: BaserowCounters;
    /** Holds the last 1000 requests, oldest first; it is live. */
    readonly requests: readonly RecordedRequest[];
    /** Signs the tokens: `signJwt(claims, server.signingKey)` makes one that the server accepts. */
    readonly signingKey: string;
    /** Is the server's clock, in milliseconds since the epoch. */
    now(): number;
    /** Changes settings from the next request on; undefined leaves a setting as it is. */
    configure(changes: BaserowServerSettings): void;
    /** Finds an account by its address; throws when there is none. */
    user(email: string): BaserowUser;
    /** Adds an account; throws when the address is taken. */
    addUser(user: TestUser): BaserowUser;
    /**
     * Lets the next `times` requests (default 1; `Infinity`: until `clearFaults()`) to `endpoint` (default: any) meet this fault.
     * Of several faults that fit a request, the one set first is used.
     */
    fail(fault: FaultKind | Fault, options?: {
        endpoint?: Endpoint | undefined;
        times?: number | undefined;
    }): void;
    /** Forgets all faults; requests that already hang go on hanging. */
    clearFaults(): void;
    /** Kills every token, as a change of the signing key does. */
    revokeAll(): void;
    /** Sets the counters to zero and forgets the requests. */
    reset(): void;
    /** Lets the process end while the server still listens. */
    unref(): void;
    /** Stops listening and closes every connection, hanging ones too. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server that answers as Baserow does, with real sockets; resolves when it listens. */
declare function startBaserow(options?: BaserowServerOptions): Promise<BaserowServer>;

/** Limits the logins that are let through. */
interface LoginRateLimit {
    /** Is how many requests to the login are let through in a window; the next one is answered 429. */
    logins: number;
    /** Is the length of the sliding window, in milliseconds. Default 3_600_000: an hour. */
    windowMs?: number | undefined;
    /** Chooses how `Retry-After` is written (RFC 9110 §10.2.3); null: no such header. Default `'seconds'`. */
    retryAfter?: 'seconds' | 'date' | null | undefined;
}
/** Logs in with `username` and `password`. */
interface TokenServerUser {
    username: string;
    password: string;
}
/** Sets what a running token server may change with `configure()`. */
interface TokenServerSettings {
    /** Are accepted as `api_key` of a login. Default: `DEFAULT_KEY`, unless there are `users`. */
    keys?: readonly string[] | undefined;
    /** Log in with `username` and `password`. Default none. */
    users?: readonly TokenServerUser[] | undefined;
    /** Is the life of an access token, in milliseconds. Default 900_000. */
    accessLifetimeMs?: number | undefined;
    /** Is the life of a refresh token, in milliseconds. Default 2_592_000_000 (30 days). */
    refreshLifetimeMs?: number | undefined;
    /** Makes access tokens random strings instead of JWTs. Default false. */
    opaque?: boolean | undefined;
    /** False: a login answers without a refresh token. Default true. */
    refreshTokens?: boolean | undefined;
    /** False: a refresh token works until it expires, and a refresh answers without a new one. Default true. */
    rotation?: boolean | undefined;
    /** Leaves `expires_in` out of the answers. Default false. */
    omitExpiresIn?: boolean | undefined;
    /** Passes before a login is handled, in milliseconds: a headless browser takes 10_000. Default 0. */
    loginDelayMs?: number | undefined;
    /** Passes before a refresh, or a request to `/oauth2/token`, is handled, in milliseconds. Default 0. */
    refreshDelayMs?: number | undefined;
    /** Passes before each request is handled, in milliseconds; delays of their own come on top. Default 0. */
    latencyMs?: number | undefined;
    /** Is the server's clock minus this machine's, in milliseconds; `iat`, `exp` and the `Date` header follow it. Default 0. */
    clockOffsetMs?: number | undefined;
    /** Sends the CORS headers to requests with an `Origin`, and answers preflights. Default true. */
    cors?: boolean | undefined;
    /** Limits the logins; false switches it off. Default false. */
    rateLimit?: LoginRateLimit | false | undefined;
}
/** Sets up a server with `startTokenServer()`. */
interface TokenServerOptions extends TokenServerSettings {
    /** Speaks HTTPS with this key and certificate, both PEM. Default: plain HTTP. */
    tls?: {
        key: string;
        cert: string;
    } | undefined;
    /** Is the address to listen on. Default `'127.0.0.1'`. */
    host?: string | undefined;
    /** Is the port to listen on; 0: a free one. Default 0. */
    port?: number | undefined;
}
/** Logs in at a token server that was started without `keys` and `users`. */
declare const DEFAULT_KEY = "a-key-that-opens-test-servers-only";

/**
 * Names a moment of an exchange. `'connect'`: the connection is there, and nothing has been read. `'handshake'` (TLS only): half of our
 * hello has been sent. `'request'`: the request is here, and nothing has been sent. `'head'`, `'body'`: half of that has been sent.
 * `'end'`: all has been sent, of an answer that states no length, so that only the end of the connection would complete it.
 */
type Moment = 'connect' | 'handshake' | 'request' | 'head' | 'body' | 'end';
/** Names what never ends: chunks of a body, a body that states no length, a status line, one header, headers, 1xx answers, trailers. */
type Endless = 'chunks' | 'body' | 'status' | 'header' | 'headers' | 'interim' | 'trailers';
/** Describes one way for a connection to fail. */
type NetworkFault = 
/** Says nothing more, and leaves the connection open. `at` default `'request'`, here and below. */
{
    kind: 'hang';
    at?: Moment | undefined;
}
/** Resets the connection (RST: the client sees ECONNRESET). */
 | {
    kind: 'reset';
    at?: Moment | undefined;
}
/** Says that nothing more will come (FIN), and goes on reading; `abruptly`: under TLS without the goodbye that tells an end from a cut. */
 | {
    kind: 'fin';
    at?: Moment | undefined;
    abruptly?: boolean | undefined;
}
/** Sends the answer bit by bit, its head too: `bytes` (default 1) every `everyMs` milliseconds (default 20). */
 | {
    kind: 'trickle';
    bytes?: number | undefined;
    everyMs?: number | undefined;
}
/** States a length that is `by` bytes off, or whatever `says` says, and then leaves the connection open. */
 | {
    kind: 'length';
    by?: number | undefined;
    says?: string | readonly string[] | undefined;
}
/** Sends one part of an answer for ever, no faster than the client reads. */
 | {
    kind: 'endless';
    of: Endless;
}
/** Answers with blanks, `bytes` of them (default 1 GiB), and then the answer, compressed with gzip; `layers` (default 1) times over. */
 | {
    kind: 'bomb';
    bytes?: number | undefined;
    layers?: number | undefined;
}
/** Answers with `count` more headers (default 100_000) whose values have `bytes` bytes each (default 16). */
 | {
    kind: 'headers';
    count?: number | undefined;
    bytes?: number | undefined;
}
/** Sends the answer, and in the same breath a second one (default: a copy) that nobody has asked for. */
 | {
    kind: 'twice';
    second?: string | Uint8Array | undefined;
}
/** Sends just these bytes in place of an answer; `then` default `'fin'`. */
 | {
    kind: 'raw';
    bytes: string | Uint8Array;
    then?: 'fin' | 'hang' | 'reset' | undefined;
}
/** Answers the client's TLS with plain HTTP. */
 | {
    kind: 'not-tls';
}
/** Shows another certificate, PEM. */
 | {
    kind: 'certificate';
    key: string;
    cert: string;
};
/** Names the faults that need no further word. */
type NetworkFaultKind = Exclude<NetworkFault['kind'], 'endless' | 'length' | 'raw' | 'certificate'>;

/** Sets up a server with `startFaultServer()`. */
interface FaultServerOptions {
    /** Is the origin of a plain-HTTP server that gives the answers, such as the `url` of a `startBaserow()`. Without one `answer` is all there is. */
    upstream?: string | undefined;
    /** Is the body of a good answer where there is no `upstream`: JSON text, or an object that becomes it. Default `{}`. */
    answer?: string | object | undefined;
    /** Speaks HTTPS with this key and certificate, both PEM. Default: plain HTTP. */
    tls?: {
        key: string;
        cert: string;
    } | undefined;
    /** Is the address to listen on. Default `'127.0.0.1'`. */
    host?: string | undefined;
    /** Is the port to listen on; 0: a free one. Default 0. */
    port?: number | undefined;
}
/** Counts what has come and gone since the start. */
interface FaultServerCounters {
    /** Counts connections accepted, open or not. */
    readonly connections: number;
    /** Counts requests that have arrived in full. */
    readonly requests: number;
    /** Counts bytes sent: how much of something endless a client has taken, and what lay in the buffers on the way. */
    readonly bytesSent: number;
}
/** Is a running server: see `startFaultServer()`. */
interface FaultServer {
    /** Is the origin, such as `http://127.0.0.1:41234`. */
    readonly url: string;
    /** Is what it has counted by now. */
    readonly counters: FaultServerCounters;
    /** Holds the last 1000 requests, oldest first; it is live. */
    readonly requests: readonly RecordedRequest[];
    /**
     * Lets the next `times` (default 1; `Infinity`: until `clearFaults()`) requests, or for faults of a connection the next so many
     * connections, meet this fault. Such a fault hangs up on whoever is connected and silent, so that the next request needs a connection.
     */
    fail(fault: NetworkFaultKind | NetworkFault, options?: {
        times?: number | undefined;
    }): void;
    /** Forgets all faults; connections that already hang go on hanging. */
    clearFaults(): void;
    /** Lets the process end while the server still listens. */
    unref(): void;
    /** Stops listening and closes every connection, hanging ones too. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server that fails below HTTP: hung, reset and half-closed connections, slow and endless answers, wrong lengths, bombs,
 * broken TLS. Without a fault it answers as its `upstream` does. Resolves when it listens.
 */
declare function startFaultServer(options?: FaultServerOptions): Promise<FaultServer>;

/** Names what a request to a token server is for. */
type TokenEndpoint = 'login' | 'refresh' | 'token' | 'revoke' | 'api';
/** Counts what has arrived at a token server since the start or the last `reset()`. */
interface TokenServerCounters {
    /** Counts accepted logins. */
    readonly logins: number;
    /** Counts requests to `/auth/token`, whatever their answer. */
    readonly loginRequests: number;
    /** Counts accepted refreshes. */
    readonly refreshes: number;
    /** Counts requests to `/auth/refresh`, whatever their answer. */
    readonly refreshRequests: number;
    /** Counts requests to `/oauth2/token`, whatever their answer. */
    readonly tokenRequests: number;
    /** Counts requests to `/oauth2/revoke`, whatever their answer. */
    readonly revokeRequests: number;
    /** Counts one-time refresh tokens that came a second time; each has cost its session. */
    readonly reuses: number;
    /** Counts logins and refreshes refused for what they were paid with, reuses among them. */
    readonly rejected: number;
    /** Counts logins answered 429 by the rate limit. */
    readonly rateLimited: number;
    /** Counts requests to `/api/me`, whatever their answer. */
    readonly apiRequests: number;
    /** Counts requests to `/api/me` without a live access token. */
    readonly apiRejected: number;
    /** Counts connections accepted, open or not. */
    readonly connections: number;
    /** Is the most requests that were under way at once. */
    readonly maxConcurrent: number;
}
/** Is a running server: see `startTokenServer()`. */
interface TokenServer {
    /** Is the origin, such as `http://127.0.0.1:41234`. */
    readonly url: string;
    /** Is where `POST {"api_key":…}` or `{"username":…,"password":…}` brings tokens. */
    readonly loginUrl: string;
    /** Is where `POST {"refresh_token":…}` brings new ones. */
    readonly refreshUrl: string;
    /** Is where OAuth 2.0 forms bring tokens: `client_credentials` with a key as the secret, `refresh_token` with or without. */
    readonly tokenUrl: string;
    /** Is where OAuth 2.0 forms revoke them (RFC 7009). */
    readonly revocationUrl: string;
    /** Is what `GET` with a live access token answers with the account's name. */
    readonly apiUrl: string;
    /** Is live: the numbers go on counting. */
    readonly counters: TokenServerCounters;
    /** Holds the last 1000 requests, oldest first; it is live. */
    readonly requests: readonly RecordedRequest[];
    /** Is the server's clock, in milliseconds since the epoch. */
    now(): number;
    /** Changes settings from the next request on; undefined leaves a setting as it is. */
    configure(changes: TokenServerSettings): void;
    /**
     * Lets the next `times` requests (default 1; `Infinity`: until `clearFaults()`) to `endpoint` (default: any) meet this fault.
     * Of several faults that fit a request, the one set first is used.
     */
    fail(fault: FaultKind | Fault, options?: {
        endpoint?: TokenEndpoint | undefined;
        times?: number | undefined;
    }): void;
    /** Forgets all faults; requests that already hang go on hanging. */
    clearFaults(): void;
    /** Kills every access token; refresh tokens live on. */
    revokeAccessTokens(): void;
    /** Kills every session: access and refresh tokens. */
    revokeAll(): void;
    /** Sets the counters to zero and forgets the requests; the rate limit forgets nothing. */
    reset(): void;
    /** Lets the process end while the server still listens. */
    unref(): void;
    /** Stops listening and closes every connection, hanging ones too. */
    close(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server with a JSON login, OAuth 2.0, one-time refresh tokens and an API, with real sockets; resolves when it listens. */
declare function startTokenServer(options?: TokenServerOptions): Promise<TokenServer>;

/** Where sessions are kept. Made by {@link memoryStore}, {@link fileStore} or {@link customStore}; its inside is not public. */
interface Store {
    readonly kind: string;
}
/**
 * A store of your own, for {@link customStore}: four functions over texts that lie under keys.
 *
 * A key is `tokenkeep-`, the kind of the provider, a hyphen and 32 hex digits: letters, digits and hyphens, 64 at most, the same on
 * every host. A text is one JSON object of at most 256 KiB with tokens in it, so it is a secret; it is loaded as it was saved. A
 * generation is a whole number up to 2^53 - 1, which grows with every save of a key. It is kept beside the text, because
 * `save` and `clear` compare with it.
 *
 * Whatever fails here (it throws, it rejects, it never settles, it answers something else) costs one warning and never a
 * `getToken()`: the manager goes on with its memory alone, and tries again at the next renewal. Messages of errors reach the log, without
 * the tokens that we know; keep other secrets out of them.
 */
interface StoreCallbacks {
    /** Resolves to the text under `key`, `null` when nothing is there. Must see what was saved last, so reads no replica that lags. */
    load(key: string): Promise<string | null>;
    /**
     * Writes `record` as `generation`, in one step and only if the generation that is stored is still `expected` (`null`: nothing is
     * stored under `key`). Resolves to whether it did, once a crash cannot lose it any more.
     */
    save(key: string, record: string, expected: number | null, generation: number): Promise<boolean>;
    /** Removes what is under `key`, in one step and only if its generation is still `expected`. Resolves to whether it did. */
    clear(key: string, expected: number): Promise<boolean>;
    /**
     * Waits until `key` is this caller's alone among all who use the store, and resolves to the function that lets go of it, which is
     * called exactly once. Rejects when `timeoutMs` are over; `signal` fires then, and when nobody waits any more. Must free
     * itself when its holder dies, but not within the holder's `deadlineMs`. Without it every process renews for itself, and those
     * with one-time refresh tokens lose their session when two renew at once.
     */
    lock?: ((key: string, options: {
        timeoutMs: number;
        signal: AbortSignal;
    }) => Promise<() => Promise<void> | void>) | undefined;
}

/** One promise of the contract, for whatever runner: `test(name, run)`. */
interface StoreCase {
    readonly name: string;
    /** Rejects with an `Error` that says what was promised, expected and got. */
    readonly run: () => Promise<void>;
}

/**
 * The smallest store that keeps the whole contract, in the memory of one process: something to read, to start from, and to
 * break on purpose.
 */
declare function memoryCallbacks(): StoreCallbacks & {
    lock: NonNullable<StoreCallbacks['lock']>;
};

/** Says what kind of store `storeContract` is given. */
interface StoreContractOptions {
    /** Is what `makeStore` gives: what `customStore()` takes, or a finished store. Default `'callbacks'`. */
    kind?: 'callbacks' | 'store' | undefined;
    /** False: there is no `lock`, so managers do not take turns. Default true. */
    locks?: boolean | undefined;
    /** False: sessions leave with the last manager, as those of `memoryStore()` do. Default true. */
    outlivesManagers?: boolean | undefined;
    /** Is called after each case with what `makeStore` gave. Default nothing. */
    close?: ((made: never) => Promise<void> | void) | undefined;
    /** Is how long one call of the store may take, in milliseconds. Default 5_000. */
    patienceMs?: number | undefined;
}
/**
 * What is promised of a store, one case per promise, for the runner of your choice:
 *
 *     for (const { name, run } of storeContract(() => myCallbacks())) test(name, run)
 *
 * `makeStore` is called once per case. It may give a new store or the same again: keys begin with `tokenkeep-contract-` and are drawn at
 * random, and accounts are new ones. Cases that are about managers start a server of their own on loopback.
 */
declare function storeContract(makeStore: () => StoreCallbacks | Store | Promise<StoreCallbacks | Store>, options?: StoreContractOptions): StoreCase[];

export { DEFAULT_KEY, DEFAULT_USER, memoryCallbacks, signJwt, startBaserow, startFaultServer, startTokenServer, storeContract };
export type { BaserowCounters, BaserowDialect, BaserowServer, BaserowServerOptions, BaserowServerSettings, BaserowUser, Endless, Endpoint, Fault, FaultKind, FaultServer, FaultServerCounters, FaultServerOptions, LoginRateLimit, Moment, NetworkFault, NetworkFaultKind, RecordedRequest, StoreCase, StoreContractOptions, TestUser, ThrottleOptions, TokenEndpoint, TokenServer, TokenServerCounters, TokenServerOptions, TokenServerSettings, TokenServerUser };
