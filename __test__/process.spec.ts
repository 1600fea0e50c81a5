// What keeps a process alive, and what does not (life-cycle.md): every program here is a process of its own.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_KEY, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run, start } from './child'

/** Our thread idles for 5 s and an attempt may take 10 s: whoever is gone before this waited for neither. */
const PROMPT_MS = 2500

const JWT = /^eyJ/

let server: BaserowServer

beforeEach(async () => {
  server = await startBaserow()
})
afterEach(() => server.close())

const flying = () => expect.poll(() => server.counters.loginRequests, { interval: 5, timeout: 10_000 }).toBe(1)

describe('a script whose last act is to get a token', () => {
  it.each(['token.mjs', 'token.cjs'])('gets it and then ends by itself: %s', async (program) => {
    const { code, lines, stderr, lingeredMs } = await run(program, { baseUrl: server.baseUrl })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(lines).toEqual([expect.stringMatching(JWT)])
    expect(lingeredMs).toBeLessThan(PROMPT_MS)
  })

  it.each(['token.mjs', 'token.cjs'])('is kept alive until a slow server has answered: %s', async (program) => {
    server.fail({ kind: 'slow', ms: 1200 })
    const { code, lines, tookMs, lingeredMs } = await run(program, { baseUrl: server.baseUrl })
    expect({ code, lines }).toEqual({ code: 0, lines: [expect.stringMatching(JWT)] })
    expect(tookMs).toBeGreaterThan(1200)
    expect(lingeredMs).toBeLessThan(PROMPT_MS)
  })

  it('fails as any script does when nobody catches the error', async () => {
    server.fail('outage')
    const { code, stderr } = await run('token.cjs', { baseUrl: server.baseUrl })
    expect(code).toBe(1)
    expect(stderr).toContain("code: 'SERVER_ERROR'")
  })
})

describe('a process ends at once when its manager is', () => {
  it.each([
    ['made and never asked', ['done']],
    ['idle after a login', ['done']],
    ['listened to', ['done']],
    ['inside its margin, with its timer armed', ['done']],
    ['invalidated', ['done']],
    ['logged out', ['done']],
    ['closed before any login', ['done']],
    ['closed', ['done']],
    ['failed at its login', ['INVALID_CREDENTIALS', 'done']],
  ])('%s', async (scene, said) => {
    const { code, lines, stderr, lingeredMs } = await run('idle.mjs', { baseUrl: server.baseUrl, args: [scene] })
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: said, stderr: '' })
    expect(lingeredMs).toBeLessThan(PROMPT_MS)
  })
})

describe('a flight at a server that hangs', () => {
  it('keeps nothing alive once all who waited have left', async () => {
    server.fail('hang')
    const child = start('abandoned.mjs', { baseUrl: server.baseUrl })
    await flying()
    child.tell('leave')
    const { code, lines, stderr, lingeredMs } = await child.ended
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: ['left', 'left', 'left'], stderr: '' })
    expect(lingeredMs).toBeLessThan(PROMPT_MS)
  })

  it.each(['one stays', 'one comes back'])('keeps the process for the one who waits: %s', async (who) => {
    server.fail({ kind: 'slow', ms: 1500 })
    const child = start('abandoned.mjs', { baseUrl: server.baseUrl, args: [who] })
    await flying()
    child.tell('leave')
    const { code, lines } = await child.ended
    expect({ code, lines }).toEqual({ code: 0, lines: ['left', 'left', 'left', expect.stringMatching(JWT)] })
    expect(server.counters.loginRequests).toBe(1)
  })

  it('does not stand in the way of SIGTERM', async () => {
    server.fail('hang')
    const child = start('token.mjs', { baseUrl: server.baseUrl })
    await flying()
    const killed = performance.now()
    child.kill('SIGTERM')
    const { code, signal, stderr } = await child.ended
    expect({ code, signal, stderr }).toEqual({ code: null, signal: 'SIGTERM', stderr: '' })
    expect(performance.now() - killed).toBeLessThan(PROMPT_MS)
  })

  it('survives process.exit() at any moment, twenty times, and leaves the exit code alone', async () => {
    // Half of them while nothing comes, half of them while the answer may be on its way into JavaScript.
    server.configure({ latencyMs: 6 })
    const moments = Array.from({ length: 20 }, (_, n) => n)
    for (let done = 0; done < moments.length; done += 4) {
      if (done === 8) server.fail('hang', { times: Infinity })
      const batch = moments.slice(done, done + 4).map((ms) => run('exit.mjs', { baseUrl: server.baseUrl, args: [ms] }))
      for (const { code, signal, stderr, tookMs } of await Promise.all(batch)) {
        expect({ code, signal, stderr }).toEqual({ code: 7, signal: null, stderr: '' })
        expect(tookMs).toBeLessThan(2 * PROMPT_MS)
      }
    }
    expect(server.counters.loginRequests).toBeGreaterThan(0)
  })
})

describe('a flight that nobody waits for', () => {
  let dir: string
  beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'tokenkeep-holding-'))))
  afterEach(() => rmSync(dir, { recursive: true }))
  const scene = (name: string, env: Record<string, string> = {}, flags: string[] = []) =>
    run('holding.mjs', { baseUrl: server.baseUrl, args: [name], env: { STORE_DIR: dir, ...env }, flags })

  it('keeps the process when it has sent a one-time refresh token, until the next one is saved', async () => {
    await using tokens = await startTokenServer({ refreshDelayMs: 1200 })
    const env = { LOGIN_URL: tokens.loginUrl, REFRESH_URL: tokens.refreshUrl, API_KEY: DEFAULT_KEY }
    const left = { code: 0, lines: ['TimeoutError', 'done'], stderr: '' }
    expect(await scene('left with a one-time token under way', env)).toMatchObject(left)
    expect(tokens.counters.refreshes).toBe(1)
    expect(await scene('left with a one-time token under way', env)).toMatchObject(left)
    expect(tokens.counters).toMatchObject({ logins: 1, refreshes: 2, reuses: 0 })
  })

  it.each([
    ['left after it was taken over by a second flight', ['left', 'done']],
    ['renewing by its interval', ['done']],
  ])('lets the process end: %s', async (name, said) => {
    server.fail('hang', { endpoint: 'refresh', times: Infinity })
    const { code, lines, stderr, lingeredMs } = await scene(name)
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: said, stderr: '' })
    expect(server.counters.refreshRequests).toBe(1)
    expect(lingeredMs).toBeLessThan(PROMPT_MS)
  })

  it('does not keep what its caller had in its AsyncLocalStorage', async () => {
    const { lines, stderr } = await scene('whose caller is forgotten', {}, ['--expose-gc'])
    expect({ lines, stderr }).toEqual({ lines: ['true forgotten', 'done'], stderr: '' })
  })
})

describe('what goes wrong in the process of a caller', () => {
  it('is no memory leak that Node warns of, when twenty callers wait with one and the same signal', async () => {
    const args = ['asked by twenty callers with one signal']
    const { lines, stderr } = await run('idle.mjs', { baseUrl: server.baseUrl, args })
    expect({ lines, stderr }).toEqual({ lines: ['done'], stderr: '' })
  })

  it('is no unhandled rejection when each caller catches its own', async () => {
    const { code, lines, stderr } = await run('rejected.mjs', { baseUrl: server.baseUrl })
    const refused = 'INVALID_CREDENTIALS'
    const outcomes = [refused, refused, refused, 'left', 'left before', refused, refused].join()
    expect({ code, lines, stderr }).toEqual({ code: 0, lines: [outcomes, 'done'], stderr: '' })
  })

  it('does not lose the token when a logger and listeners throw, nor the token of another manager', async () => {
    const { code, lines, stderr } = await run('throwing.mjs', { baseUrl: server.baseUrl })
    expect({ code, count: lines.length, stderr }).toEqual({ code: 0, count: 1, stderr: '' })
    const { tokens, told } = JSON.parse(lines[0]!) as { tokens: string[]; told: number }
    expect(tokens).toEqual([expect.stringMatching(JWT), expect.stringMatching(JWT), expect.stringMatching(JWT)])
    // Two info lines, three events, and an error line for each of the three.
    expect(told).toBe(8)
  })
})

const countable = existsSync('/proc/self/task')
if (!countable) console.warn('NOT TESTED: how many threads we start. There is no /proc/self/task here to count them by.')

it.skipIf(!countable)('has no thread of its own before the first call and when idle, and one while it renews', async () => {
  server.configure({ latencyMs: 60 })
  const { code, lines, stderr } = await run('threads.cjs', { baseUrl: server.baseUrl })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const counted = JSON.parse(lines[0]!) as Record<string, number>
  expect(counted).toMatchObject({ made: 0, renewing: 1, idle: 0, renewingAgain: 1, refreshes: 1 })
  // It stays for a burst of renewals on warm connections, and not longer than 8 s.
  expect(counted['idleAfterMs']).toBeGreaterThan(3000)
  expect(counted['idleAfterMs']).toBeLessThan(8000)
})
