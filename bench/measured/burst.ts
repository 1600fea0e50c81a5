// A crowd that meets a stale token at once.
import { contestant, inTurn, noRounds, type Rounds, type Side } from '../sides'
import { answer, pause } from './channel'
import { loopThreadTime } from './loop-thread'
import { loopFor } from './loops'

const CALLERS = 10_000
const WARM_UP_ROUNDS = 5

/** Milliseconds. */
export interface BurstResult {
  total: Rounds
  /** CPU time of the event loop's thread. */
  work: Rounds
  /** What `eventLoopUtilization()` calls active. */
  active: Rounds
  longestDelay: Rounds
  /** Bursts of each side, the warm-up's too: what the server's count of requests is compared with. */
  bursts: number
}

answer(async ([tokenkeepUrl, baselineUrl, rounds, staleAfterMs]) => {
  const urls: Record<Side, string> = { tokenkeep: tokenkeepUrl!, baseline: baselineUrl! }
  const managers = { tokenkeep: contestant('tokenkeep', urls.tokenkeep), baseline: contestant('baseline', urls.baseline) }
  const crowds = { tokenkeep: loopFor('tokenkeep', 'crowd'), baseline: loopFor('baseline', 'crowd') }
  const result: BurstResult = {
    total: noRounds(),
    work: noRounds(),
    active: noRounds(),
    longestDelay: noRounds(),
    bursts: 0,
  }
  for (let round = -WARM_UP_ROUNDS; round < Number(rounds); round++) {
    // Looking for the longest delay keeps the loop busy, so it has bursts of its own.
    for (const look of [false, true]) {
      await pause(Number(staleAfterMs))
      for (const side of inTurn(round)) {
        // No forced collection before a burst: right after one, settling a promise of ten thousand takes twice as long.
        await new Promise(setImmediate)
        const delay = look ? new LongestDelay() : null
        const before = performance.now()
        const start = performance.eventLoopUtilization()
        const worked = loopThreadTime()
        const got = (await crowds[side]([managers[side]], CALLERS)) as string[]
        const work = loopThreadTime() - worked
        const active = performance.eventLoopUtilization(start).active
        const total = performance.now() - before
        if (new Set(got).size !== 1) throw new Error('one flight, and not everybody got its token')
        const longest = delay?.end()
        if (round < 0) continue
        if (longest === undefined) {
          result.total[side].push(total)
          result.work[side].push(work)
          result.active[side].push(active)
        } else result.longestDelay[side].push(longest)
      }
    }
  }
  result.bursts = (Number(rounds) + WARM_UP_ROUNDS) * 2
  return result
})

/** The longest time between two turns of the event loop: how long a request that came in could have had to wait. */
class LongestDelay {
  #last = performance.now()
  #longest = 0
  #done = false

  constructor() {
    setImmediate(() => this.#turn())
  }

  end(): number {
    this.#done = true
    this.#look()
    return this.#longest
  }

  #turn(): void {
    this.#look()
    if (!this.#done) setImmediate(() => this.#turn())
  }

  #look(): void {
    const now = performance.now()
    this.#longest = Math.max(this.#longest, now - this.#last)
    this.#last = now
  }
}
