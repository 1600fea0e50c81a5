import { invalid, options as given } from '../checks'
import { Origins } from '../origins'
import { type Authorizer, checkAuthorizer } from '../refusal'
import { Exchange } from './exchange'
import { Outgoing } from './outgoing'

export type { ApiAnswer } from '../dead_token'
export type { Authorizer } from '../refusal'

/** Where the token may go, and what sends the requests. */
export interface AuthFetchOptions {
  /** Scheme, host and port of each API that gets the token, such as `https://api.example.com`; nobody else ever does. */
  origins: readonly string[]
  /** Sends the requests. Defaults to the global `fetch` at the time of each call. */
  fetch?: typeof fetch | undefined
}

/**
 * A `fetch` that adds the `Authorization` header for the listed origins, also across redirects. When the answer says that the token
 * is dead, that very token is invalidated and the request is repeated once, if its body can be sent again. A request that brings an
 * `Authorization` of its own is left alone.
 */
export function authFetch(manager: Authorizer, options: AuthFetchOptions): typeof fetch {
  checkAuthorizer(manager)
  const origins = new Origins(given(options).origins)
  const send = options.fetch ?? undefined
  if (send !== undefined && typeof send !== 'function') throw invalid('fetch', 'must be a function like the global fetch')
  return async function fetch(input, init) {
    const platform = send ?? globalThis.fetch
    const outgoing = Outgoing.of(input, init)
    // What is no request for HTTP, and whose credentials are its own business: the platform says and does what is right.
    if (outgoing === null || outgoing.headers.has('authorization')) return platform(input, init)
    return new Exchange(manager, origins, platform, outgoing).run()
  }
}
