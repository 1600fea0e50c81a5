// kill -9 at random moments, hundreds of times: from inside nobody knows all the steps there are.
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freeze } from './crew'
import { DEADLINE_MS, expectSound, GRACE_MS, LONG, namesIn, SLACK_MS, tidy, workshop } from './folder'
import { complaints, keep, type Keeper, type KeeperOptions, ofBaserow, ofTokenServer, reap } from './keeper'
import { Spending } from './spending'

const BOUND_MS = DEADLINE_MS + GRACE_MS + SLACK_MS
const options = { deadlineMs: DEADLINE_MS }

let dir: string

beforeEach(() => {
  dir = join(workshop(), 'store')
})
afterEach(async () => {
  await reap()
  tidy()
})

/** A moment of up to so many milliseconds from now: chance is what these tests are about, so there is nothing to wait for. */
const aMoment = (upTo: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * upTo))

/** Can be seen who holds which lock? */
const lockList = '/proc/locks'
const canSeeLocks = existsSync(lockList)
if (!canSeeLocks) console.warn(`NOT TESTED: whether a killed process held the lock. There is no ${lockList} here.`)

/** Does the process hold the account's lock? To be asked of a stopped one: nobody else knows what it does meanwhile. */
function holdsLock(pid: number): boolean {
  const [lock] = namesIn(dir).locks
  if (lock === undefined) return false
  const inode = lstatSync(join(dir, lock)).ino
  return readFileSync(lockList, 'utf8')
    .split('\n')
    .some((line) => !line.includes('->') && line.includes(` ${pid} `) && line.includes(`:${inode} `))
}

/** How often to look for a moment at which the victim holds the lock, before any moment will do. */
const TRIES = 30

/** Kills it at a random moment, or at a random one at which it holds the lock. Answers when, if it did hold it. */
async function kill(keeper: Keeper, preferHolder: boolean): Promise<number | undefined> {
  await keeper.ready
  let held = !canSeeLocks
  for (let tries = preferHolder && canSeeLocks ? TRIES : 1; tries > 0; tries -= 1) {
    await aMoment(40)
    if (!canSeeLocks) break
    await freeze(keeper)
    held = holdsLock(keeper.pid)
    if (held || tries === 1) break
    keeper.kill('SIGCONT')
  }
  // Before it is dead: the next one has the lock at once, long before we hear of the death.
  const at = Date.now()
  keeper.kill('SIGKILL')
  expect(await keeper.ended).toMatchObject({ signal: 'SIGKILL', output: '' })
  return held ? at : undefined
}

const KILLS = LONG ? 500 : 40
const AT_ONCE = 6

it(`${KILLS} processes are killed while they renew, and none of them leaves anything in the way`, { timeout: 60_000 + KILLS * 2_000 }, async () => {
  await using server = await startBaserow()
  const make = (): KeeperOptions => ({ provider: ofBaserow(server), store: { dir }, options })
  const recruit = () => {
    const keeper = keep(make())
    void keeper.ask('churn')
    return keeper
  }
  const witness = keep(make())
  expect((await witness.ask('getToken')).value).toMatch(/^eyJ/)
  const churning = Array.from({ length: AT_ONCE }, recruit)
  let holders = 0
  let temporary = 0
  for (let round = 0; round < KILLS; round += 1) {
    const victim = churning.shift()!
    churning.push(recruit())
    holders += (await kill(victim, round % 2 === 0)) === undefined ? 0 : 1
    expect(complaints(victim)).toEqual([])
    expectSound(dir)
    temporary = Math.max(temporary, namesIn(dir).temporary.length)
    const started = performance.now()
    expect((await witness.ask('getToken', { forceRefresh: true })).value).toMatch(/^eyJ/)
    expect(performance.now() - started).toBeLessThan(BOUND_MS)
  }
  for (const keeper of churning) keeper.kill('SIGKILL')
  await Promise.all(churning.map((keeper) => keeper.ended))
  const stranger = keep(make())
  expect((await stranger.ask('getToken', { forceRefresh: true })).value).toMatch(/^eyJ/)
  expectSound(dir)
  expect(namesIn(dir).temporary).toEqual([])
  expect(temporary, 'one writes at a time, so one may be left, and one be under way').toBeLessThanOrEqual(2)
  expect(complaints(witness)).toEqual([])
  console.log(`${KILLS} kills, ${holders} of them of the holder of the lock; ${server.counters.refreshes} renewals in all`)
})

const [ROTATIONS, DEATHS] = LONG ? [200, 100] : [30, 12]
const FAMILY = 12

describe(`${FAMILY} processes that share refresh tokens which work once`, { timeout: 60_000 + ROTATIONS * 3_000 }, () => {
  it(`rotate them ${ROTATIONS} times, a third of them killed and started again: none is used twice, but for replies that died`, async () => {
    // As long as a request is under way, its process holds the lock: else nobody would ever be killed with it.
    await using server = await startTokenServer({ refreshDelayMs: 10 })
    const recruit = () => {
      const keeper = keep({ provider: ofTokenServer(server), store: { dir }, options })
      void keeper.ask('churn')
      return keeper
    }
    const steady = Array.from({ length: (FAMILY * 2) / 3 }, recruit)
    const mortal = Array.from({ length: FAMILY / 3 }, recruit)
    const spending = new Spending(server)
    let kills = 0
    while (server.counters.refreshes < ROTATIONS || kills < DEATHS) {
      const died = await kill(mortal.shift()!, kills % 2 === 0)
      if (died !== undefined) spending.lost.push({ at: died })
      kills += 1
      mortal.push(recruit())
      spending.collect()
    }
    await Promise.all([...mortal, ...steady].map((keeper) => keeper.stop()))
    for (const keeper of [...mortal, ...steady]) expect((await keeper.ask('getToken')).value).toMatch(/^eyJ/)
    // Each token that was used twice has a death of its own between its two uses: that of who held the lock, and the reply.
    expect(spending.unexplained()).toEqual([])
    expect(server.counters.reuses).toBeLessThanOrEqual(spending.lost.length)
    // Each lost reply has cost its family, and one login founded the next: nothing else did.
    expect(server.counters.logins).toBeLessThanOrEqual(1 + spending.lost.length)
    const said = [...mortal, ...steady].flatMap(complaints).filter(({ message }) => !/^refresh failed, logging in/.test(message ?? ''))
    expect(said).toEqual([])

    // The family lives: each renews it once more, and nobody has to log in.
    const heir = keep({ provider: ofTokenServer(server), store: { dir }, options })
    const { logins, reuses } = server.counters
    for (const keeper of [heir, ...mortal, ...steady]) {
      expect((await keeper.ask('getToken', { forceRefresh: true })).value).toMatch(/^eyJ/)
    }
    expect(server.counters).toMatchObject({ logins, reuses })
    expectSound(dir)
    console.log(`${server.counters.refreshes} rotations, ${kills} kills, ${spending.lost.length} of them of the holder of the lock, ${reuses} replies lost`)
  })
})
