import { BAD_HOST, json, notFound, slashMissing, type Answer } from './answers'
import type { Backend, Exchange, Handler } from './exchange'
import type { Endpoint } from './faults'
import { logInLegacy, refreshLegacy, verifyLegacy } from './legacy'
import { logIn } from './login'
import type { BaserowDialect } from './options'
import { blacklist, refresh, verify } from './refresh'
import { listTables, listViews } from './tables'
import { verifySecondFactor } from './two-factor'

/** One path that the server knows. */
export interface Route {
  readonly endpoint: Endpoint
  readonly method: 'GET' | 'POST'
  readonly handler: Handler
}

const MODERN = new Map<string, Route>([
  ['/api/user/token-auth/', { endpoint: 'login', method: 'POST', handler: logIn }],
  ['/api/user/token-refresh/', { endpoint: 'refresh', method: 'POST', handler: refresh }],
  ['/api/user/token-verify/', { endpoint: 'verify', method: 'POST', handler: verify }],
  ['/api/user/token-blacklist/', { endpoint: 'blacklist', method: 'POST', handler: blacklist }],
  ['/api/two-factor-auth/verify/', { endpoint: 'two-factor', method: 'POST', handler: verifySecondFactor }],
])

// No log-out and no second factor in those days (contract §8)
const LEGACY = new Map<string, Route>([
  ['/api/user/token-auth/', { endpoint: 'login', method: 'POST', handler: logInLegacy }],
  ['/api/user/token-refresh/', { endpoint: 'refresh', method: 'POST', handler: refreshLegacy }],
  ['/api/user/token-verify/', { endpoint: 'verify', method: 'POST', handler: verifyLegacy }],
])

const LISTS: readonly [RegExp, Route][] = [
  [/^\/api\/database\/tables\/database\/\d+\/$/, { endpoint: 'api', method: 'GET', handler: listTables }],
  [/^\/api\/database\/views\/table\/\d+\/$/, { endpoint: 'api', method: 'GET', handler: listViews }],
]

/** What is at this path, if anything. */
export function routeAt(dialect: BaserowDialect, path: string): Route | undefined {
  const route = (dialect === 'modern' ? MODERN : LEGACY).get(path)
  return route ?? LISTS.find(([pattern]) => pattern.test(path))?.[1]
}

/** The answer to a request that no fault meets. The order of the checks is Django's and the REST framework's. */
export function answer(backend: Backend, exchange: Exchange, route: Route | undefined): Answer {
  const { dialect, allowedHosts } = backend.settings
  const { method, path, headers } = exchange
  if (allowedHosts !== null && !allowedHosts.has(hostName(headers.host ?? ''))) return BAD_HOST
  if (route === undefined) {
    return routeAt(dialect, `${path}/`) === undefined ? notFound(path) : slashMissing(path)
  }
  if (!acceptsJson(headers.accept)) return json(406, { detail: 'Could not satisfy the request Accept header.' })
  if (method !== route.method) {
    return json(405, { detail: `Method "${method}" not allowed.` }, { allow: `${route.method}, OPTIONS` })
  }
  return route.handler(backend, exchange)
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase()
}

function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.trim() === '') return true
  return accept.split(',').some((range) => {
    const type = range.split(';', 1)[0]?.trim().toLowerCase()
    return type === 'application/json' || type === 'application/*' || type === '*/*'
  })
}
