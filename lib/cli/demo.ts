import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTokenManager } from '../create'
import { baserow } from '../providers'
import { fileStore } from '../stores'
import type { Terminal } from './terminal'
import { describe } from './terminal'

declare const require: (id: string) => unknown

const CALLERS = 1000
// A short life, so that its renewal can be watched.
const LIFE = { ttlSeconds: 4, refreshMarginSeconds: 2 }

/** The main job (use-cases.md, 1 and 5) on the embedded server: the bundle of users' tests, beside ours. */
export async function demo(terminal: Terminal): Promise<number> {
  const { DEFAULT_USER, startBaserow } = require('./testing.cjs') as typeof import('../testing')
  const server = await startBaserow()
  const dir = await mkdtemp(join(tmpdir(), 'tokenkeep-demo-'))
  const { baseUrl, counters } = server
  const make = (password: string) =>
    createTokenManager({ provider: baserow({ ...DEFAULT_USER, baseUrl, password }), store: fileStore({ dir }), ...LIFE })
  const first = make(DEFAULT_USER.password)
  const sibling = make(DEFAULT_USER.password)
  const wrong = make('not the password')
  const checks: { title: string; ok: boolean; says: string }[] = []
  const check = async (title: string, run: () => Promise<[boolean, string]>) => {
    const [ok, says] = await run().catch((error: unknown): [boolean, string] => [false, describe(error).message])
    checks.push({ title, ok, says })
    if (!terminal.json) terminal.say(`${terminal.paint(ok ? 'green' : 'red', ok ? '✓' : '✗')} ${title.padEnd(30)} ${says}`, {})
  }
  if (!terminal.json) terminal.say(`A service on an embedded Baserow (${baseUrl})\n`, {})
  try {
    await check(`${CALLERS} callers at once`, async () => {
      const tokens = await Promise.all(Array.from({ length: CALLERS }, () => first.getToken()))
      const distinct = new Set(tokens).size
      return [counters.loginRequests === 1 && distinct === 1, `${counters.loginRequests} login, ${distinct} token`]
    })
    await check('the API accepts it', async () => {
      const path = '/database/tables/database/1/'
      const { status } = await fetch(baseUrl + path, { headers: { authorization: await first.authorization() } })
      return [status === 200, `GET /api${path} with "Authorization: JWT eyJ…": ${status}`]
    })
    await check('another process on the host', async () => {
      const [ours, theirs] = [await first.getToken(), await sibling.getToken()]
      return [ours === theirs && counters.loginRequests === 1, 'takes the session from the file: no further login']
    })
    await check('renewal ahead of expiry', async () => {
      const before = await first.getToken()
      const { refreshAt, expiresAt } = first.status()
      await sleep(Math.max(0, refreshAt! - Date.now()) + 20)
      const after = await first.getToken()
      const early = ((expiresAt! - Date.now()) / 1000).toFixed(1)
      const ok = after !== before && counters.refreshes === 1 && counters.loginRequests === 1
      return [ok, `a new token ${early} s before the old one ends: ${counters.refreshes} refresh, no further login`]
    })
    await check('a token that the API refused', async () => {
      const dead = await first.getToken()
      await Promise.all(Array.from({ length: 10 }, () => first.invalidate(dead)))
      const fresh = await Promise.all(Array.from({ length: 10 }, () => first.getToken()))
      const ok = counters.refreshes === 2 && new Set(fresh).size === 1 && fresh[0] !== dead
      return [ok, `10 callers report it, ${counters.refreshes - 1} renewal`]
    })
    await check('a wrong password', async () => {
      const results = await Promise.allSettled(Array.from({ length: 100 }, () => wrong.getToken()))
      const codes = new Set(results.map((result) => (result.status === 'rejected' ? describe(result.reason).code : 'a token')))
      const ok = codes.size === 1 && codes.has('INVALID_CREDENTIALS') && counters.loginRequests === 2
      return [ok, `100 callers, ${counters.loginRequests - 1} login: ${[...codes].join(', ')}`]
    })
  } finally {
    await Promise.all([first.close(), sibling.close(), wrong.close()])
    await server.close()
    await rm(dir, { recursive: true, force: true })
  }
  const failed = checks.filter(({ ok }) => !ok).length
  const all = failed === 0 ? `all ${checks.length} of its lines did what they say` : `${failed} of its ${checks.length} lines did not do what they say`
  terminal.say(`\nThe demo is over: ${all}.`, { ok: failed === 0, checks })
  return failed === 0 ? 0 : 1
}
