/// <reference lib="esnext.disposable" />

/** An answer of an API, as far as it can say something about the token that was sent. */
interface ApiAnswer {
    status: number;
    headers: Headers | Record<string, string | readonly string[] | undefined>;
    /** As text, as bytes or parsed from JSON. Leave it out when it cannot be read; an empty one says as little. */
    body?: unknown;
}

/** What has to be known of a manager in order to send requests for it. Any `TokenManager` is one, and so is a double in a test. */
interface Authorizer {
    authorization(options?: {
        signal?: AbortSignal | undefined;
    }): Promise<string>;
    invalidate(token?: string): Promise<void>;
    isDeadToken(answer: ApiAnswer): boolean;
}

/** Where the token may go, and what sends the requests. */
interface AuthFetchOptions {
    /** Scheme, host and port of each API that gets the token, such as `https://api.example.com`; nobody else ever does. */
    origins: readonly string[];
    /** Sends the requests. Defaults to the global `fetch` at the time of each call. */
    fetch?: typeof fetch | undefined;
}
/**
 * A `fetch` that adds the `Authorization` header for the listed origins, also across redirects. When the answer says that the token
 * is dead, that very token is invalidated and the request is repeated once, if its body can be sent again. A request that brings an
 * `Authorization` of its own is left alone.
 */
declare function authFetch(manager: Authorizer, options: AuthFetchOptions): typeof fetch;

export { authFetch };
export type { ApiAnswer, AuthFetchOptions, Authorizer };
