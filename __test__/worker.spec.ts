// Worker threads: each has an environment of the addon to itself, and may end at any moment.
import type { BaserowServer } from 'tokenkeep/testing'
import { startBaserow } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from './child'

const JWT = /^eyJ/

let server: BaserowServer
let hanging: BaserowServer

beforeEach(async () => {
  server = await startBaserow()
  hanging = await startBaserow()
  hanging.fail('hang', { times: Infinity })
})
afterEach(() => Promise.all([server.close(), hanging.close()]))

it('eight worker threads make one login, and a ninth that comes after them makes another', async () => {
  const { code, lines, stderr } = await run('workers.mjs', { baseUrl: server.baseUrl })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [eight, ninth] = lines.map((line) => JSON.parse(line) as { code: number; heard: string[] }[])
  const heard = eight!.flatMap((one) => one.heard)
  const tokens = heard.filter((word) => JWT.test(word))
  expect({ tokens: tokens.length, different: new Set(tokens).size }).toEqual({ tokens: 8, different: 1 })
  // The line goes to the log of whoever led the flight.
  expect(heard.filter((word) => word.startsWith('logged in'))).toHaveLength(1)
  expect(ninth).toEqual({ code: 0, heard: [expect.stringMatching(/^logged in/), expect.stringMatching(JWT)] })
  expect(server.counters).toMatchObject({ logins: 2, loginRequests: 2 })
})

it('survives twenty workers that are terminated in the middle of a flight', async () => {
  const racing = await startBaserow({ latencyMs: 4 })
  const env = { HANGING_URL: hanging.baseUrl, RACING_URL: racing.baseUrl }
  const { code, signal, lines, stderr } = await run('terminated.mjs', { baseUrl: server.baseUrl, env })
  await racing.close()
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' })
  const report = JSON.parse(lines[0]!) as { codes: number[]; renewed: boolean; counters: object }
  // 1 is what Node says of a worker that did not get to its end; those whose server answers may have got there first.
  expect(report.codes).toHaveLength(20)
  report.codes.forEach((code, number) => expect(number % 2 === 0 ? [1] : [0, 1]).toContain(code))
  expect(report).toMatchObject({ renewed: true, counters: { logins: 1, refreshes: 6, failures: 0 } })
  expect(hanging.counters.loginRequests).toBeGreaterThan(0)
})

describe('a worker that ends with everything still around leaves the main thread as it was', () => {
  it.each([
    ['leaves a flight behind and exits', 3, []],
    ['leaves a flight behind and throws', 1, ['thrown by the worker']],
    ['leaves a flight that nobody waits for', 0, ['left']],
  ])('when it %s', async (scene, exitCode, words) => {
    const env = { BESIDE_URL: server.baseUrl }
    const { code, lines, tookMs } = await run('worker_ends.mjs', { baseUrl: hanging.baseUrl, env, args: [scene] })
    expect(code).toBe(0)
    expect(JSON.parse(lines[0]!)).toEqual({ code: exitCode, heard: words, token: expect.stringMatching(JWT) })
    // Before the flight could have timed out.
    expect(tookMs).toBeLessThan(8000)
  })

  it('when it has an idle manager and listeners', async () => {
    const options = { baseUrl: server.baseUrl, env: { BESIDE_URL: server.baseUrl } }
    const { code, lines, stderr } = await run('worker_ends.mjs', {
      ...options,
      args: ['has an idle manager and listeners'],
    })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const heard = [expect.stringMatching(/^logged in/), expect.stringMatching(JWT)]
    expect(JSON.parse(lines[0]!)).toEqual({ code: 0, heard, token: expect.stringMatching(JWT) })
  })
})

it('is collected with all it has once nobody holds it: 1,400 managers leave memory as it was', async () => {
  const options = { baseUrl: server.baseUrl, flags: ['--expose-gc'] }
  const { code, lines, stderr } = await run('collected.mjs', options)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const report = JSON.parse(lines[0]!) as { made: number; collected: number; kilobytes: number[] }
  expect(report.collected).toBe(report.made)
  // The first rounds fill the caches of the allocators; a leak of a manager's 10 kB would show as 8 MB in the others.
  const [, , settled, ...later] = report.kilobytes
  expect(later.at(-1)! - settled!).toBeLessThan(6 * 1024)
})
