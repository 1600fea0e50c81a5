// What a pool keeps alive, and what it keeps in memory: every program here is a process of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TokenServer } from 'tokenkeep/testing'
import { DEFAULT_KEY, startTokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from './child'

const PROMPT_MS = 2500

let server: TokenServer
let dir: string

beforeEach(async () => {
  server = await startTokenServer()
  dir = mkdtempSync(join(tmpdir(), 'tokenkeep-pooled-'))
})
afterEach(async () => {
  rmSync(dir, { recursive: true })
  await server.close()
})

async function pooled(scene: string, ...flags: string[]) {
  const env = { TOKEN_URL: server.loginUrl, TOKEN_KEY: DEFAULT_KEY, STORE_DIR: dir }
  const { code, stderr, lines, lingeredMs } = await run('pooled.mjs', { args: [scene], env, flags })
  expect({ code, stderr, last: lines.at(-1) }).toEqual({ code: 0, stderr: '', last: 'done' })
  return { lines: lines.slice(0, -1), lingeredMs }
}

describe('a process ends by itself, with a pool', () => {
  it.each(['made and never asked', 'asked for a few accounts', 'with a handle', 'closed'])('%s', async (scene) => {
    const { lines, lingeredMs } = await pooled(scene)
    expect(lines).toEqual([])
    expect(lingeredMs).toBeLessThan(PROMPT_MS)
  })

  it('left by everybody who waited', async () => {
    server.fail('hang', { times: Infinity })
    const { lines, lingeredMs } = await pooled('left by everybody who waited')
    expect(lines).toEqual(['left'])
    expect(lingeredMs).toBeLessThan(PROMPT_MS)
  })
})

describe('memory', () => {
  it('of an account leaves with it: the callbacks of its logins can be collected', async () => {
    expect((await pooled('forgets who has left', '--expose-gc')).lines).toEqual(['true true'])
  })

  it('of whoever asked first is not kept for as long as the pool is in use', async () => {
    expect((await pooled('forgets whoever asked first', '--expose-gc')).lines).toEqual(['0 true'])
  })

  it.each(['is collected as a whole', 'gives its store back'])('of a pool that was closed is free: it %s', async (scene) => {
    expect((await pooled(scene, '--expose-gc')).lines).toEqual(['true'])
  })
})

it('what another thread has forgotten is not served by the next call, even while this thread never rests', async () => {
  expect((await pooled('told by another thread')).lines).toEqual(['true true'])
})

it('two processes with one file store make one login per account', async () => {
  const [first, second] = [await pooled('over a store'), await pooled('over a store')].map(({ lines }) => JSON.parse(lines[0]!) as [string[], object])
  expect(second![0]).toEqual(first![0])
  expect([first![1], second![1]]).toMatchObject([{ logins: 2, storeHits: 0 }, { logins: 0, storeHits: 2 }])
  expect(server.counters.loginRequests).toBe(2)
})
