// What befalls a Redis while eight processes use it: no call may fail for that.
import { setTimeout as sleep } from 'node:timers/promises'
import { startTokenServer, type TokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startProxy } from '../redis/proxy'
import { isThere, type RedisServer, startRedis } from '../redis/server'
import { startSentinel } from '../redis/topologies'
import { askAll } from './crew'
import { LONG } from './folder'
import { type Answer, keep, ofTokenServer, reap, type RedisOf } from './keeper'

/** A Redis, and what befalls it. */
interface Scene {
  /** How the processes reach it. */
  store: RedisOf
  strike(): Promise<void>
  /** Who has the sessions when all is over. */
  master(): RedisServer
  close(): Promise<void>
}

const LEASE_MS = 2000

/** One server, behind a proxy. */
function alone(strike: (redis: RedisServer, proxy: Awaited<ReturnType<typeof startProxy>>) => Promise<void>) {
  return async (): Promise<Scene> => {
    const redis = await startRedis()
    const proxy = await startProxy(redis.port)
    return {
      store: { url: proxy.url, leaseMs: LEASE_MS },
      strike: () => strike(redis, proxy),
      master: () => redis,
      close: async () => void (await proxy.close(), await redis.stop()),
    }
  }
}

/** A master with two replicas, whose place one of them takes. */
function watched(client: 'ioredis' | 'node-redis') {
  return async (): Promise<Scene> => {
    const all = await startSentinel()
    let { master } = all
    return {
      store: { sentinels: all.sentinels, client, leaseMs: LEASE_MS },
      async strike() {
        const { port } = master
        await master.crash()
        const chosen = await all.promoted(port)
        master = all.replicas.find((each) => each.port === chosen)!
        // Clients take their time to see it.
        await sleep(3000)
      },
      master: () => master,
      close: () => all.stop(),
    }
  }
}

const CUTS = 60

/**
 * What befalls it, and how many logins that may cost: some times what it costs (two or three, and one where it is emptied), and a cut no
 * more than one.
 */
const SCENES: [string, number, () => Promise<Scene>][] = [
  [
    'killed, and started again',
    8,
    alone(async (redis) => {
      await redis.crash()
      await sleep(1500)
      await redis.restart()
    }),
  ],
  [
    'cut off again and again in the middle of its replies',
    CUTS,
    alone(async (_, proxy) => {
      for (let cut = 0; cut < CUTS; cut++) {
        proxy.cutAfter(1 + Math.floor(Math.random() * 400))
        await sleep(50)
      }
      expect(proxy.cuts()).toBeGreaterThan(10)
      proxy.cutAfter(Infinity)
    }),
  ],
  ['emptied', 4, alone(async (redis) => void (await redis.admin.flushall()))],
  [
    'frozen for 10 s',
    12,
    alone(async (redis) => {
      redis.kill('SIGSTOP')
      await sleep(10_000)
      redis.kill('SIGCONT')
    }),
  ],
  ['failed over by its sentinels, which ioredis asks', 12, watched('ioredis')],
  ['failed over by its sentinels, which node-redis asks', 12, watched('node-redis')],
]

let server: TokenServer
let scene: Scene | undefined

beforeEach(async () => void (server = await startTokenServer()))
afterEach(async () => {
  await reap()
  await scene?.close()
  await server.close()
})

async function storedToken(): Promise<string> {
  const { admin } = scene!.master()
  const [key] = await admin.keys('tokenkeep:*}')
  return (JSON.parse((await admin.hget(key!, 'record'))!) as { token: string }).token
}

describe.runIf(isThere('redis'))('8 processes under load, whose Redis is', () => {
  it.each(SCENES.slice(0, LONG ? undefined : 1))('%s: no call fails, and it costs %i logins at most', { timeout: 180_000 }, async (_, most, start) => {
    scene = await start()
    const all = Array.from({ length: 8 }, () => keep({ provider: ofTokenServer(server), store: { redis: scene!.store } }))
    await askAll(all)
    const answers: Answer[] = []
    let isOver = false
    const load = all.map(async (keeper, index) => {
      while (!isOver) {
        answers.push(await keeper.ask('getToken', { forceRefresh: index % 4 === 0 }))
        await sleep(50)
      }
    })
    await sleep(1000)
    const before = server.counters.logins
    await scene.strike()
    await sleep(2500)
    isOver = true
    await Promise.all(load)
    expect(answers.filter(({ value }) => value === undefined)).toEqual([])
    // Alone, each may spend what another has spent, and logs in.
    const logins = server.counters.logins - before
    console.log(`${answers.length} calls, ${server.counters.refreshes} refreshes, ${logins} logins`)
    expect(logins).toBeLessThanOrEqual(most)
    // All are together again, once nobody is spared a Redis that did not answer before.
    const renewed = async () => ({ answer: await all[0]!.ask('getToken', { forceRefresh: true }), stored: await storedToken() })
    await expect.poll(renewed).toSatisfy(({ answer, stored }) => answer.value === stored)
    const newcomer = keep({ provider: ofTokenServer(server), store: { redis: { url: scene.master().url } } })
    expect((await newcomer.ask('getToken')).value).toBe(await storedToken())
  })
})
