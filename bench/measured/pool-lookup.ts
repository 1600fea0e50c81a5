// Cached tokens of a hundred thousand accounts in random order, both sides in turn; and a pool's handle beside a manager.
import type * as tokenkeep from '../../lib/index'
import { inTurn, noRounds, type Rounds, SIDES } from '../sides'
import { loginAll, map, names, pool, shuffled } from './accounts'
import { answer } from './channel'
import { loopFor } from './loops'

/** Nanoseconds of CPU time per call; of `handle`, the pool's handle is tokenkeep and the manager the baseline. */
export interface Lookup {
  byName: Rounds
  handle: Rounds
}

const HANDLE_CALLS = 200_000

answer(async ([baseUrl, count, rounds]): Promise<Lookup> => {
  const ids = names(Number(count))
  const accounts = { tokenkeep: pool(baseUrl!), baseline: map(baseUrl!) }
  for (const side of SIDES) await loginAll(accounts[side], ids)
  const mixed = shuffled(ids)
  const result: Lookup = { byName: noRounds(), handle: noRounds() }
  const loops = { tokenkeep: loopFor('pool', 'named'), baseline: loopFor('map', 'named') }
  for (let round = -3; round < Number(rounds); round++) {
    for (const side of inTurn(round)) {
      const ns = await cpu(() => loops[side]([accounts[side]] as never, mixed as never), mixed.length)
      if (round >= 0) result.byName[side].push(ns)
    }
  }
  const { baserow, createTokenManager } = require('../../dist/index.cjs') as typeof tokenkeep
  const handles = ids.slice(0, 4).map((id) => accounts.tokenkeep.account(id))
  const managers = ids.slice(0, 4).map((id) =>
    createTokenManager({ provider: baserow({ baseUrl: baseUrl!, email: `${id}.alone`, password: 'pass' }) }),
  )
  const sides = { tokenkeep: handles, baseline: managers }
  for (const each of [...handles, ...managers]) await each.getToken()
  const calls = { tokenkeep: loopFor('handle', 'awaited'), baseline: loopFor('manager', 'awaited') }
  for (let round = -8; round < Number(rounds); round++) {
    for (const side of inTurn(round)) {
      const ns = await cpu(() => calls[side](sides[side], HANDLE_CALLS), HANDLE_CALLS)
      if (round >= 0) result.handle[side].push(ns)
    }
  }
  return result
})

async function cpu(loop: () => unknown, calls: number): Promise<number> {
  await new Promise(setImmediate)
  gc!({ type: 'minor' })
  const used = process.cpuUsage()
  await loop()
  const { user, system } = process.cpuUsage(used)
  return ((user + system) * 1e3) / calls
}
