// Many accounts on either side: a pool, and a map of the baseline's managers, which is what one would write instead.
import type * as tokenkeep from '../../lib/index'
import type { GlobalWithGc } from './garbage'
import type * as baselines from '../baseline'
import type { Side } from '../sides'

/** What both can do. */
export interface Many {
  getToken(id: string): Promise<string>
}

const logger = { debug: drop, info: drop, warn: drop, error: drop, child: () => logger }
function drop(): void {}

/** Names as long as those of real tenants. */
export function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `tenant-${i % 97}/user-${i}@accounts.example.com`)
}

export function pool(baseUrl: string, marginSeconds = 60): tokenkeep.TokenPool {
  const { baserow, createTokenPool } = require('../../dist/index.cjs') as typeof tokenkeep
  const provider = (id: string) => baserow({ baseUrl, email: emailOf(id), password: `password of ${id}` })
  return createTokenPool({ provider, logger, refreshMarginSeconds: marginSeconds })
}

export function map(baseUrl: string): Many {
  const { createBaserowJwtManager } = require('./baseline.cjs') as typeof baselines
  const managers = new Map<string, baselines.BaselineManager>()
  return {
    getToken(id) {
      let manager = managers.get(id)
      if (manager === undefined) {
        manager = createBaserowJwtManager({ baseUrl, email: emailOf(id), password: `password of ${id}`, logger })
        managers.set(id, manager)
      }
      return manager.getToken()
    },
  }
}

export function many(side: Side, baseUrl: string): Many {
  return side === 'tokenkeep' ? pool(baseUrl) : map(baseUrl)
}

function emailOf(id: string): string {
  return id.slice(id.indexOf('/') + 1)
}

/** Logs everybody in, 64 at a time: as many as a pool has under way. */
export async function loginAll(accounts: Many, ids: string[]): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < ids.length) await accounts.getToken(ids[next++]!)
  }
  await Promise.all(Array.from({ length: 64 }, worker))
}

export function shuffled(ids: string[]): string[] {
  const mixed = [...ids]
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1))
    ;[mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!]
  }
  return mixed
}

/** Bytes of resident memory, after everything that can be collected was: an engine gives back what it has no use for in its own time. */
export async function resident(): Promise<number> {
  const gc = (globalThis as GlobalWithGc).gc!
  let least = Infinity
  for (let unchanged = 0; unchanged < 4; unchanged++) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    gc()
    const now = process.memoryUsage.rss()
    if (now < least * 0.995) unchanged = -1
    least = Math.min(least, now)
  }
  return least
}
