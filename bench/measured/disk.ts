// What a session on disk saves: the first token of a manager that finds one there, against that of one that has to log in on
// loopback, at a server that answers as fast as it can. In turns of a few, so that each works with warm caches of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BaserowJwtManagerOptions } from '../../lib/index'
import { ACCOUNT, noRounds, type Rounds } from '../sides'

export interface DiskResult {
  /** Milliseconds from the call to the token: `tokenkeep` finds it on disk, `baseline` logs in. */
  firstToken: Rounds
}

const IN_TURN = 20

const [baseUrl, rounds] = process.argv.slice(2)
const { createBaserowJwtManager, fileStore } = require('../../dist/index.cjs') as typeof import('../../lib/index')

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tokenkeep-bench-'))
  const store = fileStore({ dir })
  const firstToken = noRounds()
  try {
    await createBaserowJwtManager({ baseUrl: baseUrl!, ...ACCOUNT, store }).getToken()
    for (let round = -1; round < Number(rounds); round++) {
      const found = await median({ store })
      const loggedIn = await median({})
      // The first round only warms up.
      if (round < 0) continue
      firstToken.tokenkeep.push(found)
      firstToken.baseline.push(loggedIn)
    }
    const result: DiskResult = { firstToken }
    process.send!(result)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function median(options: Partial<BaserowJwtManagerOptions>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < IN_TURN; i++) {
    const manager = createBaserowJwtManager({ baseUrl: baseUrl!, ...ACCOUNT, ...options })
    const started = performance.now()
    await manager.getToken()
    times.push(performance.now() - started)
    await manager.close()
  }
  return times.sort((a, b) => a - b)[IN_TURN / 2]!
}

void main()
