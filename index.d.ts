/// <reference lib="esnext.disposable" />

/** The kind of a failure. `docs/errors.md` has a heading for each. */
export type TokenErrorCode = "NOT_CONFIGURED" | "INVALID_CREDENTIALS" | "TWO_FACTOR_REQUIRED" | "UNEXPECTED_STATUS" | "RATE_LIMITED" | "SERVER_ERROR" | "BAD_RESPONSE" | "NETWORK" | "TIMEOUT" | "COOLING_DOWN" | "SCOPE_NOT_GRANTED" | "STORE" | "CLOSED" | "INVALID_OPTION";
/** What a {@link TokenError} is made of. */
export interface TokenErrorOptions {
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
export declare class TokenError extends Error {
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
export declare class BaserowAuthError extends TokenError {
	constructor(message: string, statusCode: number, options?: {
		code?: TokenErrorCode | undefined;
		retryAfterMs?: number | undefined;
		cause?: unknown;
	});
	static [Symbol.hasInstance](value: unknown): boolean;
}
/** Milliseconds since the Unix epoch, like `Date.now()`. */
export type EpochMs = number;
/** pino's shape; `console` works too. `child` is used when it is there. */
export interface Logger {
	debug(fields: object, message?: string): void;
	info(fields: object, message?: string): void;
	warn(fields: object, message?: string): void;
	error(fields: object, message?: string): void;
	child?(bindings: object): Logger;
}
/** How a caller wants its token. */
export interface GetTokenOptions {
	/** Gives up waiting (rejects with `signal.reason`), without cancelling the renewal that others share. */
	signal?: AbortSignal | undefined;
	/** Renews even if the current token is fresh; still one renewal for all who ask at once. Defaults to false. */
	forceRefresh?: boolean | undefined;
}
/** Keeps one account's token fresh. */
export interface TokenManager {
	/** Resolves to a token that is good now. Cached, it costs no call into native code. */
	getToken(options?: GetTokenOptions): Promise<string>;
	/** False for the stub that stands in when there are no credentials. */
	isEnabled(): boolean;
	/** Returns the current token, with no check of its age and no I/O; `null` when there is none. */
	peek(): string | null;
	/** Resolves to the value of an `Authorization` header, e.g. `JWT eyJ…`. */
	authorization(options?: GetTokenOptions): Promise<string>;
	/**
	 * Forgets a token that the API refused (a 401). With `token`, only if it is still the current one, so that ten callers
	 * with the same dead token cause one renewal, not ten. The refresh token stays.
	 */
	invalidate(token?: string): Promise<void>;
	/**
	 * Revokes the session at the server where it can be, and forgets it. Rejects when the server could not be told; the
	 * session is forgotten even then.
	 */
	logout(): Promise<void>;
	/** Tells how the account is doing. No I/O, no secret. */
	status(): TokenStatus;
	/** Calls `listener` after each event of that name. A listener that throws is logged, and disturbs nobody. */
	on(event: TokenEventName, listener: (event: TokenEvent) => void): this;
	/** Takes a listener away. */
	off(event: TokenEventName, listener: (event: TokenEvent) => void): this;
	/** Starts nothing more and waits for what is under way; later calls reject with CLOSED. */
	close(): Promise<void>;
	/** Closes it, for `await using`. */
	[Symbol.asyncDispose](): Promise<void>;
}
/** Where a token came from. */
export type TokenSource = "login" | "refresh" | "store" | "environment" | "backup";
/** How an account is doing. */
export interface TokenStatus {
	/** `expiring` is inside the margin; `empty` is no token; `disabled` is the stub. */
	state: "disabled" | "empty" | "valid" | "expiring" | "expired";
	account: string | null;
	source: TokenSource | null;
	expiresAt: EpochMs | null;
	/** When the token becomes stale. */
	refreshAt: EpochMs | null;
	/** When it was stored; `null` in memory. */
	savedAt: EpochMs | null;
	renewing: boolean;
	/** The server's clock minus ours, measured at the last login; `null` where unknown. */
	clockSkewMs: number | null;
	/** Scopes that the session has tokens for. */
	scopes: string[];
	/** Where the session is stored, as a person would look it up; `null` in memory. */
	location: string | null;
	/** The last ten renewals, newest first. */
	recent: {
		at: EpochMs;
		how: TokenSource;
		durationMs: number;
		error?: TokenErrorCode;
	}[];
	lastError: {
		code: TokenErrorCode;
		message: string;
		at: EpochMs;
	} | null;
	counters: {
		logins: number;
		refreshes: number;
		failures: number;
		storeHits: number;
		invalidations: number;
	};
}
/** What a manager tells its listeners. */
export type TokenEventName = "login" | "refresh" | "restore" | "invalidate" | "failure";
/** One thing that happened. */
export interface TokenEvent {
	name: TokenEventName;
	account: string;
	at: EpochMs;
	/** How long the renewal took. */
	durationMs?: number;
	/** When the new token expires. */
	expiresAt?: EpochMs;
	/** Of a `failure`. */
	error?: TokenError;
}
/** How a manager reaches its server and how patient it is. */
export interface TuningOptions {
	/** Forces a lifetime where the server's answer has none, or caps the one it has. */
	ttlSeconds?: number | undefined;
	/** For one HTTP attempt. Defaults to 10 000. */
	timeoutMs?: number | undefined;
	/** For a whole renewal: refresh, login, second factor. Defaults to 30 000. */
	deadlineMs?: number | undefined;
	/** Extra trust (PEM or DER), a client certificate (PEM), and where roots come from. Defaults to bundled roots and NODE_EXTRA_CA_CERTS. */
	tls?: {
		ca?: string | Uint8Array | Array<string | Uint8Array> | undefined;
		cert?: string | undefined;
		key?: string | undefined;
		roots?: "bundled" | "system" | undefined;
	} | undefined;
	/** A proxy's URL, or `true` for HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Defaults to none for the drop-in. */
	proxy?: string | boolean | undefined;
	/** When a renewal fails, answer with the last token while it has not expired. Defaults to true. */
	serveStale?: boolean | undefined;
	logger?: Logger | undefined;
}
/** What code written against the pure-TypeScript manager relies on. */
export interface BaserowJwtManager {
	getToken(options?: GetTokenOptions): Promise<string>;
	isEnabled(): boolean;
}
/** One user of one Baserow. Unknown keys are ignored. */
export interface BaserowJwtManagerOptions extends TuningOptions {
	/** Includes `/api`; one trailing slash is ignored. */
	baseUrl: string;
	email?: string | undefined;
	password?: string | undefined;
	/** For accounts with two-factor authentication: called for a fresh code at each login. */
	totp?: (() => string | Promise<string>) | undefined;
	/** How long before its expiry a token counts as stale; capped at half its lifetime. Defaults to 60. */
	refreshMarginSeconds?: number | undefined;
}
declare const Manager: new (account: unknown) => TokenManager;
declare const Stub: new (reason: unknown) => TokenManager;
/** Keeps the JWT of one Baserow user fresh: what {@link createBaserowJwtManager} returns when there are credentials. */
export declare class BaserowJwtManagerImpl extends Manager implements BaserowJwtManager {
	constructor(options: BaserowJwtManagerOptions);
}
/** Stands in when there are no credentials: every call for a token rejects with NOT_CONFIGURED. */
export declare class BaserowJwtManagerDisabled extends Stub implements BaserowJwtManager {
	constructor();
}
/**
 * Makes a manager for the JWT of one Baserow user, or the disabled stub when the email or the password is missing or empty.
 * No request is sent before the first `getToken()`.
 */
export declare function createBaserowJwtManager(options: BaserowJwtManagerOptions): BaserowJwtManager & TokenManager;

export {};
