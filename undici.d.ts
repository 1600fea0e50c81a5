/// <reference lib="esnext.disposable" />

import { Dispatcher } from 'undici';

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

/** Where the token may go. */
interface AuthInterceptorOptions {
    /** Scheme, host and port of each API that gets the token, such as `https://api.example.com`; nobody else ever does. */
    origins: readonly string[];
}
/**
 * For `dispatcher.compose(…)` of an `Agent`: adds the `Authorization` header for the listed origins. When the answer says that the
 * token is dead, that very token is invalidated and the request is repeated once, unless its body is a stream. A request that
 * brings an `Authorization` of its own is left alone.
 */
declare function authInterceptor(manager: Authorizer, options: AuthInterceptorOptions): Dispatcher.DispatcherComposeInterceptor;

export { authInterceptor };
export type { ApiAnswer, AuthInterceptorOptions, Authorizer };
