// What a session on disk saves: the first token of a manager that finds one there, against that of one that has to log in on
// loopback, at a server that answers as fast as it can. In turns of a few, so that each works with warm caches of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ACCOUNT, noRounds, type Rounds } from '../sides'
import { median } from './starts'

export interface DiskResult {
  /** Milliseconds from the call to the token: `tokenkeep` finds it on disk, `baseline` logs in. */
  firstToken: Rounds
}

const [baseUrl, rounds] = process.argv.slice(2)
const { createBaserowJwtManager, fileStore } = require('../../dist/index.cjs') as typeof import('../../lib/index')

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tokenkeep-bench-'))
  const store = fileStore({ dir })
  const firstToken = noRounds()
  try {
    const first = createBaserowJwtManager({ baseUrl: baseUrl!, ...ACCOUNT, store })
    await first.getToken()
    // While it is there, all others of this process have its session from memory.
    await first.close()
    for (let round = -1; round < Number(rounds); round++) {
      const found = await median(createBaserowJwtManager, { baseUrl: baseUrl!, store })
      const loggedIn = await median(createBaserowJwtManager, { baseUrl: baseUrl! })
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

void main()
