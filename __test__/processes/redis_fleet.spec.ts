// A fleet: hosts full of processes that share sessions through a real Redis, are killed and stopped.
import { setTimeout as sleep } from 'node:timers/promises'
import { startTokenServer, type TokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isThere, type RedisServer, type ServerOptions, startRedis } from '../redis/server'
import { askAll, complaintsOf, freeze, stopped, valuesOf } from './crew'
import { LONG, tidy, workshop } from './folder'
import { hasWaypoints, keep, type Keeper, type KeeperOptions, ofTokenServer, reap } from './keeper'
import { type Blow, Spending } from './spending'

const HOSTS = 3

let redis: RedisServer
let server: TokenServer

beforeEach(async () => {
  server = await startTokenServer()
}, 150_000)
afterEach(async () => {
  await reap()
  await redis?.stop()
  await server.close()
  tidy()
})

/** Processes of so many hosts, which have nothing in common but the Redis. */
function fleet(each: number, options: KeeperOptions['options'] = {}, store: object = {}): Keeper[] {
  return Array.from({ length: HOSTS }, () => workshop()).flatMap((host) =>
    Array.from({ length: each }, () =>
      keep({
        provider: ofTokenServer(server),
        store: { redis: { url: redis.url, ...store } },
        options,
        env: { TOKENKEEP_CACHE_DIR: host },
      }),
    ),
  )
}

const KINDS: [string, NonNullable<ServerOptions['name']>][] = [
  ['Redis', 'redis'],
  ['Valkey', 'valkey'],
]

for (const [kind, name] of KINDS.slice(0, LONG ? undefined : 1)) {
  // Where it cannot be had the tests are skipped, and counted: they must not be gone.
  describe.runIf(isThere(name))(`${HOSTS} hosts of 8 processes on ${kind}`, { timeout: 180_000 }, () => {
    it('make one login when there is no session, one refresh when it is stale, and one request with a wrong password', async () => {
      redis = await startRedis({ name })
      server.configure({ accessLifetimeMs: 12_000, loginDelayMs: 200, refreshDelayMs: 200 })
      const all = fleet(8, { refreshMarginSeconds: 6 })
      expect(valuesOf(await askAll(all))).toEqual([expect.stringMatching(/^eyJ/)])
      expect(server.counters).toMatchObject({ loginRequests: 1, refreshRequests: 0 })
      await sleep(6500)
      server.configure({ accessLifetimeMs: 900_000 })
      expect(valuesOf(await askAll(all))).toEqual([expect.stringMatching(/^eyJ/)])
      expect(server.counters).toMatchObject({ loginRequests: 1, refreshRequests: 1, reuses: 0 })
      expect(complaintsOf(all)).toEqual([])
      await Promise.all(all.map((keeper) => keeper.ask('replaceProvider', { ...ofTokenServer(server), body: { api_key: 'no such key' } })))
      const answers = await askAll(all)
      expect([...new Set(answers.map(({ error }) => error?.code))]).toEqual(['INVALID_CREDENTIALS'])
      expect(server.counters).toMatchObject({ loginRequests: 2, refreshRequests: 1 })
    })
  })
}

const [ROTATIONS, DEATHS, STOPS] = LONG ? [200, 60, 20] : [30, 4, 1]
const FAMILY = 4
/** A machine that is as busy as this test makes it must not be a pause by itself, nor a Redis that is away. */
const PATIENT = { leaseMs: 1200, timeoutMs: 5000 }
const LEASE_MS = PATIENT.leaseMs

describe.runIf(isThere('redis'))(`${HOSTS} hosts of ${FAMILY} processes that share refresh tokens which work once`, () => {
  it(`rotate them ${ROTATIONS} times, some killed and some stopped for longer than their lease: none is used twice, but for replies that were lost`, { timeout: 60_000 + ROTATIONS * 2000 }, async () => {
    redis = await startRedis()
    server.configure({ refreshDelayMs: 10 })
    const options = { deadlineMs: 5000 }
    const recruit = (keeper: Keeper) => {
      void keeper.ask('churn')
      return keeper
    }
    const newcomer = () => recruit(keep({ provider: ofTokenServer(server), store: { redis: { url: redis.url, ...PATIENT } }, options }))
    const all = fleet(FAMILY, options, PATIENT).map(recruit)
    const mortal = all.splice(0, all.length / 3)
    const spending = new Spending(server)
    /** Stops it at a random moment, or at one at which it has the lease if there is one soon: answers when. */
    const stop = async (victim: Keeper): Promise<Blow | undefined> => {
      await victim.ready
      for (let tries = 40; ; tries--) {
        // Between two looks it runs: one that only ever stands still would find Redis away.
        await sleep(10 + Math.random() * 30)
        await freeze(victim)
        const [lease] = await redis.admin.keys('*:lease')
        const owner = lease === undefined ? null : await redis.admin.get(lease)
        const holds = owner?.startsWith(`${victim.pid}-`) === true
        if (holds) {
          const blow = { at: Date.now() }
          spending.lost.push(blow)
          return blow
        }
        if (tries === 0) return undefined
        victim.kill('SIGCONT')
      }
    }
    const counts = { kills: 0, stops: 0, held: 0 }
    while (server.counters.refreshes < ROTATIONS || counts.kills < DEATHS || counts.stops < STOPS) {
      const victim = mortal.shift()!
      const blow = await stop(victim)
      counts.held += Number(blow !== undefined)
      if (counts.stops * DEATHS <= counts.kills * STOPS) {
        await sleep(LEASE_MS * 1.5)
        if (blow !== undefined) blow.wentOn = Date.now()
        victim.kill('SIGCONT')
        mortal.push(victim)
        counts.stops++
      } else {
        victim.kill('SIGKILL')
        await victim.ended
        mortal.push(newcomer())
        counts.kills++
      }
      spending.collect()
    }
    await Promise.all([...mortal, ...all].map((keeper) => keeper.stop()))
    for (const keeper of [...mortal, ...all]) expect((await keeper.ask('getToken')).value).toMatch(/^eyJ/)
    // First what says why, should the rest not hold.
    const said = complaintsOf([...mortal, ...all]).filter((message) => !/^refresh failed, logging in/.test(message ?? ''))
    expect(said).toEqual([])
    expect(spending.unexplained()).toEqual([])
    expect(server.counters.reuses).toBeLessThanOrEqual(spending.lost.length)
    // One login for each lost reply: whoever was paused under its lease looks again before it spends anything (docs/fleet.md).
    expect(server.counters.logins).toBeLessThanOrEqual(1 + spending.lost.length)

    // The family lives: each renews it once more, and nobody has to log in.
    const { logins, reuses } = server.counters
    for (const keeper of [...mortal, ...all]) expect((await keeper.ask('getToken', { forceRefresh: true })).value).toMatch(/^eyJ/)
    expect(server.counters).toMatchObject({ logins, reuses })
    console.log(`${server.counters.refreshes} rotations, ${counts.kills} kills, ${counts.stops} stops, ${counts.held} of them of the holder of the lease, ${reuses} replies lost, ${logins} logins`)
  })

  it('whoever was stopped with a request under way for longer than its lease, does not overwrite its successor', { timeout: 60_000 }, async () => {
    redis = await startRedis()
    server.configure({ rotation: false })
    const [paused, successor] = fleet(1, {}, PATIENT) as [Keeper, Keeper]
    const first = valuesOf(await askAll([paused, successor]))
    expect(first).toHaveLength(1)
    const [key] = await redis.admin.keys('tokenkeep:*}')
    const generation = async () => Number(await redis.admin.hget(key!, 'generation'))
    const before = await generation()
    /** What was asked to be written over which generation. */
    const saves: string[] = []
    const monitor = await redis.admin.monitor()
    monitor.on('monitor', (_time: string, args: string[]) => args[0]?.toLowerCase() === 'eval' && args[1]!.includes("'HSET'") && saves.push(args[4]!))
    server.configure({ refreshDelayMs: LEASE_MS * 1.6 })
    const late = paused.ask('getToken', { forceRefresh: true })
    await expect.poll(() => server.counters.refreshRequests).toBe(1)
    paused.kill('SIGSTOP')
    const theirs = await successor.ask('getToken', { forceRefresh: true })
    expect(theirs.value).toMatch(/^eyJ/)
    expect(await generation()).toBe(before + 1)
    const record = await redis.admin.hget(key!, 'record')
    paused.kill('SIGCONT')
    // It has a token of its own by then, and takes the other one.
    expect(await late).toMatchObject({ value: theirs.value })
    expect(server.counters.refreshRequests).toBe(2)
    await expect.poll(() => saves).toEqual([String(before), String(before)])
    expect(await redis.admin.hget(key!, 'record')).toBe(record)
    expect(await generation()).toBe(before + 1)
    monitor.disconnect()
    expect(complaintsOf([paused, successor])).toEqual([])
  })

  /** Two processes: while one stood still at `step` of a renewal, for longer than its lease, the other has renewed. It answers with what that has. */
  async function stoppedAt(step: string) {
    redis = await startRedis()
    const store = { redis: { url: redis.url, ...PATIENT } }
    const keepers = [{}, { waypoints: true, env: { TOKENKEEP_HANG_AT: step } }]
    const [successor, paused] = keepers.map((more) => keep({ provider: ofTokenServer(server), store, ...more })) as [Keeper, Keeper]
    expect(valuesOf(await askAll([successor]))).toEqual(valuesOf(await askAll([paused])))
    const late = paused.ask('getToken', { forceRefresh: true })
    await stopped(paused)
    const theirs = await successor.ask('getToken', { forceRefresh: true })
    expect(theirs.value).toMatch(/^eyJ/)
    paused.kill('SIGCONT')
    expect(await late).toMatchObject({ value: theirs.value })
    return [successor, paused] as const
  }

  const before = ['after the look', 'before the request leaves']
  it.skipIf(!hasWaypoints).each(before)('whoever was stopped %s for longer than its lease, takes what its successor has renewed', { timeout: 60_000 }, async (step) => {
    const both = await stoppedAt(step)
    // That of the one who was paused may have begun: whole, with the token in it, there is one.
    expect(server.requests.map(({ path }) => path)).toEqual(['/auth/token', '/auth/refresh'])
    expect(server.counters).toMatchObject({ loginRequests: 1, refreshes: 1, reuses: 0 })
    expect(complaintsOf([...both])).toEqual([])
  })

  it.skipIf(!hasWaypoints)('whoever was stopped in the instant between the last look and the socket, costs a login, and no call fails', { timeout: 60_000 }, async () => {
    const both = await stoppedAt('as the request leaves')
    expect(server.counters).toMatchObject({ logins: 1, reuses: 1 })
    for (const keeper of both) expect((await keeper.ask('getToken', { forceRefresh: true })).value).toMatch(/^eyJ/)
    expect(server.counters).toMatchObject({ logins: 2, reuses: 1 })
  })
})
