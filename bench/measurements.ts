// What is measured, one after the other: two cores are too few for two measurements at once.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { selfSigned } from './certificate'
import type { BurstResult } from './measured/burst'
import type { DiskResult } from './measured/disk'
import type { RedisResult } from './measured/redis'
import type { FirstToken } from './measured/first-token'
import type { HotResult } from './measured/hot'
import type { RenewalResult } from './measured/renewal'
import type { Threads } from './measured/threads'
import { type Minute, type Pool, pools } from './pools'
import { measured, Server, timed } from './processes'
import { inTurn, noRounds, type Rounds, type Side, SIDES } from './sides'

/** How much of everything. */
export interface Effort {
  hot: number
  inside: number
  allocation: number
  bursts: number
  renewals: number
  disk: number
  spawns: number
  /** Spawns of processes that use fetch first; they take half a second each. */
  slowSpawns: number
  /** Accounts in a pool, and rounds over all of them. */
  accounts: number
  lookups: number
  /** How often at most a minute is measured that was not quiet. */
  minutes: number
  /** How often the memory of many accounts is measured, in a process of its own each time. */
  weighings: number
}

export const FULL: Effort = { hot: 61, inside: 41, allocation: 15, bursts: 41, renewals: 301, disk: 41, spawns: 41, slowSpawns: 21, accounts: 100_000, lookups: 21, minutes: 3, weighings: 3 }
export const QUICK: Effort = { hot: 11, inside: 7, allocation: 5, bursts: 11, renewals: 61, disk: 9, spawns: 9, slowSpawns: 3, accounts: 10_000, lookups: 7, minutes: 1, weighings: 1 }

/**
 * How a process comes to its first token. `afterFetch`: over http, when the program has used fetch for something else. `stored`: an
 * earlier process has left a session on disk; the baseline knows no such thing and logs in.
 */
export type Setting = 'http' | 'https' | 'afterFetch' | 'stored'

export interface Start {
  /** Milliseconds from the first line of the script to the token. */
  firstToken: Rounds
  /** Milliseconds of wall time over an empty script. */
  wall: Rounds
  /** Bytes of resident memory over plain node, or over the same process before. */
  resident: Rounds
  /** Of these, what is not a page of a file. */
  anonymous: Rounds
}

export interface Burst extends BurstResult {
  /** Requests per burst. */
  requests: Record<Side, number>
}

export interface Figures {
  hot: HotResult
  insideStorage: HotResult
  bytes: Rounds
  burst: Burst
  renewal: RenewalResult
  start: Record<Setting, Start>
  disk: DiskResult
  /** Where a Redis is to be had. */
  redis: RedisResult | undefined
  threads: Record<Side, Threads>
  pool: Pool
  fileBytes: number
  /** When the minute in which all tokens end was measured once more, by itself, and what was measured before. */
  again?: { at: string; before: Minute[] } | undefined
}

const DELAY_MS = 5
const LONG_LIFE = { accessLifetimeMs: 86_400_000 }

export async function measure(effort: Effort, root: string, say: (step: string) => void): Promise<Figures> {
  say('cached reads')
  const { hot, insideStorage, bytes } = await cachedReads(effort)
  say('bursts of 10,000 on a stale token')
  const burst = await bursts(effort)
  say('renewals on a warm connection')
  const renewal = await renewals(effort)
  say('first tokens of fresh processes')
  const http = await starts('http', effort.spawns)
  const https = await starts('https', effort.spawns)
  const afterFetch = await starts('afterFetch', effort.slowSpawns)
  const stored = await starts('stored', effort.spawns)
  say('sessions on disk')
  const disk = await reads(effort)
  const redis = process.env['BENCH_REDIS'] === undefined ? undefined : await readsOfRedis(effort, say)
  say('threads (idle for 10 s)')
  const threads = await threadsOfBoth()
  const pool = await pools(effort, say)
  const start = { http, https, afterFetch, stored }
  return { hot, insideStorage, bytes, burst, renewal, start, disk, redis, threads, pool, fileBytes: sizeOfAddon(root) }
}

async function cachedReads(effort: Effort): Promise<Pick<Figures, 'hot' | 'insideStorage' | 'bytes'>> {
  const server = await Server.start(LONG_LIFE)
  const hot = await measured<HotResult>('hot', [server.baseUrl, effort.hot, 'plain'])
  // A process of its own: the hooks that AsyncLocalStorage sets stay set.
  const insideStorage = await measured<HotResult>('hot', [server.baseUrl, effort.inside, 'als'])
  const roomy = ['--min-semi-space-size=64', '--max-semi-space-size=64']
  const bytes = await measured<Rounds>('allocation', [server.baseUrl, effort.allocation], roomy)
  await server.stop()
  return { hot, insideStorage, bytes }
}

/** Tokens that really go stale while the run waits: half of their life is margin for either side. */
async function withStaleTokens<Result>(lifeMs: number, run: (urls: string[], staleAfterMs: number) => Promise<Result>) {
  const options = { latencyMs: DELAY_MS, accessLifetimeMs: lifeMs }
  const servers = { tokenkeep: await Server.start(options), baseline: await Server.start(options) }
  const result = await run(
    SIDES.map((side) => servers[side].baseUrl),
    lifeMs / 2 + 10,
  )
  const requests = { tokenkeep: await servers.tokenkeep.requests(), baseline: await servers.baseline.requests() }
  for (const side of SIDES) await servers[side].stop()
  return { result, requests }
}

async function bursts({ bursts: rounds }: Effort): Promise<Burst> {
  const run = (urls: string[], stale: number) => measured<BurstResult>('burst', [...urls, rounds, stale])
  const { result, requests } = await withStaleTokens(200, run)
  for (const side of SIDES) requests[side] /= result.bursts
  return { ...result, requests }
}

async function renewals({ renewals: rounds }: Effort): Promise<RenewalResult> {
  const run = (urls: string[], stale: number) => measured<RenewalResult>('renewal', [...urls, rounds, stale])
  return (await withStaleTokens(50, run)).result
}

async function reads({ disk: rounds }: Effort): Promise<DiskResult> {
  const server = await Server.start(LONG_LIFE)
  const result = await measured<DiskResult>('disk', [server.baseUrl, rounds])
  await server.stop()
  return result
}

async function readsOfRedis({ disk: rounds }: Effort, say: (step: string) => void): Promise<RedisResult> {
  say('sessions in Redis')
  const server = await Server.start(LONG_LIFE)
  const result = await measured<RedisResult>('redis', [server.baseUrl, rounds])
  await server.stop()
  return result
}

async function starts(setting: Setting, spawns: number): Promise<Start> {
  const secure = setting === 'https'
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-bench-'))
  try {
    const certificate = secure ? selfSigned() : undefined
    const trusted = join(folder, 'ca.pem')
    if (certificate) writeFileSync(trusted, certificate.cert)
    const env = {
      ...(secure ? { NODE_EXTRA_CA_CERTS: trusted } : {}),
      ...(setting === 'stored' ? { BENCH_STORE: join(folder, 'cache') } : {}),
    }
    const server = await Server.start({ ...LONG_LIFE, latencyMs: DELAY_MS, ...(certificate && { tls: certificate }) })
    const before = setting === 'afterFetch' ? ['fetch'] : []
    const start: Start = { firstToken: noRounds(), wall: noRounds(), resident: noRounds(), anonymous: noRounds() }
    for (let round = -1; round < spawns; round++) {
      const plain = await timed<FirstToken>('first-token', ['nobody', server.baseUrl, ...before], env)
      for (const side of inTurn(round)) {
        const own = await timed<FirstToken>('first-token', [side, server.baseUrl, ...before], env)
        // The first round only warms the page cache, and stores a session where there is a store.
        if (round < 0) continue
        start.firstToken[side].push(own.ms)
        start.wall[side].push(own.wallMs - plain.wallMs)
        // A process that has worked is not like the next one: there, only what came since can be told.
        start.resident[side].push(before.length > 0 ? own.added - plain.added : own.resident - plain.resident)
        start.anonymous[side].push(own.anonymous - plain.anonymous)
      }
    }
    await server.stop()
    return start
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function threadsOfBoth(): Promise<Record<Side, Threads>> {
  const server = await Server.start({ ...LONG_LIFE, latencyMs: 100 })
  const [tokenkeep, baseline] = await Promise.all(
    SIDES.map((side) => measured<Threads>('threads', [side, server.baseUrl])),
  )
  await server.stop()
  return { tokenkeep: tokenkeep!, baseline: baseline! }
}

function sizeOfAddon(root: string): number {
  const name = readdirSync(root).find((entry) => entry.endsWith('.node'))
  if (name === undefined) throw new Error('there is no .node file: the build has not run')
  return statSync(join(root, name)).size
}
