import type { Dispatcher } from 'undici'
import { invalid, options as given } from './checks'
import { Origins } from './origins'
import { type Authorizer, checkAuthorizer } from './refusal'
import { Dispatched } from './undici/dispatched'
import { hasAuthorization } from './undici/headers'

export type { ApiAnswer } from './dead_token'
export type { Authorizer } from './refusal'

/** Where the token may go. */
export interface AuthInterceptorOptions {
  /** Scheme, host and port of each API that gets the token, such as `https://api.example.com`; nobody else ever does. */
  origins: readonly string[]
}

/**
 * For `dispatcher.compose(…)` of an `Agent`: adds the `Authorization` header for the listed origins. When the answer says that the
 * token is dead, that very token is invalidated and the request is repeated once, unless its body is a stream. A request that
 * brings an `Authorization` of its own is left alone.
 */
export function authInterceptor(manager: Authorizer, options: AuthInterceptorOptions): Dispatcher.DispatcherComposeInterceptor {
  checkAuthorizer(manager)
  const origins = new Origins(given(options).origins)
  return (dispatch) => (request, handler) => {
    // A Client sends to its own origin whatever we are told; where none is named, nobody can say who would get the token.
    if (request.origin === undefined) throw invalid('origin', 'is missing: compose authInterceptor() on an Agent')
    const listed = [request.origin, ...hopsBefore(handler)].every((origin) => origins.has(origin))
    if (!listed || hasAuthorization(request.headers)) return dispatch(request, handler)
    new Dispatched(manager, dispatch, request, handler).start()
    return true
  }
}

/**
 * Where undici's `redirect()` has been before it came here: to it each hop is a request. Whoever is not listed must not choose what is
 * done with a token.
 */
function hopsBefore(handler: Dispatcher.DispatchHandler): URL[] {
  const { history } = handler as { history?: unknown }
  return Array.isArray(history) ? history.filter((url) => url instanceof URL) : []
}
