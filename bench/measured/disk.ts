// What a session on disk saves: the first token of a manager that finds one there, against that of one that has to log in on
// loopback, at a server that answers as fast as it can.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rounds } from '../sides'
import { foundAgainstLoggedIn } from './starts'

export interface DiskResult {
  /** Milliseconds from the call to the token: `tokenkeep` finds it on disk, `baseline` logs in. */
  firstToken: Rounds
}

const [baseUrl, rounds] = process.argv.slice(2)
const { createBaserowJwtManager, fileStore } = require('../../dist/index.cjs') as typeof import('../../lib/index')

async function main(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tokenkeep-bench-'))
  const store = fileStore({ dir })
  try {
    const result: DiskResult = { firstToken: await foundAgainstLoggedIn(createBaserowJwtManager, baseUrl!, store, Number(rounds)) }
    process.send!(result)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

void main()
