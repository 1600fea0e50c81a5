// What a hundred thousand accounts cost one side: at rest, and when each was asked for again a moment ago.
import type { Side } from '../sides'
import { loginAll, many, names, resident } from './accounts'
import { answer } from './channel'

/** Bytes per account. */
export interface Weight {
  atRest: number
  inUse: number
}

answer(async ([side, baseUrl, count]): Promise<Weight> => {
  const accounts = many(side as Side, baseUrl!)
  const ids = names(Number(count))
  // What a first login brings with it (connections, code) is nobody's account.
  await accounts.getToken('warm/up@accounts.example.com')
  const before = await resident()
  await loginAll(accounts, ids)
  // Time for a pool to let go of what it had at hand for the logins.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  const atRest = await resident()
  for (const id of ids) await accounts.getToken(id)
  const inUse = await resident()
  // Until here: what nobody uses any more is collected.
  await accounts.getToken(ids[0]!)
  return { atRest: (atRest - before) / ids.length, inUse: (inUse - before) / ids.length }
})
