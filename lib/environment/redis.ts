import type { Store } from '../api'
import { TokenError } from '../errors'
import { redis } from '../native'
import type { Keeping } from './settings'
import { unusable } from './variables'

/** The store that a URL in `TOKENKEEP_STORE` names. Nobody else pays for what it is made of. */
export function redisOf({ url, encryptionKeys }: Keeping & { kind: 'redis' }): Store {
  const beside = redis()
  if (beside === undefined) throw unusable('TOKENKEEP_STORE', 'cannot be a URL in the WebAssembly build: use redisStore() of tokenkeep/redis')
  try {
    return beside.redisStore({ url, ...(encryptionKeys === undefined ? undefined : { encryptionKey: encryptionKeys }) })
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    // The user of a variable knows the variable, not our function's options.
    throw unusable('TOKENKEEP_STORE', `is a URL that ${error.message.replace(/^INVALID_OPTION: url /, '')}`, error)
  }
}
