// What came of a step, held against what the script says.
import type { TokenStatus } from 'tokenkeep'
import type { Fault, Known } from './script'

/** Times are milliseconds at their finest. */
const CLOSE_ENOUGH = 0.0015

/** How a call ended, or that it has not. */
export type Ending = { token: string } | { error: unknown } | 'waiting'

/** Is every member of `wanted` in `got`? Answers what is not. */
export function difference(wanted: Known, got: Known): string | undefined {
  for (const [name, value] of Object.entries(wanted)) {
    if (!(name in got)) return `nothing is known of ${name}`
    if (!is(value, got[name])) return `${name} is ${JSON.stringify(got[name])}, not ${JSON.stringify(value)}`
  }
  return undefined
}

function is(wanted: unknown, got: unknown): boolean {
  if (typeof wanted === 'number' && typeof got === 'number') return Math.abs(wanted - got) < CLOSE_ENOUGH
  if (Array.isArray(wanted) && typeof got === 'number') {
    const [least, most] = wanted as [number, number]
    return got >= least - CLOSE_ENOUGH && got <= most + CLOSE_ENOUGH
  }
  if (isObject(wanted) && isObject(got)) return difference(wanted, got) === undefined
  return wanted === got
}

function isObject(value: unknown): value is Known {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `wanted` is a code alone, or what is known of the error. */
export function faultOf(wanted: Fault, error: unknown): string | undefined {
  const { code, statusCode, retryAfterMs, cause, message } = error as Record<string, unknown>
  const { says, ...known } = typeof wanted === 'string' ? { code: wanted } : wanted
  if (says !== undefined && !String(message).includes(String(says))) return `"${String(message)}" does not say "${String(says)}"`
  const got = {
    code,
    status: statusCode,
    cause: (cause as { code?: string } | undefined)?.code ?? null,
    retryAfterSeconds: typeof retryAfterMs === 'number' ? retryAfterMs / 1000 : null,
  }
  const why = difference(known, got)
  return why && `${why}: ${String(message)}`
}

/** What a scenario may say about a manager's state. */
export function stateOf(status: TokenStatus, wall: number): Known {
  const { state, source, expiresAt, refreshAt, savedAt, renewing, clockSkewMs, lastError, counters } = status
  const ahead = (at: number | null) => (at === null ? null : (at - wall) / 1000)
  return {
    state,
    source,
    expiresInSeconds: ahead(expiresAt),
    refreshInSeconds: ahead(refreshAt),
    isStored: savedAt !== null,
    renewing,
    clockSkewSeconds: clockSkewMs === null ? null : clockSkewMs / 1000,
    lastError: lastError?.code ?? null,
    counters: { ...counters },
  }
}
