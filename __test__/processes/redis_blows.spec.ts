// What befalls a Redis while eight processes use it: no call may fail for that.
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
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

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
        await wait(3000)
      },
      master: () => master,
      close: () => all.stop(),
    }
  }
}

const SCENES: Record<string, () => Promise<Scene>> = {
  'killed, and started again': alone(async (redis) => {
    await redis.crash()
    await wait(1500)
    await redis.restart()
  }),
  'cut off again and again in the middle of its replies': alone(async (_, proxy) => {
    for (let cut = 0; cut < 60; cut++) {
      proxy.cutAfter(1 + Math.floor(Math.random() * 400))
      await wait(50)
    }
    expect(proxy.cuts()).toBeGreaterThan(10)
    proxy.cutAfter(Infinity)
  }),
  emptied: alone(async (redis) => void (await redis.admin.flushall())),
  'frozen for 10 s': alone(async (redis) => {
    redis.kill('SIGSTOP')
    await wait(10_000)
    redis.kill('SIGCONT')
  }),
  'failed over by its sentinels, which ioredis asks': watched('ioredis'),
  'failed over by its sentinels, which node-redis asks': watched('node-redis'),
}

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
  it.each(Object.entries(SCENES).slice(0, LONG ? undefined : 1))('%s: no call fails, and logins are bounded', { timeout: 180_000 }, async (_, start) => {
    scene = await start()
    const all = Array.from({ length: 8 }, () => keep({ provider: ofTokenServer(server), store: { redis: scene!.store } }))
    await askAll(all)
    const answers: Answer[] = []
    let isOver = false
    const load = all.map(async (keeper, index) => {
      while (!isOver) {
        answers.push(await keeper.ask('getToken', { forceRefresh: index % 4 === 0 }))
        await wait(50)
      }
    })
    await wait(1000)
    const before = server.counters.logins
    await scene.strike()
    await wait(2500)
    isOver = true
    await Promise.all(load)
    expect(answers.filter(({ value }) => value === undefined)).toEqual([])
    // Alone, each may spend what another has spent, and logs in: as often as there are renewers, and a little more where they meet again.
    const logins = server.counters.logins - before
    console.log(`${answers.length} calls, ${server.counters.refreshes} refreshes, ${logins} logins`)
    expect(logins).toBeLessThanOrEqual(80)
    // All are together again, once nobody is spared a Redis that did not answer before.
    const renewed = async () => ({ answer: await all[0]!.ask('getToken', { forceRefresh: true }), stored: await storedToken() })
    await expect.poll(renewed).toSatisfy(({ answer, stored }) => answer.value === stored)
    const newcomer = keep({ provider: ofTokenServer(server), store: { redis: { url: scene.master().url } } })
    expect((await newcomer.ask('getToken')).value).toBe(await storedToken())
  })
})
