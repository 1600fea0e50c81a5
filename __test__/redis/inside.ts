// The callbacks that a redisStore is made of: the contract is theirs.
import type { StoreCallbacks } from 'tokenkeep'
import type { RedisStore } from 'tokenkeep/redis'

const OUTSIDE = Symbol.for('tokenkeep.Store')

type Callbacks = StoreCallbacks & { lock: NonNullable<StoreCallbacks['lock']> }

export function callbacksOf(store: RedisStore): Callbacks {
  const { [OUTSIDE]: tell } = store as { [OUTSIDE]?: () => { callbacks: Callbacks } }
  const { lock, ...callbacks } = tell!().callbacks
  return { ...callbacks, lock: (...args) => patient(() => lock(...args)) }
}

/** The contract knows nothing of the news that end a wait; the core does, looks, and waits again if it has to. */
async function patient<Release>(lock: () => Promise<Release>): Promise<Release> {
  for (;;) {
    const release = await lock()
    if (typeof release === 'function') return release
  }
}
