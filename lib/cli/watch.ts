import { setTimeout as sleep } from 'node:timers/promises'
import type { TokenEvent, TokenEventName, TokenSource } from '../api'
import type { Settings } from '../environment/settings'
import { unusable } from '../environment/variables'
import type { TokenErrorCode } from '../errors'
import { TokenError } from '../errors'
import type { StoredAccount } from './account'
import { Health } from './health'
import { Tally } from './tally'
import { describe } from './terminal'
import type { Terminal } from './terminal'
import { relative, span, stamp } from './words'

/** Where nobody knows when the token expires (cli.md). */
const UNKNOWN_EXPIRY_INTERVAL_MS = 3_600_000

/** However short a token lives, and whatever a server says: never more often. */
const SHORTEST_PAUSE_MS = 1000

/** Timers take at most 24.8 days and stand still during a suspend; the clock on the wall is asked this often. */
const LONGEST_SLEEP_MS = 60_000

/** Between tries after a failure, doubled each time. Asking again soon does not make a wrong password right, but may lock the account. */
const BACKOFF_MS = { first: 1000, rejected: 60_000, most: 300_000 }
const REJECTED: TokenErrorCode[] = ['INVALID_CREDENTIALS', 'TWO_FACTOR_REQUIRED']

const RENEWALS: TokenEventName[] = ['login', 'refresh', 'restore']

const SAYS: Record<TokenSource, string> = {
  login: 'logged in',
  refresh: 'refreshed',
  store: 'took the session over from the store',
  environment: 'fell back to the tokens of TOKENKEEP_TOKENS_B64',
  backup: 'fell back to the session before this one',
}

/** Refuses settings with which there is nothing to watch. */
export function checkWatchable({ autoRefresh }: Settings): void {
  if (autoRefresh) return
  throw unusable('TOKENKEEP_AUTO_REFRESH', 'switches renewals by timer off, and watch is nothing else; unset it, or use: tokenkeep refresh')
}

/** The renewal daemon. Resolves when `stop` is aborted. */
export async function watch(
  account: StoredAccount,
  settings: Settings,
  terminal: Terminal,
  stop: AbortSignal,
  port: number | undefined,
): Promise<void> {
  const health = port === undefined ? undefined : await Health.listen(port, () => account.status(), new Tally(account))
  try {
    if (health) say(terminal, Date.now(), `health and metrics at ${health.url}/health and ${health.url}/metrics`, { event: 'health', url: health.url })
    for (const name of RENEWALS) account.on(name, (event) => sayRenewed(terminal, event))
    await keepFresh(account, settings, terminal, stop)
    say(terminal, Date.now(), 'stopping', { event: 'stopping' })
  } finally {
    health?.close()
  }
}

async function keepFresh(account: StoredAccount, settings: Settings, terminal: Terminal, stop: AbortSignal): Promise<void> {
  const intervalMs = settings.refreshIntervalSeconds === undefined ? undefined : settings.refreshIntervalSeconds * 1000
  await restore(account, terminal)
  const savedAt = () => account.status().savedAt ?? Date.now()
  let renewedAt = savedAt()
  const renewed = ({ at }: TokenEvent) => (renewedAt = at)
  account.on('login', renewed).on('refresh', renewed)
  account.on('restore', () => (renewedAt = savedAt()))
  let failures = 0
  while (!stop.aborted) {
    const { state, refreshAt, expiresAt } = account.status()
    const has = state === 'valid'
    const periodMs = intervalMs ?? (expiresAt === null ? UNKNOWN_EXPIRY_INTERVAL_MS : Infinity)
    const turn = renewedAt + periodMs
    const due = has ? Math.min(refreshAt ?? Infinity, turn) : 0
    if (due > Date.now()) {
      await pause(Math.min(due - Date.now(), LONGEST_SLEEP_MS), stop)
      if (!stop.aborted && (await lookUp(account, terminal))) renewedAt = savedAt()
      continue
    }
    const error = await renew(account, has && turn <= Date.now(), stop)
    if (stop.aborted) return
    failures = error === undefined ? 0 : failures + 1
    const waitMs = error === undefined ? SHORTEST_PAUSE_MS : backoff(error, failures)
    if (error !== undefined) sayFailed(terminal, error, waitMs, account.status().expiresAt)
    await pauseUntil(Date.now() + waitMs, stop)
  }
}

async function restore(account: StoredAccount, terminal: Terminal): Promise<void> {
  // A store that cannot be read has had its warning; the renewal goes on without.
  await account.restore().catch(() => {})
  const { account: name, state, expiresAt } = account.status()
  if (state === 'empty') return
  sayRenewed(terminal, { name: 'restore', account: name!, at: Date.now(), ...(expiresAt === null ? undefined : { expiresAt }) })
}

/** What other processes have made of the session: a token that was dropped is due at once. Answers whether there is another one. */
async function lookUp(account: StoredAccount, terminal: Terminal): Promise<boolean> {
  const before = account.status()
  await account.restore().catch(() => {})
  const { account: name, state, savedAt, expiresAt } = account.status()
  if (state === 'empty' || savedAt === before.savedAt) return false
  sayRenewed(terminal, { name: 'restore', account: name!, at: Date.now(), ...(expiresAt === null ? undefined : { expiresAt }) })
  return true
}

/** Answers what went wrong. A token that is stale already is no success: its renewal must back off too. */
async function renew(account: StoredAccount, force: boolean, stop: AbortSignal): Promise<unknown> {
  try {
    await account.getToken({ forceRefresh: force, signal: stop })
  } catch (error) {
    return error
  }
  if (account.status().state === 'valid') return undefined
  return new TokenError({ code: 'BAD_RESPONSE', message: 'BAD_RESPONSE: the renewal brought a token that is stale already' })
}

/** How long to leave the server alone after the `failures`th failure in a row. */
export function backoff(error: unknown, failures: number): number {
  const first = error instanceof TokenError && REJECTED.includes(error.code) ? BACKOFF_MS.rejected : BACKOFF_MS.first
  const ms = Math.min(first * 2 ** Math.min(failures - 1, 20), BACKOFF_MS.most)
  // Those who failed together must not come back together.
  const spread = ms * (1 + Math.random() / 4)
  const asked = error instanceof TokenError ? (error.retryAfterMs ?? 0) : 0
  return Math.max(spread, asked)
}

async function pauseUntil(at: number, stop: AbortSignal): Promise<void> {
  for (let left = at - Date.now(); left > 0 && !stop.aborted; left = at - Date.now()) await pause(Math.min(left, LONGEST_SLEEP_MS), stop)
}

async function pause(ms: number, stop: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal: stop }).catch(() => {})
}

function sayRenewed(terminal: Terminal, { name, source, account, at, durationMs, expiresAt }: TokenEvent): void {
  const how = source ?? (name === 'login' || name === 'refresh' ? name : 'store')
  const life = expiresAt === undefined ? '' : `, the token ${expiresAt > at ? 'expires' : 'expired'} ${relative(expiresAt, at)}`
  say(terminal, at, `${SAYS[how]} as ${account}${life}`, { event: name, how, account, durationMs, expiresAt })
}

function sayFailed(terminal: Terminal, error: unknown, waitMs: number, expiresAt: number | null): void {
  const { code, message } = describe(error)
  const now = Date.now()
  const life = expiresAt !== null && expiresAt > now ? `; the token is good for ${span(expiresAt - now)} more` : ''
  const data = { at: now, event: 'failure', code, message, nextTryAt: Math.round(now + waitMs) }
  terminal.warn(`${stamp(now)} renewal failed: ${message}; next try in ${span(waitMs)}${life}`, data)
}

function say(terminal: Terminal, at: number, human: string, data: object): void {
  terminal.say(`${terminal.paint('dim', stamp(at))} ${human}`, { at, ...data })
}
