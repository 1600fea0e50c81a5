// Twenty worker threads, each terminated while its managers wait for a server; HANGING never answers, RACING does so at
// about the time of the termination. The manager of the main thread uses another server, and goes on working.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

const manager = createBaserowJwtManager(account)
const first = await manager.getToken()

async function terminated(number) {
  const baseUrl = number % 2 === 0 ? process.env.HANGING_URL : process.env.RACING_URL
  const worker = new Worker(new URL('worker.mjs', import.meta.url), {
    workerData: { account: { ...account, baseUrl }, scene: 'flying' },
  })
  // Not what terminate() resolves with: that is nothing when the worker got to its end first.
  const exit = once(worker, 'exit')
  await once(worker, 'message')
  // Some at once, some a few turns later: the request may be on its way, at the server, or answered.
  for (let turns = number; turns > 0; turns -= 1) await new Promise(setImmediate)
  void worker.terminate()
  const [code] = await exit
  return code
}

const codes = []
for (let done = 0; done < 20; done += 4) {
  const batch = Array.from({ length: 4 }, (_, n) => terminated(done + n))
  const during = manager.getToken({ forceRefresh: true })
  codes.push(...(await Promise.all(batch)))
  await during
}
const last = await manager.getToken({ forceRefresh: true })
console.log(JSON.stringify({ codes, renewed: last !== first, counters: manager.status().counters }))
