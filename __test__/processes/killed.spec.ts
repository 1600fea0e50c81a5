// kill -9 at the named steps of a renewal: whoever survives has a sound folder, no lock in the way, and a token.
import { join } from 'node:path'
import type { BaserowServer } from 'tokenkeep/testing'
import { startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEADLINE_MS, expectSound, GRACE_MS, LONG, namesIn, recordIn, SLACK_MS, tidy, workshop } from './folder'
import { complaints, hasWaypoints, keep, type KeeperOptions, ofBaserow, ofTokenServer, reap } from './keeper'

let server: BaserowServer
let dir: string

beforeEach(async () => {
  server = await startBaserow()
  dir = join(workshop(), 'store')
})
afterEach(async () => {
  await reap()
  await server.close()
  tidy()
})

const keeper = (more: Partial<KeeperOptions> = {}) =>
  keep({ provider: ofBaserow(server), store: { dir }, options: { deadlineMs: DEADLINE_MS }, ...more })

/** Nobody waits longer for the dead than for one who hangs. */
const BOUND_MS = DEADLINE_MS + GRACE_MS + SLACK_MS

async function expectToken(call: () => Promise<{ value?: string | undefined }>): Promise<string> {
  const started = performance.now()
  const { value } = await call()
  expect(performance.now() - started).toBeLessThan(BOUND_MS)
  expect(value).toMatch(/^eyJ/)
  return value!
}

/** Every step, and whether what was got is on disk when its process dies there. */
const STEPS: Array<[step: string, saved: boolean]> = [
  ['before the lock', false],
  ['holding the lock', false],
  ['after the look', false],
  ['after the reply', false],
  ['holding the guard', false],
  ['in the temporary file', false],
  ['in the backup', false],
  ['after the backup', false],
  ['after the temporary file', false],
  ['after the rename', true],
  ['after the save', true],
]

describe.skipIf(!hasWaypoints)('kill -9 of a process that renews', { timeout: 240_000 }, () => {
  it.each(STEPS)('%s', async (step, saved) => {
    // One that has a session already, has the kernel's file open and waits behind the dead one.
    const witness = keeper()
    const before = await expectToken(() => witness.ask('getToken'))
    const victim = keeper({ waypoints: true, env: { TOKENKEEP_DIE_AT: step } })
    const killed = victim.ask('getToken', { forceRefresh: true })
    expect(await killed).toEqual({ died: 'SIGKILL' })
    expectSound(dir)
    const refreshes = server.counters.refreshRequests

    const survivor = keeper()
    const after = await expectToken(() => survivor.ask('getToken'))
    expect(after !== before, 'the token of the dead process is on disk').toBe(saved)
    expect(server.counters).toMatchObject({ loginRequests: 1, refreshRequests: refreshes })

    const [renewed, too] = await Promise.all([survivor, witness].map((one) => expectToken(() => one.ask('getToken', { forceRefresh: true }))))
    expect([before, after]).not.toContain(renewed)
    expect([before, after]).not.toContain(too)
    expect(server.counters.loginRequests).toBe(1)
    expect([...complaints(witness), ...complaints(survivor)]).toEqual([])
    expectSound(dir)
    expect(namesIn(dir).temporary, 'what the dead one has left is swept away').toEqual([])
  })

  it.each(STEPS.filter(([step]) => !/backup/.test(step)))('%s, at the first login of all', async (step, saved) => {
    const victim = keeper({ waypoints: true, env: { TOKENKEEP_DIE_AT: step } })
    expect(await victim.ask('getToken')).toEqual({ died: 'SIGKILL' })
    expectSound(dir)
    const { loginRequests } = server.counters
    const survivor = keeper()
    await expectToken(() => survivor.ask('getToken'))
    expect(server.counters.loginRequests - loginRequests).toBe(saved ? 0 : 1)
    expect(complaints(survivor)).toEqual([])
  })

  it('between the removals of a logout: the session is a whole one or gone, and its backup does not come back', async () => {
    const witness = keeper()
    await expectToken(() => witness.ask('getToken'))
    await expectToken(() => witness.ask('getToken', { forceRefresh: true }))
    expect(namesIn(dir).backups).toHaveLength(1)
    const victim = keeper({ waypoints: true, env: { TOKENKEEP_DIE_AT: 'between the removals' } })
    expect(await victim.ask('logout')).toEqual({ died: 'SIGKILL' })
    expect(namesIn(dir).backups).toHaveLength(0)
    expectSound(dir)
    const survivor = keeper()
    await expectToken(() => survivor.ask('getToken', { forceRefresh: true }))
  })

  it('in the temporary file, again and again: what the dead have left does not pile up', async () => {
    const lives = LONG ? 20 : 4
    for (let life = 0; life < lives; life += 1) {
      const victim = keeper({ waypoints: true, env: { TOKENKEEP_DIE_AT: 'in the temporary file' } })
      expect(await victim.ask('getToken', { forceRefresh: true })).toEqual({ died: 'SIGKILL' })
    }
    expect(namesIn(dir).temporary.length).toBeLessThanOrEqual(1)
  })
})

describe.skipIf(!hasWaypoints)('a reply with a one-time refresh token in it that died with its process', { timeout: 240_000 }, () => {
  it('is covered by a login: the one time that a refresh token is used twice', async () => {
    await using tokens = await startTokenServer()
    const provider = ofTokenServer(tokens)
    await expectToken(() => keeper({ provider }).ask('getToken'))
    const victim = keeper({ provider, waypoints: true, env: { TOKENKEEP_DIE_AT: 'after the reply' } })
    expect(await victim.ask('getToken', { forceRefresh: true })).toEqual({ died: 'SIGKILL' })
    const survivor = keeper({ provider })
    await expectToken(() => survivor.ask('getToken', { forceRefresh: true }))
    expect(tokens.counters).toMatchObject({ refreshes: 1, reuses: 1, logins: 2 })
    expect(complaints(survivor).map(({ message }) => message)).toEqual([expect.stringContaining('refresh failed, logging in instead')])
    await expectToken(() => survivor.ask('getToken', { forceRefresh: true }))
    expect(tokens.counters).toMatchObject({ refreshes: 2, reuses: 1, logins: 2 })
  })

  it('is covered by the backup where nobody may log in', async () => {
    await using tokens = await startTokenServer({ rateLimit: { logins: 1 } })
    const provider = ofTokenServer(tokens)
    const first = keeper({ provider })
    const before = await expectToken(() => first.ask('getToken'))
    const dead = await expectToken(() => first.ask('getToken', { forceRefresh: true }))
    const victim = keeper({ provider, waypoints: true, env: { TOKENKEEP_DIE_AT: 'after the reply' } })
    await victim.ask('invalidate', dead)
    expect(await victim.ask('getToken')).toEqual({ died: 'SIGKILL' })
    const survivor = keeper({ provider })
    expect(await expectToken(() => survivor.ask('getToken'))).toBe(before)
    expect(tokens.counters).toMatchObject({ reuses: 1, rateLimited: 1 })
    expect(complaints(survivor).at(-1)).toMatchObject({ level: 'warn', message: expect.stringContaining('Using the session before it') as string })
    expectSound(dir)
  })
})

describe.skipIf(!hasWaypoints)('a process that hangs while it holds the lock', { timeout: 240_000 }, () => {
  it('delays a sibling no longer than its patience, with one warning, and does not overwrite what came after', async () => {
    const hanging = keeper({ waypoints: true, env: { TOKENKEEP_HANG_AT: 'after the reply' } })
    const late = hanging.ask('getToken')
    await expect.poll(() => server.counters.logins, { timeout: SLACK_MS }).toBe(1)
    const sibling = keeper()
    await sibling.ready
    const started = performance.now()
    const token = await expectToken(() => sibling.ask('getToken'))
    // It did wait: two at once would be two logins in every race.
    expect(performance.now() - started).toBeGreaterThan(DEADLINE_MS)
    expect(server.counters.loginRequests).toBe(2)
    expect(complaints(sibling).map(({ message }) => message)).toEqual([expect.stringContaining('going ahead without its lock')])

    const newer = recordIn(dir)!
    hanging.kill('SIGCONT')
    // Its own login is older than the sibling's: it gives way, and has the sibling's token.
    expect(await late).toEqual(expect.objectContaining({ value: token }))
    expect(recordIn(dir)).toEqual(newer)
    expect(complaints(hanging)).toEqual([])
    await expectToken(() => sibling.ask('getToken', { forceRefresh: true }))
    expectSound(dir)
  })

  it('lets nobody spend a refresh token that works once behind its back', async () => {
    await using tokens = await startTokenServer()
    const provider = ofTokenServer(tokens)
    const first = keeper({ provider })
    const token = await expectToken(() => first.ask('getToken'))
    const hanging = keeper({ provider, waypoints: true, env: { TOKENKEEP_HANG_AT: 'after the reply' } })
    const late = hanging.ask('getToken', { forceRefresh: true })
    await expect.poll(() => tokens.counters.refreshes, { timeout: SLACK_MS }).toBe(1)
    const { error } = await first.ask('getToken', { forceRefresh: true })
    expect(error).toMatchObject({ code: 'TIMEOUT', message: expect.stringContaining('Its lock lies beside') as string })
    expect(await first.ask('getToken')).toEqual(expect.objectContaining({ value: token }))
    hanging.kill('SIGCONT')
    expect((await late).value).not.toBe(token)
    await expectToken(() => first.ask('getToken', { forceRefresh: true }))
    expect(tokens.counters).toMatchObject({ reuses: 0, loginRequests: 1 })
  })

  it('in the middle of a save costs a sibling its place on disk, but no token', async () => {
    const hanging = keeper({ waypoints: true, env: { TOKENKEEP_HANG_AT: 'after the temporary file' } })
    const late = hanging.ask('getToken')
    await expect.poll(() => namesIn(dir).temporary.length, { timeout: SLACK_MS }).toBe(1)
    const sibling = keeper()
    await expectToken(() => sibling.ask('getToken'))
    hanging.kill('SIGCONT')
    expect((await late).value).toMatch(/^eyJ/)
    await expectToken(() => sibling.ask('getToken', { forceRefresh: true }))
    expectSound(dir)
    expect(namesIn(dir).temporary).toEqual([])
  })
})
