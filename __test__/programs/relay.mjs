// One process of an account whose login is the program's own function. The first argument says what becomes of it.
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import { createTokenManager, custom, fileStore } from '../../dist/index.mjs'

const { STORE_DIR: dir, LOGINS_FILE: logins } = process.env
const [, , scene] = process.argv
const hour = 3_600_000
const never = () => new Promise(() => {})

const manager = (login, tuning = {}, account = 'relay') => createTokenManager({ provider: custom({ account, login }), ...tuning })

/** Takes as long as a browser that is quick. */
async function browser() {
  appendFileSync(logins, `${process.pid}\n`)
  await new Promise((wake) => setTimeout(wake, 300))
  return { token: `of ${process.pid}`, expiresAt: Date.now() + hour }
}

const scenes = {
  // Asks when it is told to.
  async crowd() {
    const one = manager(browser, { store: fileStore({ dir }) })
    const lines = createInterface({ input: process.stdin })
    console.log('ready')
    await new Promise((go) => lines.once('line', go))
    lines.close()
    process.stdin.destroy()
    console.log(await one.getToken())
  },
  // Ends a worker in the middle of its login, for which it holds the account's lock.
  async 'a worker dies'() {
    for (let round = 0; round < 3; round++) {
      const worker = new Worker(new URL('relay_worker.mjs', import.meta.url), { workerData: { dir, hangs: round > 0 } })
      await new Promise((resolve) => worker.once('message', resolve))
      const code = await worker.terminate()
      console.log(`worker ended with ${code}`)
    }
    const started = performance.now()
    const token = await manager(browser, { store: fileStore({ dir }) }).getToken()
    console.log(token === `of ${process.pid}`, Math.round(performance.now() - started))
  },
  async 'somebody waits'() {
    await manager(never, { timeoutMs: 400 }).getToken().catch((error) => console.log(error.code))
  },
  async 'nobody waits'() {
    const leaving = new AbortController()
    const waiting = manager(never).getToken({ signal: leaving.signal }).catch(() => console.log('left'))
    await new Promise(setImmediate)
    leaving.abort()
    await waiting
  },
  // Whatever its login does after its time is up, nobody hears of it.
  async 'too late'() {
    const late = []
    const login = () => new Promise((resolve, reject) => late.push(reject))
    await manager(login, { timeoutMs: 50 }).getToken().catch((error) => console.log(error.code))
    late.forEach((reject) => reject(new Error('late')))
    const signals = []
    const throwing = ({ signal }) => {
      signals.push(new Promise((fired) => signal.addEventListener('abort', fired)))
      return signal.aborted ? null : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    await manager(throwing, { timeoutMs: 50 }, 'another').getToken().catch((error) => console.log(error.code))
    await Promise.all(signals)
    await new Promise(setImmediate)
  },
}

await scenes[scene]()
console.log('done')
