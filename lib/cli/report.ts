import type { TokenStatus } from '../api'
import type { Style, Terminal } from './terminal'
import { relative, span, stamp, table } from './words'

/** cli.md: the exit codes of `status`. */
export const EXIT_OF_STATE: Record<TokenStatus['state'], number> = {
  valid: 0,
  expiring: 3,
  expired: 4,
  empty: 5,
  disabled: 1,
}

const STYLE: Record<TokenStatus['state'], Style> = {
  valid: 'green',
  expiring: 'yellow',
  expired: 'red',
  empty: 'red',
  disabled: 'red',
}

/** A session as a program reads it: the shape of `status()`, without what only a long-lived manager has. */
export function sessionData({ account, state, source, expiresAt, refreshAt, savedAt, location }: TokenStatus): object {
  return { account, state, source, expiresAt, refreshAt, savedAt, location }
}

/** "in 9 minutes (2026-…)", "unknown". */
function when(at: number | null, now: number): string {
  return at === null ? 'unknown' : `${relative(at, now)} (${stamp(at)})`
}

/** What came of a renewal, in two or three lines. */
export function sessionText(first: string, status: TokenStatus, now: number): string {
  const { expiresAt, location } = status
  const verb = expiresAt !== null && expiresAt <= now ? 'expired' : 'expires'
  const life = expiresAt === null ? 'It is not known when the token expires.' : `The token ${verb} ${when(expiresAt, now)}.`
  return [first, life, ...(location === null ? [] : [`Stored in ${location}`])].join('\n')
}

/** `status`, for programs. */
export function statusData(status: TokenStatus, now: number): object {
  const { scopes, clockSkewMs, recent, lastError } = status
  return {
    ...sessionData(status),
    ageMs: status.savedAt === null ? null : Math.max(0, now - status.savedAt),
    leftMs: status.expiresAt === null ? null : Math.max(0, status.expiresAt - now),
    scopes,
    clockSkewMs,
    recent,
    lastError,
  }
}

/** `status`, for people. */
export function statusText(status: TokenStatus, terminal: Terminal, now: number): string {
  const { account, state, source, expiresAt, refreshAt, savedAt, location, scopes, recent, lastError } = status
  const rows: string[][] = [
    ['account', account ?? 'unknown'],
    ['state', terminal.paint(STYLE[state], state === 'empty' ? 'no session' : state)],
  ]
  if (state !== 'empty') {
    if (savedAt !== null) rows.push(['age', `${span(Math.max(0, now - savedAt))} (saved ${stamp(savedAt)})`])
    rows.push([state === 'expired' ? 'expired' : 'expires', when(expiresAt, now)])
    if (state === 'valid' && refreshAt !== null) rows.push(['renews', when(refreshAt, now)])
    rows.push(['source', source ?? 'unknown'])
    if (scopes.length > 0) rows.push(['scopes', scopes.join(', ')])
  }
  rows.push(['stored in', location ?? 'memory only'])
  if (lastError !== null) rows.push(['last error', `${lastError.code}, ${relative(lastError.at, now)}: ${lastError.message}`])
  if (recent.length === 0) return table(rows)
  const renewals = recent.map(({ at, how, durationMs, error }) => [how, relative(at, now), `${Math.round(durationMs)} ms`, error ?? 'ok'])
  return `${table(rows)}\n\n${terminal.paint('bold', 'last renewals')}\n${table(renewals, '  ')}`
}
