// What a process waits for at its start: the first token of a manager. In turns of a few, so that each works with warm caches of its own.
import type { BaserowJwtManagerOptions, createBaserowJwtManager } from '../../lib/index'
import { ACCOUNT } from '../sides'

const IN_TURN = 20

/** Milliseconds from the call to the token, of a manager that is made and closed for it. */
export async function median(make: typeof createBaserowJwtManager, options: Pick<BaserowJwtManagerOptions, 'baseUrl' | 'store'>): Promise<number> {
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
