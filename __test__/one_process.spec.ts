// One process, one session: what worker threads share that each have a manager or a pool, and what they do not.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TokenServer } from 'tokenkeep/testing'
import { DEFAULT_KEY, startTokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { run } from './child'

const OTHER_KEY = 'another-key'

let server: TokenServer
let dir: string

beforeEach(async () => {
  server = await startTokenServer({ keys: [DEFAULT_KEY, OTHER_KEY] })
  dir = mkdtempSync(join(tmpdir(), 'tokenkeep-crew-'))
})
afterEach(async () => {
  rmSync(dir, { recursive: true })
  await server.close()
})

async function crew<Report>(scene: string): Promise<Report> {
  const env = { TOKEN_URL: server.loginUrl, TOKEN_KEY: DEFAULT_KEY, OTHER_KEY, STORE_DIR: dir }
  const { code, signal, lines, stderr } = await run('crew.mjs', { args: [scene], env })
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  return JSON.parse(lines[0]!) as Report
}

/** The tokens, each once. */
const different = (...tokens: string[]) => new Set(tokens).size

it('a token that one thread forgets is gone for all others at their next call, and they make one login for another', async () => {
  const { before, after } = await crew<Record<'before' | 'after', string[]>>('one invalidates')
  expect([different(...before), different(...after), different(...before, ...after)]).toEqual([1, 1, 2])
  expect(server.counters.loginRequests).toBe(2)
})

it('pools of four threads share the session of each account', async () => {
  const { tokens } = await crew<{ tokens: string[] }>('pools')
  expect([tokens.length, different(...tokens)]).toEqual([40, 10])
  expect(server.counters.loginRequests).toBe(10)
})

it('a thread that dies in the middle of the flight that it leads takes nobody with it who waits', async () => {
  server.configure({ loginDelayMs: 800 })
  const { tokens } = await crew<{ tokens: string[] }>('one dies')
  expect(tokens).toEqual([expect.stringMatching(/^eyJ/), tokens[0]])
  expect(server.counters.loginRequests).toBe(1)
})

it('callbacks stay in their thread: each has a session of its own', async () => {
  const { tokens } = await crew<{ tokens: string[] }>('callbacks')
  expect([different(...tokens), tokens.every((token) => token.startsWith('of thread'))]).toEqual([3, true])
})

it('other credentials, stores, lifetimes or kinds are other sessions, and the same ones are the same', async () => {
  const { once, again } = await crew<Record<'once' | 'again', string[]>>('kept apart')
  expect(different(...once)).toBe(6)
  // Those with callbacks are apart by their threads.
  expect(again.slice(0, 5)).toEqual(once.slice(0, 5))
  expect(again[5]).not.toBe(once[5])
  expect(server.counters.loginRequests).toBe(5)
})

it('a session is forgotten when the last of them is closed, and not before', async () => {
  const { before, after } = await crew<{ before: string[]; after: string }>('the last one leaves')
  expect([different(...before), different(...before, after)]).toEqual([1, 2])
  expect(server.counters.loginRequests).toBe(2)
})

it('a fuse that has blown in one thread holds for all, pools too, and for no other account', async () => {
  const { codes } = await crew<{ codes: string[] }>('storm')
  expect(codes).toEqual(['COOLING_DOWN', 'COOLING_DOWN', 'COOLING_DOWN', expect.stringMatching(/^eyJ/)])
  expect(server.counters.loginRequests).toBe(6)
})
