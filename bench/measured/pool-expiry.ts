// A hundred thousand accounts whose tokens end in one minute, while callers go on asking for them at random.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { loginAll, names, pool } from './accounts'
import { answer } from './channel'

export interface Expiry {
  /** The longest delay of the event loop, in milliseconds. */
  longestDelayMs: number
  renewals: number
  failures: number
}

/** Calls in each turn of the event loop. */
const CALLS = 20

answer(async ([baseUrl, count, untilSeconds]): Promise<Expiry> => {
  const begun = Date.now()
  const accounts = pool(baseUrl!, 0)
  const ids = names(Number(count))
  await loginAll(accounts, ids)
  let failures = 0
  const failed = () => void failures++
  const watch = monitorEventLoopDelay({ resolution: 1 })
  watch.enable()
  let next = 0
  while (Date.now() - begun < Number(untilSeconds) * 1000) {
    for (let call = 0; call < CALLS; call++) accounts.getToken(ids[next++ % ids.length]!).catch(failed)
    // A server has other things to do between its requests.
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  watch.disable()
  const { refreshes, logins } = accounts.status().counters
  return { longestDelayMs: watch.max / 1e6, renewals: refreshes + logins - ids.length, failures }
})
