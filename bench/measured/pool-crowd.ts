// Ten thousand accounts that log in at once.
import { names, pool } from './accounts'
import { answer } from './channel'

/** How many of them got a token. */
export type Crowd = number

answer(async ([baseUrl, count]): Promise<Crowd> => {
  const accounts = pool(baseUrl!)
  const tokens = await Promise.all(names(Number(count)).map((id) => accounts.getToken(id)))
  return new Set(tokens).size
})
