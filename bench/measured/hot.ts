// Cached reads: interleaved rounds in one process, inside AsyncLocalStorage.run() if asked for.
import { AsyncLocalStorage } from 'node:async_hooks'
import { inTurn, noRounds, type Rounds, SIDES } from '../sides'
import { answer } from './channel'
import { type Loop, loopFor, type LoopName, several } from './loops'

type HotName = Exclude<LoopName, 'crowd' | 'named'>

/** Calls per round and loop: a few milliseconds each, so that the clock's own grain does not show. */
const CALLS: Record<HotName, number> = { awaited: 200_000, called: 400_000, peeked: 400_000, together: 100_000 }
const WARM_UP_ROUNDS = 8

/** Nanoseconds per call. */
export interface HotRounds {
  cpu: Rounds
  wall: Rounds
}
export type HotResult = Record<HotName, HotRounds>

answer(async ([baseUrl, rounds, inside]) => {
  const managers = { tokenkeep: await several('tokenkeep', baseUrl!), baseline: await several('baseline', baseUrl!) }
  const names: HotName[] = inside === 'als' ? ['awaited', 'called'] : ['awaited', 'called', 'peeked', 'together']
  const storage = new AsyncLocalStorage<object>()
  const around = inside === 'als' ? <T>(work: () => T): T => storage.run({}, work) : <T>(work: () => T): T => work()
  const loops = new Map<string, Loop>()
  for (const side of SIDES) for (const name of names) loops.set(side + name, loopFor(side, name))

  const result = {} as HotResult
  for (const name of names) result[name] = { cpu: noRounds(), wall: noRounds() }
  for (let round = -WARM_UP_ROUNDS; round < Number(rounds); round++) {
    for (const name of names) {
      for (const side of inTurn(round)) {
        // The baseline has nothing like peek(): its awaited call is what a caller would have to write instead.
        const loop = loops.get(side + (name === 'peeked' && side === 'baseline' ? 'awaited' : name))!
        const { cpu, wall } = await timed(() => around(() => loop(managers[side], CALLS[name])))
        if (round < 0) continue
        result[name].cpu[side].push((cpu * 1e3) / CALLS[name])
        result[name].wall[side].push((wall * 1e6) / CALLS[name])
      }
    }
  }
  return result
})

async function timed(loop: () => unknown): Promise<{ cpu: number; wall: number }> {
  // Timers get their turn, and the garbage of the loop before is not paid for in this one.
  await new Promise(setImmediate)
  gc!({ type: 'minor' })
  const before = performance.now()
  const used = process.cpuUsage()
  const seen = await loop()
  const { user, system } = process.cpuUsage(used)
  const wall = performance.now() - before
  if (seen === 0) throw new Error('the loop has read nothing')
  return { cpu: user + system, wall }
}
