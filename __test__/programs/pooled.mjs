// A pool in one of the states in which nobody waits for anything, or what becomes of its memory. Its last word is "done".
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { createTokenPool, custom, customStore, fileStore, jsonLogin } from '../../dist/index.mjs'

const { TOKEN_URL: url, TOKEN_KEY: key, STORE_DIR: dir } = process.env
const provider = (account) => jsonLogin({ url, body: { api_key: key }, account })
const make = (changes) => createTokenPool({ provider, retry: { attempts: 1 }, ...changes })
const ids = Array.from({ length: 200 }, (_, number) => `${number}`)

/** How many of these are still there, once those who can be collected are. */
async function left(refs, isEnough) {
  const started = performance.now()
  const count = () => refs.filter((ref) => ref.deref() !== undefined).length
  while (!isEnough(count()) && performance.now() - started < 8000) {
    await sleep(50)
    globalThis.gc()
  }
  return count()
}

const scenes = {
  'made and never asked': () => void make(),
  'asked for a few accounts': async () => {
    const pool = make()
    await Promise.all(['a', 'b', 'c'].map((id) => pool.getToken(id)))
    await pool.getToken('a')
  },
  'with a handle': async () => {
    globalThis.handle = make().on('login', () => {}).account('a')
    await globalThis.handle.getToken()
    await globalThis.handle.getToken()
  },
  closed: async () => {
    const pool = make()
    await pool.getToken('a')
    await pool.close()
  },
  'left by everybody who waited': async () => {
    const leaving = new AbortController()
    const waiting = make().getToken('hanging', { signal: leaving.signal }).catch((error) => console.log(error.message))
    leaving.abort(new Error('left'))
    await waiting
  },
  'over a store': async () => {
    const pool = make({ store: fileStore({ dir }) })
    console.log(JSON.stringify([await Promise.all(['a', 'b'].map((id) => pool.getToken(id))), pool.status().counters]))
  },
  'forgets who has left': async () => {
    const callbacks = []
    const whose = (account) => {
      const login = async () => ({ token: account, expiresAt: Date.now() + 3_600_000 })
      callbacks.push(new WeakRef(login))
      return custom({ account, login })
    }
    const pool = make({ provider: whose, capacity: 10 })
    for (const id of ids) await pool.getToken(id)
    console.log((await left(callbacks, (count) => count <= 10)) <= 10, pool.status().accounts <= 10)
    await pool.getToken('one more')
  },
  'forgets whoever asked first': async () => {
    const storage = new AsyncLocalStorage()
    const pool = make()
    let request = { id: 1 }
    const ref = new WeakRef(request)
    await storage.run(request, async () => {
      await pool.getToken('a')
      await pool.getToken('a')
    })
    request = undefined
    for (let i = 0; i < 30; i++) {
      await sleep(100)
      await pool.getToken('a')
    }
    console.log(await left([ref], (count) => count === 0), pool.peek('a') !== null)
  },
  'gives its store back': async () => {
    const refs = []
    for (let i = 0; i < 5; i++) {
      const callbacks = { load: async () => null, save: async () => true, clear: async () => true }
      refs.push(new WeakRef(callbacks.load))
      const pool = make({ store: customStore(callbacks) })
      await pool.getToken('a')
      await pool.close()
    }
    console.log(await left(refs, (count) => count <= 1) <= 1)
  },
  'is collected as a whole': async () => {
    const refs = []
    for (let i = 0; i < 20; i++) {
      const pool = make()
      await pool.getToken('a')
      await pool.account('a').getToken()
      refs.push(new WeakRef(pool))
      await pool.close()
    }
    console.log(await left(refs, (count) => count <= 1) <= 1)
  },
  'told by another thread': async () => {
    const pool = make()
    const first = await pool.getToken('alice')
    await pool.getToken('alice')
    const worker = new Worker(new URL('hand.mjs', import.meta.url), { workerData: { url, key } })
    const heard = () => new Promise((resolve) => worker.once('message', resolve))
    await heard()
    worker.postMessage({ number: 1, method: 'getToken', given: [] })
    const { value } = await heard()
    const promise = pool.getToken('alice')
    worker.postMessage({ number: 2, method: 'invalidate', given: [value] })
    // No turn of the loop lies between what is forgotten there and the call here: only the shared memory can tell.
    const until = performance.now() + 3000
    let next = promise
    while (next === promise && performance.now() < until) next = pool.getToken('alice')
    console.log(value === first, (await next) !== first)
    await worker.terminate()
  },
}

await scenes[process.argv[2]]()
for (const kind of process.getActiveResourcesInfo()) if (kind === 'Timeout') console.log('kept alive by a timer')
console.log('done')
