import { json, type Answer } from '../answers'
import type { Exchange } from '../exchange'
import type { TokenEndpoint, TokenServerCounters } from './handle'
import { issueToken, revokeToken } from './oauth'
import { granted, REASONS, refusal } from './replies'
import type { Sessions } from './sessions'
import type { Settings } from './settings'

/** What the endpoints share: one token server without its sockets. */
export interface Backend {
  settings: Settings
  readonly sessions: Sessions
  readonly counters: { -readonly [K in keyof TokenServerCounters]: number }
}

/** One path that the server knows. */
export interface Route {
  readonly endpoint: TokenEndpoint
  readonly method: 'GET' | 'POST'
  readonly handler: (backend: Backend, exchange: Exchange) => Answer
}

/** What is at which path. */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/auth/token', { endpoint: 'login', method: 'POST', handler: logIn }],
  ['/auth/refresh', { endpoint: 'refresh', method: 'POST', handler: refresh }],
  ['/oauth2/token', { endpoint: 'token', method: 'POST', handler: issueToken }],
  ['/oauth2/revoke', { endpoint: 'revoke', method: 'POST', handler: revokeToken }],
  ['/api/me', { endpoint: 'api', method: 'GET', handler: me }],
])

/** The answer to a request that no fault meets. */
export function answer(backend: Backend, exchange: Exchange, route: Route | undefined): Answer {
  if (route === undefined) return refusal(404, 'not_found', `There is nothing at ${exchange.path}.`)
  if (exchange.method === route.method) return route.handler(backend, exchange)
  return refusal(405, 'method_not_allowed', `Use ${route.method}.`, { allow: route.method })
}

function logIn({ settings, sessions, counters }: Backend, exchange: Exchange): Answer {
  const body = readJson(exchange)
  if ('status' in body) return body
  const account = accountOf(settings, body.fields)
  if (account === undefined) {
    counters.rejected += 1
    return refusal(401, 'invalid_credentials', 'The key, or the user name and the password, are wrong.')
  }
  counters.logins += 1
  return granted(settings, sessions.open(account))
}

function refresh({ settings, sessions, counters }: Backend, exchange: Exchange): Answer {
  const body = readJson(exchange)
  if ('status' in body) return body
  const token = body.fields['refresh_token']
  if (typeof token !== 'string') return refusal(400, 'invalid_request', 'refresh_token is missing.')
  const grant = sessions.refresh(token)
  if (typeof grant !== 'string') {
    counters.refreshes += 1
    return granted(settings, grant)
  }
  counters.rejected += 1
  if (grant === 'reused') counters.reuses += 1
  // RFC 6749 §5.2: 400, and one code for all reasons
  return refusal(400, 'invalid_grant', REASONS[grant])
}

function me({ sessions, counters }: Backend, { headers }: Exchange): Answer {
  const [, token] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  const account = token === undefined ? undefined : sessions.accountOf(token)
  if (account !== undefined) return json(200, { account })
  counters.apiRejected += 1
  // RFC 6750 §3.1: no error code for whoever sent no token
  const challenge = token === undefined ? 'Bearer' : 'Bearer error="invalid_token"'
  return refusal(401, 'invalid_token', 'The access token is missing, unknown, expired or revoked.', { 'www-authenticate': challenge })
}

/** The 429 of the rate limit; `waitMs` from `now`. */
export function tooMany(waitMs: number, now: number, retryAfter: 'seconds' | 'date' | null): Answer {
  const seconds = Math.ceil(waitMs / 1000)
  // A date has no fractions: the next whole second, so that whoever comes then is let in
  const date = new Date(Math.ceil((now + waitMs) / 1000) * 1000).toUTCString()
  const headers = retryAfter === null ? {} : { 'retry-after': retryAfter === 'date' ? date : String(seconds) }
  return refusal(429, 'rate_limited', 'Too many logins from this address.', headers)
}

function accountOf({ keys, users }: Settings, { api_key: key, username, password }: Record<string, unknown>): string | undefined {
  if (typeof key === 'string' && keys.includes(key)) return `key ${keys.indexOf(key) + 1}`
  return users.find((user) => user.username === username && user.password === password)?.username
}

function readJson({ headers, body }: Exchange): { fields: Record<string, unknown> } | Answer {
  if (headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') {
    return refusal(415, 'unsupported_media_type', 'Send application/json.')
  }
  try {
    const fields: unknown = JSON.parse(body.toString())
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return { fields: fields as Record<string, unknown> }
  } catch {
    // the same as any other body that is no object
  }
  return refusal(400, 'invalid_request', 'The body is no JSON object.')
}
