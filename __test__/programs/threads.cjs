// Counts the threads of this process through a manager's life. CommonJS, so that Node's own are all there before we count.
const { readdirSync } = require('node:fs')
const { stat } = require('node:fs/promises')

const threads = () => readdirSync('/proc/self/task').length
const IDLE_LIMIT_MS = 12_000

async function until(promise) {
  let most = threads()
  let settled = false
  promise.then(() => (settled = true))
  while (!settled) {
    await new Promise(setImmediate)
    most = Math.max(most, threads())
  }
  return most
}

async function main() {
  await stat(__filename) // starts libuv's pool
  const plain = threads()
  const { createBaserowJwtManager } = require('../../dist/index.cjs')
  const { DEFAULT_USER } = require('../../dist/testing.cjs')
  const make = () => createBaserowJwtManager({ baseUrl: process.env.BASEROW_URL, ...DEFAULT_USER })
  const managers = [make(), make(), make()]
  const made = threads() - plain

  const renew = () => until(Promise.all(managers.map((manager) => manager.getToken({ forceRefresh: true }))))
  const renewing = (await renew()) - plain
  const started = performance.now()
  while (threads() > plain && performance.now() - started < IDLE_LIMIT_MS) await new Promise((wake) => setTimeout(wake, 50))
  const idle = threads() - plain
  const idleAfterMs = Math.round(performance.now() - started)
  const renewingAgain = (await renew()) - plain
  const { refreshes } = managers[0].status().counters
  console.log(JSON.stringify({ made, renewing, idle, idleAfterMs, renewingAgain, refreshes }))
}

main()
