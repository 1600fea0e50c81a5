import type { Answer } from './answers'
import type { Exchange } from './exchange'

const NONE: Readonly<Record<string, string>> = {}
const ANY = { 'access-control-allow-origin': '*' }

const PREFLIGHT_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  vary: 'origin',
  'access-control-allow-headers': 'accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with',
  'access-control-allow-methods': 'DELETE, GET, OPTIONS, PATCH, POST, PUT',
  'access-control-max-age': '86400',
}

/** What every answer to a page of another origin says besides. */
export function allowance(isAllowed: boolean, { headers }: Exchange): Readonly<Record<string, string>> {
  return isAllowed && headers.origin !== undefined ? ANY : NONE
}

/** The answer to a browser's preflight (contract §4, CORS); it comes before everything else. */
export function preflight(isAllowed: boolean, { method, headers }: Exchange): Answer | undefined {
  if (!isAllowed || method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined
  return { status: 200, headers: PREFLIGHT_HEADERS, body: '' }
}
