/// <reference lib="esnext.disposable" />

/** Where sessions are kept. Made by {@link memoryStore}, {@link fileStore} or {@link customStore}; its inside is not public. */
interface Store {
    readonly kind: string;
}

/** An `ioredis` client or Cluster, as far as it is used. `iovalkey` is one, too. */
interface IoredisClient {
    readonly status: string;
    eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>;
}
/** A client of `redis` (node-redis): of one server, a cluster, a sentinel or a pool. */
interface NodeRedisClient {
    eval(script: string, options: {
        keys: string[];
        arguments: string[];
    }): Promise<unknown>;
    hmGet: unknown;
}
/** A client of the user's own, with their TLS, Sentinel and Cluster settings. */
type RedisClient = IoredisClient | NodeRedisClient;

/** Where a {@link redisStore} keeps sessions: through a client of your own, or at a URL. */
type RedisStoreOptions = RedisStoreTuning & ({
    /**
     * A client of `ioredis` (or its Cluster) or `redis` (node-redis 4 or newer, or its cluster, sentinel or pool), with your settings. It
     * stays yours: whoever made it connects and closes it.
     */
    client: RedisClient;
    url?: undefined;
} | {
    /**
     * `redis://[user:password@]host[:6379][/0]`, `rediss://…` for TLS, or `unix:///path`. Connects through `ioredis` or `redis`, whichever
     * is installed, when there is something to ask, and keeps no process alive.
     */
    url: string;
    client?: undefined;
});
/** How a {@link redisStore} works. */
interface RedisStoreTuning {
    /** What all keys begin with. Defaults to `tokenkeep:`. */
    keyPrefix?: string | undefined;
    /**
     * 32 bytes, or their base64 or hex: the records are sealed with it (XChaCha20-Poly1305). Of a list the first seals and all open, so that a key
     * can be replaced. Defaults to none.
     */
    encryptionKey?: string | Uint8Array | ReadonlyArray<string | Uint8Array> | undefined;
    /**
     * For how long the lease of a process that died keeps others from renewing. It is renewed while the process lives. Defaults to 10,000, at least 1,200 and at most a
     * day.
     */
    leaseMs?: number | undefined;
    /** For how long one answer of Redis is waited for. Defaults to 1,000, and is at most a day. */
    timeoutMs?: number | undefined;
}
/** A {@link Store} in Redis. */
interface RedisStore extends Store {
    readonly kind: 'redis';
    /** Ends the connection that a `url` has brought; a client of your own stays as it is. Nothing has to wait for it. */
    close(): void;
}
/**
 * Sessions in Redis or Valkey, 6.2 or newer, shared by all hosts that use it: one login for the fleet, and one refresh when it is due.
 * Redis is never why a `getToken()` fails: without it each process goes on with its memory alone, and joins again when it is back.
 */
declare function redisStore(options: RedisStoreOptions): RedisStore;

export { redisStore };
export type { IoredisClient, NodeRedisClient, RedisClient, RedisStore, RedisStoreOptions, RedisStoreTuning, Store };
