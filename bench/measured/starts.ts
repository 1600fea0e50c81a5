// What a process waits for at its start: the first token of a manager. In turns of a few, so that each works with warm caches of its own.
import type { BaserowJwtManagerOptions, createBaserowJwtManager, Store } from '../../lib/index'
import { ACCOUNT, noRounds, type Rounds } from '../sides'

const IN_TURN = 20

/** Milliseconds from the call to the token, of managers that are made and closed for it: the median of a turn. */
async function median(make: typeof createBaserowJwtManager, options: Pick<BaserowJwtManagerOptions, 'baseUrl' | 'store'>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < IN_TURN; i++) {
    const manager = make({ ...ACCOUNT, ...options })
    const started = performance.now()
    await manager.getToken()
    times.push(performance.now() - started)
    await manager.close()
  }
  return times.sort((a, b) => a - b)[IN_TURN / 2]!
}

/** The first token of a manager that finds a session in `store` (as `tokenkeep`), against that of one that logs in (as `baseline`). */
export async function foundAgainstLoggedIn(make: typeof createBaserowJwtManager, baseUrl: string, store: Store, rounds: number): Promise<Rounds> {
  const firstToken = noRounds()
  const first = make({ baseUrl, ...ACCOUNT, store })
  await first.getToken()
  // While it is open, all of the process have its session in memory.
  await first.close()
  for (let round = -1; round < rounds; round++) {
    const found = await median(make, { baseUrl, store })
    const loggedIn = await median(make, { baseUrl })
    // The first round only warms up.
    if (round < 0) continue
    firstToken.tokenkeep.push(found)
    firstToken.baseline.push(loggedIn)
  }
  return firstToken
}
