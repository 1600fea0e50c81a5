// One soak, in this process: `node --expose-gc run.mjs SECONDS SEED`. `scripts/soak.mjs` starts it.
import { fork } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Callers } from './callers.mjs'
import { ACCOUNTS, Cast, LIFETIME_MS } from './cast.mjs'
import { Chance } from './chance.mjs'
import { Gauge, slopeOf } from './gauge.mjs'
import { verdictOn } from './verdict.mjs'
import { GRACE_MS, Weather } from './weather.mjs'

const [seconds, seed] = [Number(process.argv[2]), process.argv[3]]
const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const chance = new Chance(seed, 'run')
const weather = new Weather()
// In memory, where there is such a folder: how long a disk takes to save is not what is soaked.
const dir = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'tokenkeep-soak-'))
const gauge = new Gauge()
/** So many complaints are said when they come up: minutes may pass until the end. */
const SAID = 5
const total = { calls: 0, judged: 0, belated: 0, faulty: {}, complaints: [], workers: 0, terminated: 0, periods: 0 }

process.on('unhandledRejection', (error) => complain(`an unhandled rejection: ${error?.stack ?? error}`))

console.log(`soak: ${seconds} s, ${ACCOUNTS} accounts whose tokens live ${LIFETIME_MS} ms, seed ${seed}`)

const servers = fork(here('servers.mjs'), [seed])
const asked = new Map()
const urls = await new Promise((resolve) => servers.once('message', resolve))
servers.on('message', ({ number, answer }) => asked.get(number)?.(answer))
const tell = (command) =>
  new Promise((resolve) => {
    const number = asked.size
    asked.set(number, resolve)
    servers.send({ number, command })
  })

const callers = new Callers({
  cast: new Cast({ urls, dir }),
  weather,
  chance: new Chance(seed, 'callers'),
  dir,
  complain,
  accounts: Array.from({ length: ACCOUNTS }, (_, number) => number),
})
callers.start()

const started = performance.now()
const elapsed = () => (performance.now() - started) / 1000
const progress = setInterval(() => void report(), 10_000)
progress.unref()
while (elapsed() < seconds) await cycle()
clearInterval(progress)
await callers.stop()
add(callers.tally)
const { logins, refreshes, requests } = await tell('counters')
servers.disconnect()
rmSync(dir, { recursive: true, force: true })

const verdict = verdictOn(gauge.settled(seconds), total, seconds)
console.log(
  `soak: ${total.calls} calls (${total.judged} while the server was up, ${total.belated} of them for tokens that expired while they were saved), ${requests} requests, ${logins} logins, ${refreshes} refreshes, ` +
    `${total.periods} periods of faults, ${total.workers} workers (${total.terminated} ended where they stood), ` +
    `callers who met a fault: ${JSON.stringify(total.faulty)}`,
)
console.log(verdict.line)
for (const wrong of verdict.wrong) console.log(`✗ ${wrong}`)
process.exit(verdict.wrong.length === 0 ? 0 : 1)

/** Workers come, the server fails and recovers, the workers go, and what is left is measured. */
async function cycle() {
  const workers = Array.from({ length: chance.between(1, 3) }, () => hire())
  await pause(chance.between(100, 600))
  weather.breaks()
  total.periods += 1
  await tell('break')
  await pause(chance.between(300, 1000))
  // While the server still fails: renewals are under way, and some of them hang.
  const early = workers.filter(() => chance.next() < 0.3)
  await Promise.all(early.map((worker) => worker.end()))
  await tell('clear')
  weather.clears()
  await pause(GRACE_MS + chance.between(800, 1500))
  await Promise.all(workers.map((worker) => worker.leave()))
  await pause(200)
  gauge.read()
}

function hire() {
  const name = `worker ${total.workers++}`
  const accounts = Array.from({ length: ACCOUNTS }, (_, number) => number).filter(() => chance.next() < 0.2)
  const worker = new Worker(here('worker.mjs'), { workerData: { accounts, dir, memory: weather.memory, name, seed, urls } })
  const gone = new Promise((resolve) => worker.once('exit', resolve))
  worker.once('error', (error) => complain(`${name} died: ${error?.stack ?? error}`))
  worker.on('message', ({ complaint, tally }) => (tally === undefined ? complain(complaint) : add(tally)))
  return {
    end: () => (total.terminated++, worker.terminate()),
    leave: () => (worker.postMessage('leave'), gone),
  }
}

function complain(complaint) {
  total.complaints.push(complaint)
  if (total.complaints.length <= SAID) console.log(`✗ ${new Date().toISOString()} ${complaint}`)
}

function add({ calls, judged, belated, faulty }) {
  total.calls += calls
  total.judged += judged
  total.belated += belated
  for (const [code, times] of Object.entries(faulty)) total.faulty[code] = (total.faulty[code] ?? 0) + times
}

async function report() {
  const last = gauge.samples.at(-1)
  if (last === undefined) return
  const { logins, refreshes } = await tell('counters')
  const settled = gauge.settled(seconds)
  const slope = settled.length > 2 ? `, ${Math.round(slopeOf(settled, 'rssKb').slope)} kB/min` : ''
  const memory = `${(last.rssKb / 1024).toFixed(1)} MB resident${slope}, ${(last.heapKb / 1024).toFixed(1)} MB heap`
  console.log(
    `${String(Math.round(elapsed())).padStart(5)} s: ${callers.tally.calls + total.calls} calls, ${logins} logins, ${refreshes} refreshes, ` +
      `${memory}, ${last.threads}+${last.waiting} threads, ${last.files} files, ${total.complaints.length} complaints`,
  )
}
