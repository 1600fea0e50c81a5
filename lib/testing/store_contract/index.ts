import type { Store, StoreCallbacks } from '../../api'
import { type Clause, isCallbacks, type Made, newKey, type StoreCase } from './case'
import { FENCING } from './fencing'
import { LOADING } from './loading'
import { LOCKING } from './locking'
import { OUTLIVING, SHARING, SPOILT, TURNS } from './managers'
import { Promised } from './promise'

export type { StoreCase } from './case'
export { memoryCallbacks } from './model'

/** Says what kind of store `storeContract` is given. */
export interface StoreContractOptions {
  /** Is what `makeStore` gives: what `customStore()` takes, or a finished store. Default `'callbacks'`. */
  kind?: 'callbacks' | 'store' | undefined
  /** False: there is no `lock`, so managers do not take turns. Default true. */
  locks?: boolean | undefined
  /** False: sessions leave with the last manager, as those of `memoryStore()` do. Default true. */
  outlivesManagers?: boolean | undefined
  /** Is called after each case with what `makeStore` gave. Default nothing. */
  close?: ((made: never) => Promise<void> | void) | undefined
  /** Is how long one call of the store may take, in milliseconds. Default 5_000. */
  patienceMs?: number | undefined
}

/**
 * What is promised of a store, one case per promise, for the runner of your choice:
 *
 *     for (const { name, run } of storeContract(() => myCallbacks())) test(name, run)
 *
 * `makeStore` is called once per case. It may give a new store or the same again: keys begin with `tokenkeep-contract-` and are drawn at
 * random, and accounts are new ones. Cases that are about managers start a server of their own on loopback.
 */
export function storeContract(
  makeStore: () => StoreCallbacks | Store | Promise<StoreCallbacks | Store>,
  options: StoreContractOptions = {},
): StoreCase[] {
  const { kind = 'callbacks', locks = true, outlivesManagers = true, patienceMs = 5000 } = options
  const close = options.close as ((made: Made) => Promise<void> | void) | undefined
  const asCase =
    <M extends Made>(isMeant: (made: Made) => made is M) =>
    ({ name, check }: Clause<M>): StoreCase => ({
      name,
      async run() {
        const made = await makeStore()
        const promised = new Promised(name, patienceMs)
        try {
          if (!isMeant(made)) {
            const gave = isCallbacks(made) ? "callbacks (kind: 'callbacks')" : "a finished store (kind: 'store')"
            return promised.broken(`makeStore gave ${gave}, and the options say kind: '${kind}'`)
          }
          await check({ made, promised, key: newKey })
        } finally {
          await close?.(made)
        }
      },
    })
  const ofKind = asCase((made): made is Made => isCallbacks(made) === (kind === 'callbacks'))
  const ofCallbacks = asCase(isCallbacks)
  const direct = [...LOADING, ...FENCING, ...(locks ? LOCKING : []), ...(outlivesManagers ? SPOILT : [])]
  const cases = [...(outlivesManagers ? OUTLIVING : []), ...SHARING, ...(locks ? TURNS : [])].map(ofKind)
  return kind === 'callbacks' ? [...direct.map(ofCallbacks), ...cases] : cases
}
