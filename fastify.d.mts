/// <reference lib="esnext.disposable" />

import { FastifyPluginAsync } from 'fastify';

/** The kind of a failure. `docs/errors.md` has a heading for each. */
type TokenErrorCode = 'NOT_CONFIGURED' | 'INVALID_CREDENTIALS' | 'TWO_FACTOR_REQUIRED' | 'UNEXPECTED_STATUS' | 'RATE_LIMITED' | 'SERVER_ERROR' | 'BAD_RESPONSE' | 'NETWORK' | 'TIMEOUT' | 'COOLING_DOWN' | 'SCOPE_NOT_GRANTED' | 'STORE' | 'CLOSED' | 'INVALID_OPTION';

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

/** How a manager is, or how the accounts of a pool are: the part of their status that is fit to be shown. */
type Condition = Pick<TokenStatus, 'state' | 'expiresAt' | 'refreshAt' | 'renewing' | 'recent' | 'lastError'> | {
    accounts: number;
    states: Partial<Record<TokenStatus['state'], number>>;
};

/** What the plugin has to know of a manager or a pool. */
interface Keeper {
    status(): Condition;
    close(): Promise<void>;
}
/** What is made known to the app, and under which names. */
interface TokenPluginOptions {
    /** A token manager, or a pool of them. It is closed with the app. */
    manager: Keeper;
    /** The name of the decorator. Defaults to `tokens`. */
    name?: string | undefined;
    /** The path of a health route, such as `/health`: 200 or 503 by what the manager knows, without I/O and without secrets. Defaults to none. */
    health?: string | undefined;
}
/**
 * `app.register(tokenPlugin, { manager })`: decorates the app with the manager, answers a TokenError with its statusCode and
 * Retry-After, and closes the manager with the app.
 */
declare const tokenPlugin: FastifyPluginAsync<TokenPluginOptions>;

export { tokenPlugin as default, tokenPlugin };
export type { Condition, Keeper, TokenPluginOptions };
