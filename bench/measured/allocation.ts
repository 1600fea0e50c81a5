// Bytes of heap that one call without await leaves behind.
import { PerformanceObserver } from 'node:perf_hooks'
import { inTurn, noRounds, type Rounds } from '../sides'
import { answer, pause } from './channel'
import { loopFor, several } from './loops'

const CALLS = 100_000
const WARM_UP_ROUNDS = 20

answer(async ([baseUrl, rounds]) => {
  const managers = { tokenkeep: await several('tokenkeep', baseUrl!), baseline: await several('baseline', baseUrl!) }
  const loops = { tokenkeep: loopFor('tokenkeep', 'called'), baseline: loopFor('baseline', 'called') }
  let collections = 0
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length))
  const result: Rounds = noRounds()
  for (let round = -WARM_UP_ROUNDS; round < Number(rounds); round++) {
    for (const side of inTurn(round)) {
      await pause(1)
      gc!()
      await pause(1)
      collections = 0
      observer.observe({ entryTypes: ['gc'] })
      const idle = used(() => loops[side](managers[side], 0))
      const bytes = used(() => loops[side](managers[side], CALLS)) - idle
      await pause(1)
      observer.disconnect()
      // A collection in between would make any number look small.
      if (round >= 0 && collections === 0) result[side].push(bytes / CALLS)
    }
  }
  return result
})

function used(work: () => unknown): number {
  const before = process.memoryUsage().heapUsed
  work()
  return process.memoryUsage().heapUsed - before
}
