// TOKENKEEP_AUDIT_LOG: every attempt and what came of it, and never in anybody's way.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TokenEvent } from 'tokenkeep'
import { TokenError } from 'tokenkeep'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AuditLog } from '../lib/audit'
import { Shell } from './cli'

const entriesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('the lines of an event', () => {
  let folder: string
  let path: string
  let warnings: string[]
  let log: AuditLog

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tokenkeep-audit-'))
    path = join(folder, 'audit.log')
    warnings = []
    log = new AuditLog(path, (message) => warnings.push(message))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const at = Date.UTC(2026, 10, 21, 3, 4, 5, 678)
  const expiresAt = at + 600_000
  const time = '2026-11-21T03:04:05.678Z'
  const base = { time, account: 'alice', pid: process.pid }
  const write = (event: Omit<TokenEvent, 'account' | 'at' | 'attempts'> & { attempts?: object[]; source?: string }) => log.write({ account: 'alice', at, ...event } as TokenEvent)
  const error = new TokenError({ code: 'NETWORK', message: 'NETWORK: hunter2 could not be reached' })

  it('tell each attempt and its outcome', () => {
    write({
      name: 'login',
      durationMs: 30.4,
      expiresAt,
      attempts: [
        { how: 'refresh', durationMs: 10.2, error: 'INVALID_CREDENTIALS' },
        { how: 'login', durationMs: 20 },
      ],
    })
    expect(entriesOf(path)).toEqual([
      { ...base, event: 'renewal', how: 'refresh', outcome: 'failed', code: 'INVALID_CREDENTIALS', durationMs: 10 },
      { ...base, event: 'renewal', how: 'login', outcome: 'ok', durationMs: 20, expiresAt: new Date(expiresAt).toISOString() },
    ])
  })

  it('tell of a renewal whose attempts nobody counted', () => {
    write({ name: 'refresh', durationMs: 12, expiresAt })
    expect(entriesOf(path)).toEqual([{ ...base, event: 'renewal', how: 'refresh', outcome: 'ok', durationMs: 12, expiresAt: expect.any(String) }])
  })

  it('tell restores, invalidations and failures, and nothing of what errors say', () => {
    write({ name: 'restore', durationMs: 1, expiresAt, attempts: [{ how: 'store', durationMs: 1 }] })
    write({ name: 'invalidate' })
    write({ name: 'failure', durationMs: 9, error, attempts: [{ how: 'login', durationMs: 9, error: 'NETWORK' }] })
    expect(entriesOf(path)).toEqual([
      { ...base, event: 'restore', how: 'store', outcome: 'ok', durationMs: 1, expiresAt: expect.any(String) },
      { ...base, event: 'invalidate', outcome: 'ok' },
      { ...base, event: 'renewal', how: 'login', outcome: 'failed', code: 'NETWORK', durationMs: 9 },
      { ...base, event: 'failure', outcome: 'failed', code: 'NETWORK', durationMs: 9 },
    ])
    expect(readFileSync(path, 'utf8')).not.toContain('hunter2')
  })

  it('tell where tokens were taken from when renewals had failed', () => {
    const attempts = [
      { how: 'login', durationMs: 5, error: 'SERVER_ERROR' },
      { how: 'environment', durationMs: 0 },
    ]
    write({ name: 'restore', source: 'environment', durationMs: 5, expiresAt, attempts })
    expect(entriesOf(path)).toEqual([
      { ...base, event: 'renewal', how: 'login', outcome: 'failed', code: 'SERVER_ERROR', durationMs: 5 },
      { ...base, event: 'restore', how: 'environment', outcome: 'ok', durationMs: 5, expiresAt: expect.any(String) },
    ])
  })

  it('are added to a file of mode 0600, whatever is in it', () => {
    const umask = process.umask(0)
    try {
      write({ name: 'invalidate' })
    } finally {
      process.umask(umask)
    }
    expect(statSync(path).mode & 0o777).toBe(0o600)
    write({ name: 'invalidate' })
    expect(entriesOf(path)).toHaveLength(2)
    expect(warnings).toEqual([])
  })

  it('go on in a new file when the old one was rotated away', () => {
    write({ name: 'invalidate' })
    renameSync(path, `${path}.1`)
    write({ name: 'invalidate' })
    expect(entriesOf(path)).toHaveLength(1)
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('go to a file that others can read too, with one warning', () => {
    writeFileSync(path, '')
    chmodSync(path, 0o644)
    write({ name: 'invalidate' })
    write({ name: 'invalidate' })
    expect(warnings).toEqual([`the audit log ${path} has mode 0644: others can read it; chmod 600 it`])
    expect(entriesOf(path)).toHaveLength(2)
    expect(statSync(path).mode & 0o777).toBe(0o644)
  })

  it('go nowhere, with one warning, where nothing can be written', () => {
    for (const [nowhere, code] of [
      [join(folder, 'missing', 'audit.log'), 'ENOENT'],
      [folder, 'EISDIR'],
    ]) {
      warnings = []
      log = new AuditLog(nowhere!, (message) => warnings.push(message))
      write({ name: 'invalidate' })
      write({ name: 'invalidate' })
      expect(warnings).toEqual([`the audit log ${nowhere!} cannot be written (${code!}): going on without it`])
    }
  })

  it.runIf(process.platform !== 'win32')('do not wait for the reader of a pipe', () => {
    spawnSync('mkfifo', [path])
    write({ name: 'invalidate' })
    expect(warnings).toEqual([expect.stringContaining('ENXIO')])
  })
})

describe('the log of the command line', () => {
  let server: BaserowServer
  let shell: Shell
  let path: string

  beforeEach(async () => {
    server = await startBaserow()
    shell = new Shell(server)
    path = join(shell.folder, 'audit.log')
    shell.env['TOKENKEEP_AUDIT_LOG'] = path
  })
  afterEach(async () => {
    await server.close()
    shell.clear()
  })

  it('has every attempt of every command, and no secret', async () => {
    for (const command of ['login', 'refresh', 'invalidate', 'token']) expect((await shell.run([command])).code).toBe(0)
    server.fail({ kind: 'status', status: 401 }, { endpoint: 'refresh' })
    expect((await shell.run(['refresh'])).code).toBe(0)
    const told = entriesOf(path).map(({ event, how, outcome }) => [event, how, outcome].filter(Boolean).join(' '))
    expect(told.filter((line) => !line.startsWith('restore'))).toEqual([
      'renewal login ok',
      'renewal refresh ok',
      'invalidate ok',
      'renewal refresh ok',
      'renewal refresh failed',
      'renewal login ok',
    ])
    for (const entry of entriesOf(path)) {
      expect(entry).toMatchObject({ account: DEFAULT_USER.email, pid: expect.any(Number) })
      expect(entry['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    }
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const text = readFileSync(path, 'utf8')
    expect(text).not.toContain('eyJ')
    expect(text).not.toContain(DEFAULT_USER.password)
  })

  it.each(['token', 'login', 'refresh'])('has a %s that failed', async (command) => {
    expect((await shell.run([command], { env: { BASEROW_USER_PASSWORD: 'not it' } })).code).toBe(1)
    expect(entriesOf(path)).toEqual([
      expect.objectContaining({ event: 'renewal', how: 'login', outcome: 'failed', code: 'INVALID_CREDENTIALS' }),
      expect.objectContaining({ event: 'failure', outcome: 'failed', code: 'INVALID_CREDENTIALS' }),
    ])
  })

  it('tells status of the last renewals, newest first', async () => {
    for (const command of ['login', 'refresh']) await shell.run([command])
    await shell.run(['token'], { env: { BASEROW_USER_PASSWORD: 'not it' } })
    const { code, stdout } = await shell.run(['status'])
    expect(code).toBe(0)
    const [failed, refreshed, loggedIn] = stdout.split('last renewals\n')[1]!.split('\n')
    expect(failed).toMatch(/^  login    (now|\d+ seconds? ago) +\d+ ms +INVALID_CREDENTIALS$/)
    expect(refreshed).toMatch(/^  refresh  .* ok$/)
    expect(loggedIn).toMatch(/^  login    .* ok$/)
    const { data } = await shell.json(['status'])
    const at = expect.any(Number)
    expect(data['recent']).toMatchObject([{ at, how: 'login', error: 'INVALID_CREDENTIALS' }, { at, how: 'refresh' }, { at, how: 'login' }])
  })

  it('that cannot be written is a warning on stderr', async () => {
    const { code, stderr } = await shell.run(['login'], { env: { TOKENKEEP_AUDIT_LOG: '/nowhere/audit.log' } })
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'warn  the audit log /nowhere/audit.log cannot be written (ENOENT): going on without it\n' })
  })
})
