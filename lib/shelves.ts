import type { StoreCallbacks } from './api'

/**
 * How a store of another file of this package says what it is made of. Those files know nothing of the core, nor of which of its
 * builds is in use.
 */
export const OUTSIDE: unique symbol = Symbol.for('tokenkeep.Store') as never

/**
 * What waiting for a lock may come to as well: somebody else has saved. Whoever waits then looks, and may need no lock any more. And under
 * what a text lies that was read in passing: without the lock, which has lapsed.
 */
export const MOVED: unique symbol = Symbol.for('tokenkeep.Store.moved') as never

/** A text that was read in passing. */
export interface InPassing {
  [MOVED]: string
}

type Lock = NonNullable<StoreCallbacks['lock']>
type Release = Awaited<ReturnType<Lock>>

/** The contract of a store, with a word more than users' have. */
export interface OutsideCallbacks extends Omit<StoreCallbacks, 'load' | 'lock'> {
  load(...args: Parameters<StoreCallbacks['load']>): Promise<string | null | InPassing>
  lock?: ((...args: Parameters<Lock>) => Promise<Release | typeof MOVED>) | undefined
}

/** What such a store is made of. */
export interface Outside {
  callbacks: OutsideCallbacks
  /** For people. */
  name: string
  /** The first seals, all open. */
  encryptionKeys: Uint8Array[]
}

/** What a store of another file is made of, if it is one. */
export function outsideOf(store: object): Outside | undefined {
  const { [OUTSIDE]: tell } = store as { [OUTSIDE]?: unknown }
  return typeof tell === 'function' ? (tell as () => Outside)() : undefined
}
