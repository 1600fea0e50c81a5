// One refresh on a connection that is open already: what it adds to the work of the event loop.
import { contestant, inTurn, noRounds, type Rounds, type Side, SIDES } from '../sides'
import { answer, pause } from './channel'
import { loopThreadTime } from './loop-thread'

const WARM_UP_ROUNDS = 30

/** Long enough for the server's 5 ms, the answer, and whatever is left to do when the token is out. */
const WINDOW_MS = 15

/** Milliseconds, less those of a window of the same length in which nothing is asked for. */
export interface RenewalResult {
  /** CPU time of the event loop's thread. */
  work: Rounds
  /** What `eventLoopUtilization()` calls active. */
  active: Rounds
  /** CPU time of the whole process, native threads too. */
  cpu: Rounds
}

type Cost = Record<keyof RenewalResult, number>

answer(async ([tokenkeepUrl, baselineUrl, rounds, staleAfterMs]) => {
  const urls: Record<Side, string> = { tokenkeep: tokenkeepUrl!, baseline: baselineUrl! }
  const managers = { tokenkeep: contestant('tokenkeep', urls.tokenkeep), baseline: contestant('baseline', urls.baseline) }
  const result: RenewalResult = { work: noRounds(), active: noRounds(), cpu: noRounds() }
  const last: Partial<Record<Side, string>> = {}
  const renew = (side: Side) => async () => {
    const token = await managers[side].getToken()
    if (token === last[side]) throw new Error(`${side} has not renewed`)
    last[side] = token
  }
  for (const side of SIDES) await renew(side)()
  for (let round = -WARM_UP_ROUNDS; round < Number(rounds); round++) {
    // Both have a stale token when they are asked: neither is told to renew, both find out.
    await pause(Number(staleAfterMs))
    const idle = await windowOf(async () => {})
    for (const side of inTurn(round)) {
      const cost = await windowOf(renew(side))
      if (round < 0) continue
      for (const name of ['work', 'active', 'cpu'] as const) result[name][side].push(cost[name] - idle[name])
    }
  }
  return result
})

async function windowOf(task: () => Promise<void>): Promise<Cost> {
  await new Promise(setImmediate)
  const used = process.cpuUsage()
  const start = performance.eventLoopUtilization()
  const worked = loopThreadTime()
  let done = false
  void task().then(() => (done = true))
  await pause(WINDOW_MS)
  const work = loopThreadTime() - worked
  const { active } = performance.eventLoopUtilization(start)
  const { user, system } = process.cpuUsage(used)
  // A neighbour had the processor for too long: this round says nothing.
  while (!done) await pause(1)
  return { work, active, cpu: (user + system) / 1e3 }
}
