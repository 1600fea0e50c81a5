// More than one server: a master with replicas and the sentinels that watch it, and a cluster.
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../free_port'
import { type RedisServer, startRedis } from './server'

const PATIENCE_MS = 30_000

async function until(is: () => Promise<boolean>, what: string): Promise<void> {
  const late = performance.now() + PATIENCE_MS
  while (!(await is().catch(() => false))) {
    if (performance.now() > late) throw new Error(`waited in vain until ${what}`)
    await sleep(50)
  }
}

export interface Watched {
  master: RedisServer
  replicas: RedisServer[]
  sentinels: { host: string; port: number }[]
  /** Resolves once another one is master than `port`, with its port. */
  promoted(port: number): Promise<number>
  stop(): Promise<void>
}

/** A master, two replicas and three sentinels, two of which have to agree. */
export async function startSentinel(): Promise<Watched> {
  const master = await startRedis()
  const replicas = await Promise.all([0, 1].map(() => startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port)] })))
  await until(async () => /connected_slaves:2/.test(await master.admin.info('replication')) && !/state=wait_bgsave|state=send_bulk/.test(await master.admin.info('replication')), 'both replicas follow')
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-sentinel-'))
  const sentinels = await Promise.all(
    [0, 1, 2].map(async (number) => {
      const config = join(folder, `${number}.conf`)
      const lines = [
        `sentinel monitor mymaster 127.0.0.1 ${master.port} 2`,
        'sentinel down-after-milliseconds mymaster 1000',
        'sentinel failover-timeout mymaster 5000',
        'sentinel parallel-syncs mymaster 2',
      ]
      writeFileSync(config, `${lines.join('\n')}\n`)
      return startRedis({ config, args: ['--sentinel'], port: await freePort() })
    }),
  )
  await until(async () => {
    const known = await Promise.all(sentinels.map(({ admin }) => admin.call('SENTINEL', 'SENTINELS', 'mymaster') as Promise<unknown[]>))
    const followers = await Promise.all(sentinels.map(({ admin }) => admin.call('SENTINEL', 'REPLICAS', 'mymaster') as Promise<unknown[]>))
    return known.every((others) => others.length === 2) && followers.every((each) => each.length === 2)
  }, 'the sentinels know each other')
  return {
    master,
    replicas,
    sentinels: sentinels.map(({ port }) => ({ host: '127.0.0.1', port })),
    async promoted(port) {
      let now = port
      await until(async () => {
        const [, found] = (await sentinels[0]!.admin.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'mymaster')) as [string, string]
        now = Number(found)
        const chosen = replicas.find((each) => each.port === now)
        return chosen !== undefined && /role:master/.test(await chosen.admin.info('replication'))
      }, 'another is master')
      return now
    },
    async stop() {
      await Promise.all([...sentinels, ...replicas, master].map((each) => each.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface Sharded {
  nodes: RedisServer[]
  stop(): Promise<void>
}

const SLOTS = 16_384

/** Three masters, a third of the slots each. */
export async function startCluster(): Promise<Sharded> {
  const nodes = await Promise.all([0, 1, 2].map(() => startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--cluster-port', '0'] })))
  await Promise.all(nodes.map(({ admin }, index) => admin.call('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))))
  for (const [index, { admin }] of nodes.entries()) {
    const [from, to] = [Math.floor((SLOTS * index) / 3), Math.floor((SLOTS * (index + 1)) / 3) - 1]
    await admin.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to))
  }
  const [first, ...others] = nodes
  for (const { port } of others) await first!.admin.call('CLUSTER', 'MEET', '127.0.0.1', String(port))
  await until(async () => {
    const states = await Promise.all(nodes.map(({ admin }) => admin.call('CLUSTER', 'INFO') as Promise<string>))
    return states.every((state) => /cluster_state:ok/.test(state) && /cluster_known_nodes:3/.test(state))
  }, 'the cluster is whole')
  return { nodes, stop: async () => void (await Promise.all(nodes.map((each) => each.stop()))) }
}
