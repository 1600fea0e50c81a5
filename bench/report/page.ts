import type { Machine } from '../machine'
import type { Figures, Start } from '../measurements'
import type { Rounds } from '../sides'
import { median, ratio } from '../statistics'
import type { Row } from '../targets'

/** `docs/performance.md`, whole: nothing in it is written by hand, so nothing in it can be older than the rest. */
export function page(machine: Machine, rows: readonly Row[], figures: Figures): string {
  return `<!-- Written by \`npm run bench\`. Do not edit: change bench/report/page.ts. -->
# Performance

tokenkeep against the same job in pure TypeScript ([bench/baseline.ts](../bench/baseline.ts): a cached string and a \`Date.now()\` check, one
shared promise, \`fetch\`; it refreshes with the refresh token, so both sides send the same requests). One command measures
everything and writes this page and the chart:

\`\`\`sh
npm run bench            # twenty minutes, and up to seven minutes more on a machine that is not quiet
npm run bench -- --again # seven minutes: only the minute in which 100,000 tokens end, on a machine that was not quiet then
npm run bench -- --quick # three minutes, for a first look; writes nothing here
\`\`\`

![How many times less tokenkeep costs than pure TypeScript](performance.svg)

${resultsTable(rows)}

${verdict(rows)}

Got on ${machine.date}: ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}.
The load average at the start was ${machine.load.toFixed(1)}${neighbours(machine)}
${repeated(figures)}
${meaning(figures)}

## Cached reads by wall time
${wallTable(figures)}

## How it is measured
- **Interleaved, and medians of ratios.** In each round one side runs right after the other, in the same process, and they take turns
  at being first. A round gives one ratio; the table shows the median of the ratios and the middle half of them. The absolute
  figures beside them are medians too, so their quotient is near the ratio and not always it.
- **Cached reads**: ${figures.hot.awaited.cpu.tokenkeep.length} rounds of 100,000 to 400,000 calls, round-robin over four managers that hold a token, after a warm-up; CPU time of the whole
  process (\`process.cpuUsage()\`), garbage collection and compiler threads with it. Each side has a copy of the loop for itself, and every
  loop hands on what it read. Inside AsyncLocalStorage: the same in a process of its own, within \`run()\`.
- **Heap allocated**: growth of the heap over 100,000 calls without a collection in between.
- **Burst**: ${figures.burst.total.tokenkeep.length} rounds; the tokens go stale by themselves, then 10,000 calls in one turn and \`Promise.all\` of them; the server answers after
  5 ms. Time on the event loop is the CPU time of its thread (\`schedstat\`); "active by its own account" is
  \`performance.eventLoopUtilization().active\`, which on a shared machine also counts the time in which somebody else had the processor.
  Requests are counted by the server. The longest delay is the longest gap between two turns of the loop, looked for in bursts of its own.
- **Renewal**: ${figures.renewal.work.tokenkeep.length} rounds; a refresh of a stale token on an open connection, in a window of 15 ms, less what a window costs in which nothing
  is asked for.
- **First token**: ${figures.start.http.firstToken.tokenkeep.length} rounds of fresh processes: load the module, make the manager, get a token from a server on loopback that answers
  after 5 ms. https with a certificate that both are told of by \`NODE_EXTRA_CA_CERTS\`. Plain node is the same script with nothing to do.
  "Where fetch has been used before": the script first fetches something else and waits 0.4 s; ${figures.start.afterFetch.firstToken.tokenkeep.length} rounds.
- **Memory of accounts**: ${figures.pool.weight.atRest.tokenkeep.length} rounds of fresh processes; resident memory after collections, less what 10,000 accounts before them had
  made it; with a small young generation (\`--max-semi-space-size=1\`), which otherwise is a large part of the difference.
- **Accounts expiring in one minute**: beside a process that does nothing. Where that one was kept waiting for more than 10 ms the minute is
  measured again, three times at most, and the row is about the minute in which the machine was quietest. How much the loop's thread has worked from
  one round of calls to the next is the part of a delay that is ours, and no neighbour's.
- **Threads**: \`/proc/self/task\`, less those that node had before the module was loaded.
- Both sides get the same logger, which drops its lines; the server runs in a process of its own.

## What is noise
- Other work on the machine moves absolute figures by 20 % and more, and ratios hardly, as long as both sides are pure computing. Where
  a row has a network or a process start in it, look at the middle half: a difference smaller than that is none.
- \`await\` has a floor: a function that checks nothing and returns a settled promise is about 1.9 times cheaper than the baseline.
  No token manager in any language gets past that, and one tenth more or less in this row means nothing.
- A call without await and \`peek()\` take a few nanoseconds, because the compiler writes them straight into the loop. In other code they
  may not be, and cost a few nanoseconds more.
- Process wall time is the difference of two figures that are both many times larger: trust its size, not its digits.
- Memory over plain node counts pages of the native file and of node itself that were touched, and those beside them that the system maps
  at the same time. What is left without the pages of files has its own row.
`
}

/** What is of another moment than the rest. */
function repeated({ again, pool }: Figures): string {
  if (again === undefined) return ''
  const said = again.before.map(({ longestDelayMs, idleMs }) => `${longestDelayMs.toFixed(1)} ms (${idleMs.toFixed(1)} ms in the idle process)`)
  return `
The two rows about ${pool.accounts.toLocaleString('en')} accounts expiring in one minute were measured again at ${again.at.slice(0, 16)}, by themselves, because the machine was
not quiet when their turn came. Then it was ${said.join(', ')}.
`
}

function resultsTable(rows: readonly Row[]): string {
  const head = '| | at least | measured | middle half | tokenkeep | baseline | |\n| --- | --- | --- | --- | --- | --- | --- |'
  const lines = rows.map((row) => {
    const mark = row.met === null ? '' : row.met ? 'ok' : '**missed**'
    return `| ${row.what} | ${row.target} | ${row.measured} | ${row.spread} | ${row.tokenkeep} | ${row.baseline} | ${mark} |`
  })
  return [head, ...lines].join('\n')
}

function wallTable({ hot, insideStorage }: Figures): string {
  const reads: [string, Rounds][] = [
    ['awaited', hot.awaited.wall],
    ['without await', hot.called.wall],
    ['awaited, inside AsyncLocalStorage', insideStorage.awaited.wall],
    ['without await, inside AsyncLocalStorage', insideStorage.called.wall],
    ["`peek()` against the baseline's awaited call", hot.peeked.wall],
    ['`Promise.all` of 1,000', hot.together.wall],
  ]
  const lines = reads.map(([what, rounds]) => {
    const { median: middle, low, high } = ratio(rounds)
    const [ours, theirs] = [median(rounds.tokenkeep), median(rounds.baseline)].map((one) => one.toFixed(1))
    return `| ${what} | ${middle.toFixed(2)} times faster | ${low.toFixed(2)} to ${high.toFixed(2)} | ${ours} ns | ${theirs} ns |`
  })
  return ['| | measured | middle half | tokenkeep | baseline |', '| --- | --- | --- | --- | --- |', ...lines].join('\n')
}

function verdict(rows: readonly Row[]): string {
  const promised = rows.filter((row) => row.met !== null)
  const missed = promised.filter((row) => !row.met)
  if (missed.length === 0) return `All ${promised.length} promises are kept. A row without "at least" is told and not promised.`
  return `${promised.length - missed.length} of ${promised.length} promises are kept; missed: ${missed.map((row) => row.what).join('; ')}.`
}

function neighbours({ load, cores }: Machine): string {
  if (load < 0.5) return ': nobody else was at work.'
  return load < cores ? ': the machine was shared.' : ': the machine was crowded, and figures with a network in them suffer from that.'
}

/** What the ratios come to in a program, in absolute terms. */
function meaning({ hot, burst, renewal, start }: Figures): string {
  const saved = median(hot.awaited.cpu.baseline) - median(hot.awaited.cpu.tokenkeep)
  const first = start.http.firstToken
  const later = start.afterFetch
  const mb = (bytes: number[]) => (median(bytes) / 1e6).toFixed(1)
  const megabytes = ({ resident }: Start) => ((median(resident.baseline) - median(resident.tokenkeep)) / 1e6).toFixed(0)
  const milliseconds = (value: number) => `${value < 1 ? value.toFixed(2) : value.toFixed(0)} ms`
  return `## What it means
- A cached \`await getToken()\` saves ${saved.toFixed(0)} ns. Nobody notices that in one request; it is there so that nobody has to keep a
  copy of the token to be fast.
- What a program does notice: the first token after ${milliseconds(median(first.tokenkeep))} instead of ${milliseconds(median(first.baseline))}, ${megabytes(start.http)} MB that are not needed, a renewal that holds
  up other work for ${milliseconds(median(renewal.work.tokenkeep))} instead of ${milliseconds(median(renewal.work.baseline))}, and a crowd of 10,000 for ${milliseconds(median(burst.work.tokenkeep))} instead of ${milliseconds(median(burst.work.baseline))}.
- Most of the baseline's start and memory is \`fetch\`. A program that uses it anyway has paid for that, and there tokenkeep saves neither start nor
  memory: the first token takes ${milliseconds(median(later.firstToken.tokenkeep))} against ${milliseconds(median(later.firstToken.baseline))}, and ${mb(later.resident.tokenkeep)} MB against ${mb(later.resident.baseline)} MB.`
}
