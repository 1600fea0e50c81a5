/// <reference lib="esnext.disposable" />

import { AxiosInstance } from 'axios';

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
interface AttachAuthOptions {
    /** Scheme, host and port of each API that gets the token, such as `https://api.example.com`; nobody else ever does. */
    origins: readonly string[];
}
/**
 * From now on the requests of this instance carry the `Authorization` header at the listed origins. When the answer says that the
 * token is dead, that very token is invalidated and the request is repeated once, unless its data is a stream. A request that
 * brings an `Authorization` (or `auth`) of its own is left alone. Answers the function that detaches it again.
 */
declare function attachAuth(instance: AxiosInstance, manager: Authorizer, options: AttachAuthOptions): () => void;

export { attachAuth };
export type { ApiAnswer, AttachAuthOptions, Authorizer };
