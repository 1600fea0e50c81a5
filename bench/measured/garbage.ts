/** With `--expose-gc`. */
export type GlobalWithGc = typeof globalThis & { gc?: () => void }
