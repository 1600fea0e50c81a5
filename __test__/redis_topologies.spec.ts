// redisStore in a Cluster, and on Valkey. In the long run: it takes several servers. Behind sentinels: processes/redis_blows.spec.ts.
import { Cluster } from 'ioredis'
import { createCluster } from 'redis'
import { createTokenManager, jsonLogin, type TokenManager } from 'tokenkeep'
import { type RedisClient, redisStore } from 'tokenkeep/redis'
import { DEFAULT_KEY, startTokenServer, storeContract, type TokenServer } from 'tokenkeep/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callbacksOf } from './redis/inside'
import { isThere, type RedisServer, startRedis } from './redis/server'
import { type Sharded, startCluster } from './redis/topologies'

const LONG = process.env['TOKENKEEP_LONG'] === '1'

let server: TokenServer
let open: TokenManager[] = []
beforeEach(async () => void (server = await startTokenServer()))
afterEach(async () => {
  await Promise.all(open.splice(0).map((manager) => manager.close()))
  await server.close()
})

function manager(client: RedisClient, account = 'alice') {
  const provider = jsonLogin({ url: server.loginUrl, body: { api_key: DEFAULT_KEY }, account, refreshUrl: server.refreshUrl })
  const made = createTokenManager({ provider, store: redisStore({ client }) })
  open.push(made)
  return made
}

describe.runIf(LONG && isThere('redis'))('a cluster of three masters', () => {
  let cluster: Sharded
  let ioredis: Cluster
  let nodeRedis: ReturnType<typeof createCluster>
  beforeAll(async () => {
    cluster = await startCluster()
    // With reads from replicas wherever a client would do that: ours must see what was saved last.
    ioredis = new Cluster(cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })), { scaleReads: 'slave' })
    nodeRedis = createCluster({ rootNodes: cluster.nodes.map(({ url }) => ({ url })), useReplicas: true })
    await nodeRedis.connect()
  }, 150_000)
  afterAll(async () => {
    ioredis?.disconnect()
    nodeRedis?.destroy()
    await cluster?.stop()
  })

  describe.each([
    ['ioredis', () => ioredis as RedisClient],
    ['node-redis', () => nodeRedis as unknown as RedisClient],
  ])('through %s,', (_, client) => {
    for (const { name, run } of storeContract(() => callbacksOf(redisStore({ client: client() })))) it(name, run)

    it('has accounts on all of its servers, and both keys of each on one', async () => {
      await Promise.all(cluster.nodes.map(({ admin }) => admin.flushall()))
      const accounts = Array.from({ length: 30 }, (_, index) => `account ${index}`)
      await Promise.all(accounts.map((account) => manager(client(), account).getToken()))
      const counts = await Promise.all(cluster.nodes.map(async ({ admin }) => (await admin.keys('tokenkeep:*}')).length))
      expect(counts.reduce((sum, count) => sum + count)).toBe(30)
      expect(Math.min(...counts)).toBeGreaterThan(0)
      const [{ admin }] = cluster.nodes as [RedisServer]
      expect(await admin.call('CLUSTER', 'KEYSLOT', 'app:{some-key}')).toBe(await admin.call('CLUSTER', 'KEYSLOT', 'app:{some-key}:lease'))
    })
  })
})

describe.runIf(LONG && isThere('valkey'))('Valkey', () => {
  let valkey: RedisServer
  beforeAll(async () => void (valkey = await startRedis({ name: 'valkey' })), 150_000)
  afterAll(() => valkey?.stop())

  for (const { name, run } of storeContract(() => callbacksOf(redisStore({ url: valkey.url })))) it(name, run)
})
