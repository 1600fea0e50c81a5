/** Where sessions are kept. Made by {@link memoryStore}, {@link fileStore} or {@link customStore}; its inside is not public. */
export interface Store {
  readonly kind: string
}

/** Where a {@link fileStore} keeps its files. */
export interface FileStoreOptions {
  /** A folder, made when missing. Defaults to `TOKENKEEP_CACHE_DIR`, then the platform's cache folder. */
  dir?: string | undefined
  /** One account, this very file. Excludes `dir`. */
  file?: string | undefined
  /** 32 bytes, or their base64 or hex: the files are sealed with it (XChaCha20-Poly1305). Defaults to none. */
  encryptionKey?: string | Uint8Array | undefined
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
export interface StoreCallbacks {
  /** Resolves to the text under `key`, `null` when nothing is there. Must see what was saved last, so reads no replica that lags. */
  load(key: string): Promise<string | null>
  /**
   * Writes `record` as `generation`, in one step and only if the generation that is stored is still `expected` (`null`: nothing is
   * stored under `key`). Resolves to whether it did, once a crash cannot lose it any more.
   */
  save(key: string, record: string, expected: number | null, generation: number): Promise<boolean>
  /** Removes what is under `key`, in one step and only if its generation is still `expected`. Resolves to whether it did. */
  clear(key: string, expected: number): Promise<boolean>
  /**
   * Waits until `key` is this caller's alone among all who use the store, and resolves to the function that lets go of it, which is
   * called exactly once. Rejects when `timeoutMs` are over; `signal` fires then, and when nobody waits any more. Must free
   * itself when its holder dies, but not within the holder's `deadlineMs`. Without it every process renews for itself, and those
   * with one-time refresh tokens lose their session when two renew at once.
   */
  lock?: ((key: string, options: { timeoutMs: number; signal: AbortSignal }) => Promise<() => Promise<void> | void>) | undefined
}
