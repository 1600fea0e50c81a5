// Rounds of two hundred managers that are used once and dropped. Says what each round left in memory. Needs --expose-gc.
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

const COUNT = 200
const ROUNDS = 7
const WAIT_LIMIT_MS = 10_000

let collected = 0
const registry = new FinalizationRegistry(() => (collected += 1))
const logger = { debug() {}, info() {}, warn() {}, error() {} }

async function round() {
  const managers = Array.from({ length: COUNT }, () => createBaserowJwtManager({ ...account, logger }))
  for (const manager of managers) registry.register(manager.on('login', () => {}), undefined)
  await Promise.all(managers.map((manager) => manager.getToken({ signal: new AbortController().signal })))
  // The second call arms the timer that looks at the token's age.
  await Promise.all(managers.map((manager) => manager.getToken()))
}

const kilobytes = []
for (let done = 1; done <= ROUNDS; done += 1) {
  await round()
  const started = performance.now()
  while (collected < done * COUNT && performance.now() - started < WAIT_LIMIT_MS) {
    await new Promise((wake) => setTimeout(wake, 20))
    globalThis.gc()
  }
  kilobytes.push(Math.round(process.memoryUsage().rss / 1024))
}
console.log(JSON.stringify({ made: ROUNDS * COUNT, collected, kilobytes }))
