// Logins of the user's own, across processes and threads.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { run, start } from './child'

const CROWD = 6
/** What a program does not need to wait for is not waited for. */
const PROMPT_MS = 2000

let dir: string
let env: Record<string, string>

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tokenkeep-relay-'))
  env = { STORE_DIR: join(dir, 'store'), LOGINS_FILE: join(dir, 'logins') }
})
afterEach(() => rmSync(dir, { recursive: true }))

const relay = (scene: string) => run('relay.mjs', { args: [scene], env })

it(`${CROWD} processes at once make one login, and all have its token`, async () => {
  const crowd = Array.from({ length: CROWD }, () => start('relay.mjs', { args: ['crowd'], env }))
  await vi.waitFor(() => crowd.forEach((child) => expect(child.lines()).toEqual(['ready'])), { timeout: 15_000 })
  crowd.forEach((child) => child.tell('go'))
  const ended = await Promise.all(crowd.map((child) => child.ended))
  const logins = readFileSync(env['LOGINS_FILE']!, 'utf8').trim().split('\n')
  expect(logins).toHaveLength(1)
  for (const { code, lines, stderr } of ended) {
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: ['ready', `of ${logins[0]}`, 'done'], stderr: '' })
  }
})

it('a worker that dies in the middle of its login takes nothing with it: the next one of the account logs in at once', async () => {
  const { code, signal, lines, stderr } = await relay('a worker dies')
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  expect(lines.slice(0, 3)).toEqual(Array.from({ length: 3 }, () => 'worker ended with 1'))
  const [itsOwn, tookMs] = lines[3]!.split(' ')
  expect(itsOwn).toBe('true')
  // And not after the time limit of the dead one.
  expect(Number(tookMs)).toBeLessThan(PROMPT_MS)
})

it('a login that never settles keeps the process for the one who waits, until its time is up', async () => {
  const { code, lines, stderr } = await relay('somebody waits')
  expect({ code, lines, stderr }).toEqual({ code: 0, lines: ['TIMEOUT', 'done'], stderr: '' })
})

it('a login that never settles keeps no process when nobody waits', async () => {
  const { code, lines, stderr, lingeredMs } = await relay('nobody waits')
  expect({ code, lines, stderr }).toEqual({ code: 0, lines: ['left', 'done'], stderr: '' })
  expect(lingeredMs).toBeLessThan(PROMPT_MS)
})

it('a login that fails after its time is up is no unhandled rejection', async () => {
  const { code, lines, stderr } = await relay('too late')
  expect({ code, lines, stderr }).toEqual({ code: 0, lines: ['TIMEOUT', 'TIMEOUT', 'done'], stderr: '' })
})
