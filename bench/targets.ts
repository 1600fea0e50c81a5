// What was promised, and what came of it.
import type { Figures } from './measurements'
import type { Pool } from './pools'
import type { HotRounds } from './measured/hot'
import type { Rounds } from './sides'
import { median, ratio } from './statistics'

export interface Row {
  what: string
  /** What was promised; nothing where the figure is only told. */
  target: string
  measured: string
  /** The middle half of the rounds. */
  spread: string
  tokenkeep: string
  baseline: string
  met: boolean | null
  /** For the chart: how many times better. */
  bar: { ratio: number; target: number | null } | null
}

type Unit = 'ns' | 'ms' | 'MB' | 'bytes'

export function rowsOf(figures: Figures): Row[] {
  const { hot, insideStorage, bytes, burst, renewal, start, disk, redis, threads, pool, fileBytes } = figures
  const onLoop = 'time on the event loop'
  return [
    cheaper('awaited cached `getToken()`, CPU time', hot.awaited, 1.6),
    cheaper('the call without await, CPU time', hot.called, 5),
    {
      ...absolute('the call without await, heap allocated', 'bytes', 0, bytes),
      // Below half a byte per call is what the measurement itself leaves behind.
      met: Math.abs(median(bytes.tokenkeep)) < 0.5,
    },
    cheaper('awaited, inside AsyncLocalStorage', insideStorage.awaited, 1.6),
    cheaper('without await, inside AsyncLocalStorage', insideStorage.called, 7),
    cheaper("`peek()` against the baseline's awaited call", hot.peeked, 8),
    cheaper('`Promise.all` of 1,000 cached calls, per call', hot.together, null),
    {
      ...plain('burst of 10,000 on a stale token, HTTP requests', '1', burst.requests.tokenkeep, burst.requests.baseline),
      met: burst.requests.tokenkeep === 1,
    },
    times('burst of 10,000, total time', 'faster', 'ms', burst.total, 1.35),
    times(`burst of 10,000, ${onLoop}`, 'less', 'ms', burst.work, 2.5),
    times('burst of 10,000, loop active by its own account', 'less', 'ms', burst.active, null),
    times('burst of 10,000, longest delay of the event loop', 'less', 'ms', burst.longestDelay, null),
    times(`one renewal, ${onLoop}`, 'less', 'ms', renewal.work, 6),
    times('one renewal, loop active by its own account', 'less', 'ms', renewal.active, null),
    times('one renewal, CPU time of all threads', 'less', 'ms', renewal.cpu, null),
    times('script start to first token, http', 'sooner', 'ms', start.http.firstToken, 5),
    times('script start to first token, https', 'sooner', 'ms', start.https.firstToken, 5),
    times("script start to a token from disk, against the baseline's login", 'sooner', 'ms', start.stored.firstToken, 8),
    times('a token from disk, against our own login on loopback', 'sooner', 'ms', disk.firstToken, 10),
    ...(redis === undefined ? [] : [times('a token from Redis, against our own login, both on loopback', 'sooner', 'ms', redis.firstToken, null)]),
    times('first token where fetch has been used before, http', 'sooner', 'ms', start.afterFetch.firstToken, null),
    atMost('process wall time over an empty script, http', 'ms', 20, start.http.wall),
    atMost('process wall time over an empty script, https', 'ms', 20, start.https.wall),
    atMost('resident memory over plain node, http', 'MB', 4, inMegabytes(start.http.resident)),
    atMost('resident memory over plain node, https', 'MB', 4, inMegabytes(start.https.resident)),
    atMost('resident memory where fetch has been used before, http', 'MB', null, inMegabytes(start.afterFetch.resident)),
    atMost('resident memory without pages of files, http', 'MB', null, inMegabytes(start.http.anonymous)),
    ...poolRows(pool),
    {
      ...plain('native file, stripped', 'at most 2.5 MB', `${(fileBytes / 1e6).toFixed(2)} MB`, 'none'),
      met: fileBytes <= 2.5e6,
    },
    {
      ...plain('threads over plain node, while renewing', 'at most 1', threads.tokenkeep.renewing, threads.baseline.renewing),
      met: threads.tokenkeep.renewing <= 1,
    },
    {
      ...plain('threads over plain node, 10 s after a renewal', '0', threads.tokenkeep.idle, threads.baseline.idle),
      met: threads.tokenkeep.idle <= 0,
    },
  ]
}

function poolRows({ accounts, weight, lookup, expiries, crowd }: Pool): Row[] {
  const many = accounts.toLocaleString('en')
  // Chosen by what the machine did to somebody else, not by what came of ours.
  const expiry = expiries.reduce((quietest, each) => (each.idleMs < quietest.idleMs ? each : quietest))
  const delays = expiries.map(({ longestDelayMs }) => longestDelayMs.toFixed(1))
  const handle = times("a pool's handle, awaited cached call, against a manager", 'the cost', 'ns', lookup.handle, 0.95)
  return [
    handle,
    times(`\`pool.getToken(id)\` over ${many} accounts, against a JS Map of managers, CPU time`, 'cheaper', 'ns', lookup.byName, 1),
    times(`resident memory per account, ${many} accounts that have logged in`, 'less', 'bytes', weight.atRest, 2),
    times('the same when each has just been asked for again', 'less', 'bytes', weight.inUse, null),
    {
      ...plain(`${many} accounts expiring in one minute, longest delay of the event loop`, 'at most 50 ms', `${expiry.longestDelayMs.toFixed(1)} ms`, `not tried; ${expiry.idleMs.toFixed(1)} ms in an idle process beside it`),
      spread: expiries.length > 1 ? `the quietest of ${delays.join(', ')}` : '',
      met: expiry.longestDelayMs <= 50 && expiry.failures === 0 && expiry.renewals >= accounts,
    },
    plain('the same, the most that the event loop worked at a stretch, CPU time', '', `${expiry.longestWorkMs.toFixed(1)} ms`, 'not tried'),
    {
      ...plain('10,000 accounts logging in at once, requests in flight', 'at most 64, all done', `${crowd.atOnce}, ${crowd.done} done`, 'not tried'),
      met: crowd.atOnce <= 64 && crowd.done === 10_000,
    },
  ]
}

function cheaper(what: string, { cpu }: HotRounds, target: number | null): Row {
  return times(what, 'cheaper', 'ns', cpu, target)
}

function times(what: string, word: string, unit: Unit, rounds: Rounds, target: number | null): Row {
  const found = ratio(rounds)
  return {
    what,
    target: target === null ? '' : `${target} times ${word}`,
    measured: `${found.median.toFixed(2)} times ${word}`,
    spread: `${found.low.toFixed(2)} to ${found.high.toFixed(2)}`,
    ...sides(rounds, unit),
    met: target === null ? null : found.median >= target,
    bar: { ratio: found.median, target },
  }
}

function atMost(what: string, unit: Unit, target: number | null, rounds: Rounds): Row {
  const times = median(rounds.baseline) / median(rounds.tokenkeep)
  // A difference of two measurements may come out at nothing or less.
  const bar = times > 0 && Number.isFinite(times) ? { ratio: times, target: null } : null
  const met = target === null ? null : median(rounds.tokenkeep) <= target
  return { ...absolute(what, unit, target, rounds), target: target === null ? '' : `at most ${target} ${unit}`, met, bar }
}

function absolute(what: string, unit: Unit, target: number | null, rounds: Rounds): Row {
  const own = sides(rounds, unit)
  return { ...plain(what, target === null ? '' : `${target} ${unit}`, own.tokenkeep, own.baseline) }
}

function plain(what: string, target: string, tokenkeep: number | string, baseline: number | string): Row {
  const measured = String(tokenkeep)
  return { what, target, measured, spread: '', tokenkeep: measured, baseline: String(baseline), met: null, bar: null }
}

function sides(rounds: Rounds, unit: Unit): Pick<Row, 'tokenkeep' | 'baseline'> {
  return { tokenkeep: figure(median(rounds.tokenkeep), unit), baseline: figure(median(rounds.baseline), unit) }
}

function figure(value: number, unit: Unit): string {
  const digits = unit === 'bytes' || Math.abs(value) >= 100 ? 0 : Math.abs(value) < 1 ? 3 : 1
  // No minus before a zero.
  return `${value.toFixed(digits).replace(/^-(0(\.0*)?)$/, '$1')} ${unit}`
}

function inMegabytes(bytes: Rounds): Rounds {
  return { tokenkeep: bytes.tokenkeep.map((one) => one / 1e6), baseline: bytes.baseline.map((one) => one / 1e6) }
}
