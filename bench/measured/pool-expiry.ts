// A hundred thousand accounts whose tokens end in one minute, while callers go on asking for them at random.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { loginAll, names, pool } from './accounts'
import { answer } from './channel'
import { loopThreadTime } from './loop-thread'

export interface Expiry {
  /** The longest delay of the event loop, in milliseconds. */
  longestDelayMs: number
  /** The most that the loop's thread has worked from one round of calls to the next, in milliseconds of CPU time: what of a delay is ours. */
  longestWorkMs: number
  renewals: number
  failures: number
}

/** Calls in each turn of the event loop. */
const CALLS = 20

answer(async ([baseUrl, count, fromSeconds, untilSeconds]): Promise<Expiry> => {
  const begun = Date.now()
  const elapsed = () => (Date.now() - begun) / 1000
  const accounts = pool(baseUrl!, 0)
  const ids = names(Number(count))
  await loginAll(accounts, ids)
  // The logins are another row's; here begins the minute.
  const restSeconds = Number(fromSeconds) - elapsed()
  if (restSeconds < 0) throw new Error(`${count} accounts were not logged in after ${fromSeconds} seconds`)
  await new Promise((resolve) => setTimeout(resolve, restSeconds * 1000))
  let failures = 0
  const failed = () => void failures++
  const watch = monitorEventLoopDelay({ resolution: 1 })
  watch.enable()
  let next = 0
  let longestWorkMs = 0
  let worked = loopThreadTime()
  while (elapsed() < Number(untilSeconds)) {
    for (let call = 0; call < CALLS; call++) accounts.getToken(ids[next++ % ids.length]!).catch(failed)
    // A server has other things to do between its requests.
    await new Promise((resolve) => setTimeout(resolve, 1))
    const now = loopThreadTime()
    longestWorkMs = Math.max(longestWorkMs, now - worked)
    worked = now
  }
  watch.disable()
  const { refreshes, logins } = accounts.status().counters
  return { longestDelayMs: watch.max / 1e6, longestWorkMs, renewals: refreshes + logins - ids.length, failures }
})
