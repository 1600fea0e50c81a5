import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import type { TokenEvent, TokenEventName, TokenManager, TokenSource, TokenStatus } from './api'
import type { TokenErrorCode } from './errors'
import { EVENT_NAMES } from './events'

// A pipe without a reader must not hold up a renewal.
const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0)

/** One line of the log. */
interface Entry {
  event: 'renewal' | TokenEventName
  how?: TokenSource
  outcome: 'ok' | 'failed'
  code?: TokenErrorCode
  durationMs?: number
  expiresAt?: number
}

/** Writes down, at the end of the file `path`, every renewal that `manager` tries, and what came of it. */
export function auditTo(path: string, manager: TokenManager, warn: (message: string) => void): void {
  const log = new AuditLog(path, warn)
  for (const name of EVENT_NAMES) manager.on(name, (event) => log.write(event))
}

/**
 * JSON lines, append-only, without secrets (use-cases.md, 3). Opened anew for each line, so that a log that was rotated away is
 * not written to any more; one write a line, so that processes can share the file.
 */
export class AuditLog {
  readonly #path: string
  readonly #warn: (message: string) => void
  #warned = new Set<string>()

  constructor(path: string, warn: (message: string) => void) {
    this.#path = path
    this.#warn = warn
  }

  write(event: TokenEvent): void {
    const time = new Date(event.at).toISOString()
    const lines = entriesOf(event).map(({ event: what, how, outcome, code, durationMs, expiresAt }) =>
      JSON.stringify({
        time,
        event: what,
        how,
        account: event.account,
        outcome,
        code,
        durationMs: durationMs === undefined ? undefined : Math.round(durationMs),
        expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt).toISOString(),
        pid: process.pid,
      }),
    )
    try {
      for (const line of lines) this.#append(`${line}\n`)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      this.#once('unwritable', `the audit log ${this.#path} cannot be written (${code ?? message}): going on without it`)
    }
  }

  #append(line: string): void {
    const file = openSync(this.#path, FLAGS, 0o600)
    try {
      const { mode } = fstatSync(file)
      const isWide = (mode & constants.S_IFMT) === constants.S_IFREG && (mode & 0o077) !== 0
      // Windows has no such bits: every file there looks wide.
      if (isWide && process.platform !== 'win32') {
        const said = (mode & 0o777).toString(8).padStart(4, '0')
        this.#once('wide', `the audit log ${this.#path} has mode ${said}: others can read it; chmod 600 it`)
      }
      writeSync(file, line)
    } finally {
      closeSync(file)
    }
  }

  #once(kind: string, message: string): void {
    if (this.#warned.has(kind)) return
    this.#warned.add(kind)
    this.#warn(message)
  }
}

function entriesOf(event: TokenEvent): Entry[] {
  const { name, durationMs, expiresAt, error, source, attempts = [] } = event
  const lifetime = expiresAt === undefined ? undefined : { expiresAt }
  const took = durationMs === undefined ? undefined : { durationMs }
  const tried = attempts.map(
    ({ how, durationMs: each, error: code }): Entry => ({
      event: 'renewal',
      how,
      durationMs: each,
      ...(code === undefined ? { outcome: 'ok', ...lifetime } : { outcome: 'failed', code }),
    }),
  )
  const failed = tried.filter(({ outcome }) => outcome === 'failed')
  switch (name) {
    case 'login':
    case 'refresh':
      return failed.length < tried.length ? tried : [...failed, { event: 'renewal', how: name, outcome: 'ok', ...took, ...lifetime }]
    case 'restore':
      // What was taken over has a line of its own, and was no renewal.
      return [...failed, { event: name, how: source ?? 'store', outcome: 'ok', ...took, ...lifetime }]
    case 'invalidate':
      return [{ event: name, outcome: 'ok' }]
    case 'failure':
      return [...failed, { event: name, outcome: 'failed', ...took, ...(error === undefined ? undefined : { code: error.code }) }]
  }
}

/** As much of the end of a log as is looked at. */
const TAIL_BYTES = 65_536

/** The last renewals of `account` that the log has, newest first. A log that cannot be read has none. */
export function lastRenewals(path: string, account: string | null, most: number): TokenStatus['recent'] {
  const found: TokenStatus['recent'] = []
  for (const line of tailOf(path).split('\n').reverse()) {
    const entry = parsed(line)
    if (entry?.event !== 'renewal' || entry.account !== account || found.length === most) continue
    const { time, how, durationMs = 0, code } = entry
    const at = Date.parse(time)
    if (how !== undefined && !Number.isNaN(at)) found.push({ at, how, durationMs, ...(code === undefined ? undefined : { error: code }) })
  }
  return found
}

function tailOf(path: string): string {
  try {
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const from = Math.max(0, fstatSync(file).size - TAIL_BYTES)
      const bytes = Buffer.alloc(TAIL_BYTES)
      return bytes.toString('utf8', 0, readSync(file, bytes, 0, TAIL_BYTES, from))
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}

function parsed(line: string): (Entry & { time: string; account: string }) | undefined {
  try {
    return JSON.parse(line) as Entry & { time: string; account: string }
  } catch {
    return undefined
  }
}
