/// <reference lib="esnext.disposable" />

/** An answer of an API, as far as it can say something about the token that was sent. */
interface ApiAnswer {
    status: number;
    headers: Headers | Record<string, string | readonly string[] | undefined>;
    /** As text, as bytes or parsed from JSON. Leave it out when it cannot be read; an empty one says as little. */
    body?: unknown;
}

/** The kind of a failure. `docs/errors.md` has a heading for each. */
type TokenErrorCode = 'NOT_CONFIGURED' | 'INVALID_CREDENTIALS' | 'TWO_FACTOR_REQUIRED' | 'UNEXPECTED_STATUS' | 'RATE_LIMITED' | 'SERVER_ERROR' | 'BAD_RESPONSE' | 'NETWORK' | 'TIMEOUT' | 'COOLING_DOWN' | 'SCOPE_NOT_GRANTED' | 'STORE' | 'CLOSED' | 'INVALID_OPTION';
/** What a {@link TokenError} is made of. */
interface TokenErrorOptions {
    code: TokenErrorCode;
    message: string;
    /** The HTTP status a bridge should answer with. Defaults to the code's own. */
    statusCode?: number | undefined;
    /** How long the server asked to be left alone, in milliseconds. */
    retryAfterMs?: number | undefined;
    /** What went wrong underneath. */
    cause?: unknown;
}
/**
 * A renewal that failed, or a manager that cannot be used. Its message says what failed, for which account and host, and
 * never shows a password, a token or a whole response body.
 */
declare class TokenError extends Error {
    /** What kind of failure it is. */
    readonly code: TokenErrorCode;
    /** The HTTP status a bridge should answer with. */
    readonly statusCode: number;
    /** Can the same call succeed in a moment? */
    readonly retryable: boolean;
    /** How long to wait before that, in milliseconds, where the server said so. */
    readonly retryAfterMs?: number;
    constructor(options: TokenErrorOptions);
    static [Symbol.hasInstance](value: unknown): boolean;
}
/** What code written against the pure-TypeScript Baserow manager catches. */
declare class BaserowAuthError extends TokenError {
    constructor(message: string, statusCode: number, options?: {
        code?: TokenErrorCode | undefined;
        retryAfterMs?: number | undefined;
        cause?: unknown;
    });
    static [Symbol.hasInstance](value: unknown): boolean;
}

/** Milliseconds since the Unix epoch, like `Date.now()`. */
type EpochMs = number;

/** Where a token came from. */
type TokenSource = 'login' | 'refresh' | 'store' | 'environment' | 'backup';
/** How an account is doing. */
interface TokenStatus {
    /** `expiring` is due for a renewal; `empty` is no token; `disabled` is the stub. */
    state: 'disabled' | 'empty' | 'valid' | 'expiring' | 'expired';
    /** Whose token it is; `null` for the stub. */
    account: string | null;
    /** Where the current token came from; `null` when there is none. */
    source: TokenSource | null;
    /** When the current token expires; `null` when there is none. */
    expiresAt: EpochMs | null;
    /** From when on the token is renewed. `null` when there is none. */
    refreshAt: EpochMs | null;
    /** When the stored session was received; `null` where it is in memory alone. */
    savedAt: EpochMs | null;
    /** Is a renewal under way? */
    renewing: boolean;
    /** The server's clock minus ours, measured at the last login; `null` where unknown. */
    clockSkewMs: number | null;
    /** Scopes that the session has tokens for. */
    scopes: string[];
    /** Where the session is stored, as a person would look it up; `null` where it is in memory alone. */
    location: string | null;
    /** The last ten renewals, newest first. */
    recent: {
        at: EpochMs;
        how: TokenSource;
        durationMs: number;
        error?: TokenErrorCode;
    }[];
    /** The last failure, also after a success; `null` before the first. */
    lastError: {
        code: TokenErrorCode;
        message: string;
        at: EpochMs;
    } | null;
    /** How often each of these has happened. */
    counters: {
        logins: number;
        refreshes: number;
        failures: number;
        storeHits: number;
        invalidations: number;
    };
}

/** What a manager tells its listeners. */
type TokenEventName = 'login' | 'refresh' | 'restore' | 'invalidate' | 'failure';
/** One thing that happened. */
interface TokenEvent {
    name: TokenEventName;
    account: string;
    at: EpochMs;
    /** How long the renewal took. */
    durationMs?: number;
    /** When the new token expires. */
    expiresAt?: EpochMs;
    /** Where the token came from; of a `failure`, what was tried last. */
    source?: TokenSource;
    /** Of a `failure`. */
    error?: TokenError;
    /** Everything that the renewal tried, in order, whatever came of it. */
    attempts?: TokenAttempt[];
}
/** One try within a renewal, its repetitions included. */
interface TokenAttempt {
    how: TokenSource;
    durationMs: number;
    error?: TokenErrorCode;
}

/** A service that gives out tokens, and who we are to it. Made by {@link baserow}, {@link jsonLogin}, {@link oauth2} or {@link custom}; its inside is not public. */
interface Provider {
    readonly kind: string;
}
/** One user of one Baserow. */
interface BaserowOptions {
    /** Includes `/api`; one trailing slash is ignored. */
    baseUrl: string;
    /** Of the user; two spellings that Baserow takes for one are one account. */
    email: string;
    password: string;
    /** For accounts with two-factor authentication: called for a fresh code at each login. Defaults to none. */
    totp?: (() => string | Promise<string>) | undefined;
}
/** A JSON endpoint that answers a POST with a token. JSON pointers are those of RFC 6901, into its answer. */
interface JsonLoginOptions {
    /** Where to log in. */
    url: string;
    /** The JSON object that is posted there. */
    body: Record<string, unknown>;
    /** Sent with the login and the refresh. Defaults to none. */
    headers?: Record<string, string> | undefined;
    /** Where the answer has the token. Defaults to `/token` or `/access_token`, whichever is there. */
    tokenPointer?: string | undefined;
    /** Where it has the refresh token. Defaults to `/refresh_token`, if that is there. */
    refreshTokenPointer?: string | undefined;
    /** Where it has the lifetime, in seconds. Defaults to `/expires_in`, if that is there. */
    expiresInPointer?: string | undefined;
    /** Where it has the expiry, in seconds since the epoch or as RFC 3339. Defaults to `/expires_at`, if that is there. */
    expiresAtPointer?: string | undefined;
    /** Where `{ "refresh_token": … }` is posted for a new token. Such refresh tokens are taken to work once. Defaults to none. */
    refreshUrl?: string | undefined;
    /** What the token is stored under, together with `url`. Defaults to a keyed hash of `body` and `headers`. */
    account?: string | undefined;
    /** What stands before the token in an `Authorization` header. Defaults to `Bearer`. */
    scheme?: string | undefined;
}
/** A client of an OAuth 2.0 authorization server (RFC 6749). */
interface OAuth2Options {
    /** The token endpoint. Either this or `issuer`, or both. */
    tokenUrl?: string | undefined;
    /** The authorization server, whose metadata (RFC 8414, OpenID Connect Discovery) names the endpoints that are not given. */
    issuer?: string | undefined;
    /** Who the client is to the server. */
    clientId: string;
    /** Its secret. Defaults to none: a public client. */
    clientSecret?: string | undefined;
    /** How the client says who it is: in the Authorization header, or in the body. Defaults to `basic` with a secret, else to `post`. */
    clientAuth?: 'basic' | 'post' | undefined;
    /** Where `logout()` revokes the session (RFC 7009). Defaults to what the issuer's metadata names, if that is known. */
    revocationUrl?: string | undefined;
    /** `refresh_token` knows no login: its first tokens come from outside, as `refreshToken`, by `tokenkeep import` or from `fallbackEnv`. */
    grant: 'client_credentials' | 'refresh_token';
    /**
     * The first refresh token. It is taken to work once, so it is sent only where nobody is known to have sent it; from then on the
     * session's own counts. Keep sessions in a {@link fileStore}, or the next process has nothing but this spent one.
     */
    refreshToken?: string | undefined;
    /** What the token is for, separated by spaces. Defaults to what the server gives unasked. */
    scope?: string | undefined;
    /** Whom the token is for, where the server wants to be told. */
    audience?: string | undefined;
    /** A name for whoever the tokens belong to; they are stored under it, together with all of the above. Defaults to `clientId`. */
    account?: string | undefined;
}

/** pino's shape; `console` works too. `child` is used when it is there. */
interface Logger {
    debug(fields: object, message?: string): void;
    info(fields: object, message?: string): void;
    warn(fields: object, message?: string): void;
    error(fields: object, message?: string): void;
    child?: {
        of(bindings: object): Logger;
    }['of'] | undefined;
}

/** Where sessions are kept. Made by {@link memoryStore}, {@link fileStore} or {@link customStore}; its inside is not public. */
interface Store {
    readonly kind: string;
}
/** Where a {@link fileStore} keeps its files. */
interface FileStoreOptions {
    /** A folder, made when missing. Defaults to `TOKENKEEP_CACHE_DIR`, then the platform's cache folder. */
    dir?: string | undefined;
    /** One account, this very file. Excludes `dir`. */
    file?: string | undefined;
    /** 32 bytes, or their base64 or hex: the files are sealed with it (XChaCha20-Poly1305). Defaults to none. */
    encryptionKey?: string | Uint8Array | undefined;
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

/** How a manager reaches its server and how patient it is. */
interface TuningOptions {
    /** Where sessions outlive the process. Defaults to {@link memoryStore}. */
    store?: Store | undefined;
    /**
     * `'background'` renews ahead of time, whether anybody asks for a token or not, from the first token on: callers do not wait
     * while the server answers. That keeps no process alive, and ends when the manager is closed or collected. `'on-demand'` renews
     * when a caller comes. `TOKENKEEP_AUTO_REFRESH=false` in the environment switches the background off, and
     * `refreshIntervalSeconds` too. Defaults to `'on-demand'`.
     */
    refresh?: 'on-demand' | 'background' | undefined;
    /**
     * Also renews every so often, whatever the expiry says, the first time after one interval. That keeps no process alive, but it does keep
     * the manager: close it when it is of no more use. Defaults to off.
     */
    refreshIntervalSeconds?: number | undefined;
    /**
     * For what is worth retrying within one renewal (network, timeout, 429, 500, 502, 503, 504). `attempts` defaults to 1 for the
     * drop-in and {@link custom} and to 3 else, `baseDelayMs` to 200 (doubling, half of it left to chance), `maxDelayMs` to 5 000, which also bounds
     * the Retry-After that is waited for.
     */
    retry?: {
        attempts?: number | undefined;
        baseDelayMs?: number | undefined;
        maxDelayMs?: number | undefined;
    } | undefined;
    /** Name of an environment variable with base64 JSON tokens, used when refresh and login have failed. Defaults to none. */
    fallbackEnv?: string | undefined;
    /** Forces a lifetime where the server's answer has none, or caps the one it has. Defaults to none. */
    ttlSeconds?: number | undefined;
    /** For one HTTP attempt, or one call of a custom login. Defaults to 10 000; to 120 000 for {@link custom}. */
    timeoutMs?: number | undefined;
    /** For a whole renewal (refresh, login, second factor, retries) once it is this process's turn. Defaults to 30 000; to 150 000 for {@link custom}. */
    deadlineMs?: number | undefined;
    /** Extra trust (PEM or DER), a client certificate (PEM), and where roots come from. Defaults to bundled roots and NODE_EXTRA_CA_CERTS. */
    tls?: {
        ca?: string | Uint8Array | Array<string | Uint8Array> | undefined;
        cert?: string | undefined;
        key?: string | undefined;
        roots?: 'bundled' | 'system' | undefined;
    } | undefined;
    /** A proxy's URL, or `true` for HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Defaults to true; to none for the drop-in. */
    proxy?: string | boolean | undefined;
    /**
     * Sends all requests, instead of the native client: with your agent, through your mocks (msw, nock). `tls` and `proxy` are then its own
     * business. Defaults to none.
     */
    fetch?: typeof fetch | undefined;
    /** When a renewal fails, answer with the last token while it has not expired. Defaults to true. */
    serveStale?: boolean | undefined;
    /** Where log lines go. Defaults to nowhere. */
    logger?: Logger | undefined;
}

/** How a caller wants its token. */
interface GetTokenOptions {
    /** Gives up waiting (rejects with `signal.reason`), without cancelling the renewal that others share. */
    signal?: AbortSignal | undefined;
    /** Renews even if the current token is fresh; still one renewal for all who ask at once. Defaults to false. */
    forceRefresh?: boolean | undefined;
}
/** Keeps one account's token fresh. */
interface TokenManager {
    /** Resolves to a token that is good now. Cached, it costs no call into native code. */
    getToken(options?: GetTokenOptions): Promise<string>;
    /** False for the stub that stands in when there are no credentials. */
    isEnabled(): boolean;
    /** Returns the current token, with no check of its age and no I/O; `null` when there is none. */
    peek(): string | null;
    /**
     * Resolves to a token for a narrower audience (a guild, a workspace) that was handed out with the session. A session that
     * lacks it is renewed once; then it rejects with SCOPE_NOT_GRANTED, for a minute without asking again.
     */
    getScopedToken(scope: string, options?: GetTokenOptions): Promise<string>;
    /** Resolves to the value of an `Authorization` header, e.g. `JWT eyJ…`. */
    authorization(options?: GetTokenOptions): Promise<string>;
    /**
     * Forgets a token that the API refused (a 401). With `token`, only if it is still the current one, so that ten callers
     * with the same dead token cause one renewal, not ten; one for a narrower audience counts as its session's. The refresh token
     * stays.
     */
    invalidate(token?: string): Promise<void>;
    /**
     * Revokes the session at the server where it can be, and forgets it. Rejects when the server could not be told; the
     * session is forgotten even then.
     */
    logout(): Promise<void>;
    /**
     * Other credentials from now on (a rotated key, a changed password): the old session is forgotten, in the store too, before
     * the new ones are used. A renewal that is under way ends first.
     */
    replaceProvider(provider: Provider): Promise<void>;
    /** Resolves to the session as base64 JSON, the form that `fallbackEnv` and `tokenkeep import` read. It is a secret. */
    exportTokens(): Promise<string>;
    /** Tells how the account is doing. No I/O, no secret. */
    status(): TokenStatus;
    /**
     * Does this answer of the API say that the token is dead, and not merely that it may not do this? Each provider knows. Of Baserow's
     * answers only the body tells for certain; without one, its `WWW-Authenticate` has to.
     */
    isDeadToken(answer: ApiAnswer): boolean;
    /** Calls `listener` after each event of that name. One that throws or rejects is logged, and disturbs nobody. */
    on(event: TokenEventName, listener: (event: TokenEvent) => void): this;
    /** Takes a listener away. */
    off(event: TokenEventName, listener: (event: TokenEvent) => void): this;
    /** Starts nothing more and waits for what is under way; later calls reject with CLOSED. */
    close(): Promise<void>;
    /** Closes it, for `await using`. */
    [Symbol.asyncDispose](): Promise<void>;
}
/** One account of any provider. */
interface TokenManagerOptions extends TuningOptions {
    provider: Provider;
    /**
     * How long before its expiry a token is renewed: that many seconds, at most half of its lifetime, and then callers wait for the new
     * one. Or `'auto'`: 5, 15 or 60 minutes as suits the lifetime, while callers get the token at once and one renewal runs aside; they
     * wait in its last minute only. Defaults to `'auto'`.
     */
    refreshMarginSeconds?: number | 'auto' | undefined;
}

/** What code written against the pure-TypeScript manager relies on. */
interface BaserowJwtManager {
    getToken(options?: GetTokenOptions): Promise<string>;
    isEnabled(): boolean;
}
/** One user of one Baserow. Unknown keys are ignored. */
interface BaserowJwtManagerOptions extends TuningOptions {
    /** Includes `/api`; one trailing slash is ignored. */
    baseUrl: string;
    /** Of the user. Defaults to none, and then the manager is the disabled stub. */
    email?: string | undefined;
    /** Likewise. */
    password?: string | undefined;
    /** For accounts with two-factor authentication: called for a fresh code at each login. Defaults to none. */
    totp?: (() => string | Promise<string>) | undefined;
    /** How long before its expiry a token is renewed, as {@link TokenManagerOptions} has it. Defaults to 60. */
    refreshMarginSeconds?: number | 'auto' | undefined;
}

/** Tokens, as a login of your own brings them. */
interface TokenSet {
    token: string;
    refreshToken?: string | undefined;
    /**
     * Milliseconds since the epoch (a number below 1e11 is an error: those would be seconds), a Date, or RFC 3339. Defaults to the
     * token's own `exp` if it is a JWT, then to `ttlSeconds`, then to 55 minutes.
     */
    expiresAt?: EpochMs | Date | string | undefined;
    /** Tokens for narrower audiences (a guild, a workspace), by their names. */
    scoped?: Record<string, string> | undefined;
}
/**
 * A login of your own. Its functions run on the thread that made the manager, one at a time per account, also across the processes that share
 * a store. What they throw is the `cause` of a {@link TokenError}; thrown by them, a `TokenError` says what kind of failure it was.
 * One that waits for a token of its own manager waits for itself, until its time is up.
 */
interface CustomOptions {
    /** Whose tokens they are: what they are stored under, together with `issuer`. */
    account: string;
    /** Who issues them. Defaults to nobody. */
    issuer?: string | undefined;
    /** What the login uses (a password, a key), so that a change of it is a miss in the store; only a check of it is kept. */
    credential?: string | undefined;
    /** A full login. `signal` fires when its time is up; `previous` is the session before, with an empty token if it was invalidated. */
    login: (context: {
        signal: AbortSignal;
        previous: TokenSet | null;
    }) => Promise<TokenSet>;
    /** A refresh. If it fails in any way, `login` follows. Its refresh tokens are taken to work once. Defaults to none. */
    refresh?: ((context: {
        signal: AbortSignal;
        current: TokenSet;
    }) => Promise<TokenSet>) | undefined;
    /** Called by `logout()`. Defaults to none. */
    revoke?: ((current: TokenSet) => Promise<void>) | undefined;
    /** What stands before the token in an `Authorization` header. Defaults to `Bearer`. */
    scheme?: string | undefined;
}

/** Many accounts of any provider. The options that {@link TokenManagerOptions} has too are those of every account. */
interface TokenPoolOptions extends TuningOptions {
    /** Called once for each account that is seen; again for one that had to leave. It answers at once, and not with a promise. */
    provider: (account: string) => Provider;
    /**
     * Sessions in memory at most. About the least recently used leave, never one in flight or one whose handle somebody holds.
     * Defaults to 100 000.
     */
    capacity?: number | undefined;
    /** Renewals in flight at most; the others wait for their turn, which is no part of `deadlineMs`. Defaults to 64. */
    maxConcurrentLogins?: number | undefined;
    /**
     * How long before its expiry a token is renewed: that many seconds, at most half of its lifetime, and then callers wait for the new
     * one. Or `'auto'`: 5, 15 or 60 minutes as suits the lifetime, while callers get the token at once and one renewal runs aside; they
     * wait in its last minute only. Defaults to `'auto'`.
     */
    refreshMarginSeconds?: number | 'auto' | undefined;
}
/** Keeps the tokens of many accounts fresh. Accounts do not wait for one another. */
interface TokenPool {
    /**
     * A handle whose calls are as cheap as a manager's. Its `close()` only lets go of the handle; `refreshIntervalSeconds` is its
     * alone.
     */
    account(id: string): TokenManager;
    /** Resolves to a token of this account that is good now. */
    getToken(id: string, options?: GetTokenOptions): Promise<string>;
    /** Resolves to a token for a narrower audience, as {@link TokenManager.getScopedToken} does. */
    getScopedToken(id: string, scope: string, options?: GetTokenOptions): Promise<string>;
    /** Returns the account's current token, with no check of its age and no I/O; `null` when there is none. */
    peek(id: string): string | null;
    /** Forgets a token that the API refused, as {@link TokenManager.invalidate} does. */
    invalidate(id: string, token?: string): Promise<void>;
    /** Tells how the accounts in memory are doing. No I/O, no secret. */
    status(): TokenPoolStatus;
    /** Calls `listener` after each event of that name, whichever account it is about. */
    on(event: TokenEventName, listener: (event: TokenEvent) => void): this;
    /** Takes a listener away. */
    off(event: TokenEventName, listener: (event: TokenEvent) => void): this;
    /** Starts nothing more and waits for what is under way; later calls, those of handles too, reject with CLOSED. */
    close(): Promise<void>;
    /** Closes it, for `await using`. */
    [Symbol.asyncDispose](): Promise<void>;
}
/** How the accounts of a pool are doing. */
interface TokenPoolStatus {
    /** How many are in memory. */
    accounts: number;
    /** How many of them are in which state. */
    states: Record<TokenStatus['state'], number>;
    /** What has happened to all of them, also to those that have left. */
    counters: TokenStatus['counters'];
}

/**
 * Why a renewal began: there was no session in memory (`first`), its token had been invalidated, was inside the margin, or had
 * expired; it was due and still served, to whoever asked (`ahead`) or with nobody asking (`background`); a caller wanted a new one
 * (`forced`) or a full login (`login`); or `refreshIntervalSeconds` had passed (`interval`).
 */
type TokenRenewalCause = 'first' | 'invalidated' | 'margin' | 'expired' | 'ahead' | 'background' | 'forced' | 'login' | 'interval';
/**
 * What the TracingChannel `tokenkeep.renew` of `node:diagnostics_channel` tells of one renewal: one and the same object from its
 * start to its end, with everything below `cause` set when it has ended. No password and no token is in it.
 */
interface TokenRenewal {
    account: string;
    /** Where the credentials are sent; what the log calls it. */
    host: string;
    /** The kind of provider: `baserow`, `oauth2`, `jsonLogin`, `custom`. */
    provider: string;
    cause: TokenRenewalCause;
    outcome?: 'success' | 'failure';
    /** Where the token came from; of a failure, what was tried last. */
    how?: TokenSource;
    at?: EpochMs;
    durationMs?: number;
    /** When the new token expires. */
    expiresAt?: EpochMs;
    /** Everything that was tried, in order. */
    attempts?: TokenAttempt[];
    /** Of a failure, without its `cause`: what a callback threw may hold anything. */
    error?: TokenError;
}
/** What the channel `tokenkeep.invalidate` tells: a token was dropped before its time. */
interface TokenInvalidation extends Pick<TokenRenewal, 'account' | 'host' | 'provider'> {
    at: EpochMs;
}
/** What the channel `tokenkeep.restore` tells: a session was taken over and not renewed. */
interface TokenRestoration extends TokenInvalidation {
    source: Exclude<TokenSource, 'login' | 'refresh'>;
    durationMs: number;
    expiresAt?: EpochMs;
}

declare const Manager: new (account: unknown) => TokenManager;
declare const Stub: new (reason: unknown) => TokenManager;
/** Keeps the JWT of one Baserow user fresh: what {@link createBaserowJwtManager} returns when there are credentials. */
declare class BaserowJwtManagerImpl extends Manager implements BaserowJwtManager {
    constructor(options: BaserowJwtManagerOptions);
}
/** Stands in when there are no credentials: every call for a token rejects with NOT_CONFIGURED. */
declare class BaserowJwtManagerDisabled extends Stub implements BaserowJwtManager {
    constructor();
}
/**
 * Makes a manager for the JWT of one Baserow user, or the disabled stub when the email or the password is missing or empty.
 * No request is sent before the first `getToken()`, except by `refreshIntervalSeconds`.
 */
declare function createBaserowJwtManager(options: BaserowJwtManagerOptions): BaserowJwtManager & TokenManager;

/** One user of one Baserow. */
declare function baserow(options: BaserowOptions): Provider;
/** Any JSON endpoint that answers a POST with a token. */
declare function jsonLogin(options: JsonLoginOptions): Provider;

/** Keeps the token of one account fresh. No request is sent before the first call for a token, except by `refreshIntervalSeconds`. */
declare function createTokenManager(options: TokenManagerOptions): TokenManager;

/** Your own login: a headless browser, a vendor's SDK, a vault. */
declare function custom(options: CustomOptions): Provider;

/**
 * Makes the manager that the environment describes: `BASEROW_URL`, `BASEROW_USER_EMAIL`, `BASEROW_USER_PASSWORD` and the
 * `TOKENKEEP_` variables. Without credentials it is the disabled stub; sessions stay in memory unless `TOKENKEEP_STORE` says
 * otherwise. A value that cannot be used throws an INVALID_OPTION that names its variable.
 */
declare function fromEnv(env?: Record<string, string | undefined>): TokenManager;

/** A client of an OAuth 2.0 authorization server (RFC 6749), with its own credentials or with a refresh token that somebody provisioned. */
declare function oauth2(options: OAuth2Options): Provider;

/** Keeps the tokens of many accounts fresh, each with a session of its own. No request is sent before the first call for a token. */
declare function createTokenPool(options: TokenPoolOptions): TokenPool;

/** Sessions live as long as the process: no secret on disk unasked. The default. */
declare function memoryStore(): Store;
/**
 * One file per account, readable by its owner alone, shared by all processes of the host. `TOKENKEEP_NO_CACHE=1` makes it a
 * {@link memoryStore}, for a whole host and whatever a program asks for.
 */
declare function fileStore(options?: FileStoreOptions): Store;
/**
 * A store of your own: a database, a key-value service, a vault. {@link StoreCallbacks} is what it has to do; the fence and the
 * backup are done for you. One such store may serve any number of managers of its thread. `storeContract` of `tokenkeep/testing` finds out
 * whether it keeps its word.
 */
declare function customStore(store: StoreCallbacks): Store;

export { BaserowAuthError, BaserowJwtManagerDisabled, BaserowJwtManagerImpl, TokenError, baserow, createBaserowJwtManager, createTokenManager, createTokenPool, custom, customStore, fileStore, fromEnv, jsonLogin, memoryStore, oauth2 };
export type { ApiAnswer, BaserowJwtManager, BaserowJwtManagerOptions, BaserowOptions, CustomOptions, EpochMs, FileStoreOptions, GetTokenOptions, JsonLoginOptions, Logger, OAuth2Options, Provider, Store, StoreCallbacks, TokenAttempt, TokenErrorCode, TokenErrorOptions, TokenEvent, TokenEventName, TokenInvalidation, TokenManager, TokenManagerOptions, TokenPool, TokenPoolOptions, TokenPoolStatus, TokenRenewal, TokenRenewalCause, TokenRestoration, TokenSet, TokenSource, TokenStatus, TuningOptions };
