// What a hundred thousand accounts cost one side: at rest, and when each was asked for again a moment ago.
import type { Side } from '../sides'
import { loginAll, many, names, resident } from './accounts'
import { answer, pause } from './channel'

/** Bytes per account. */
export interface Weight {
  atRest: number
  inUse: number
}

const FIRST = 10_000
/** Time for a pool to let go of what it had at hand for the logins. */
const LET_GO_MS = 3000

answer(async ([side, baseUrl, count]): Promise<Weight> => {
  const accounts = many(side as Side, baseUrl!)
  const ids = names(Number(count))
  // What the first logins bring with them is nobody's account: connections, code, arenas of the allocator.
  await loginAll(accounts, names(FIRST).map((name) => `first-${name}`))
  await pause(LET_GO_MS)
  const before = await resident()
  await loginAll(accounts, ids)
  await pause(LET_GO_MS)
  const atRest = await resident()
  for (const id of ids) await accounts.getToken(id)
  const inUse = await resident()
  // Until here: what nobody uses any more is collected.
  await accounts.getToken(ids[0]!)
  return { atRest: (atRest - before) / ids.length, inUse: (inUse - before) / ids.length }
})
