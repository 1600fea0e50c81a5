// Ends in the middle of a flight that nobody waits for; the scene says which. Its last word is "done".
import { AsyncLocalStorage } from 'node:async_hooks'
import { baserow, createTokenManager, fileStore, jsonLogin } from '../../dist/index.mjs'
import { account } from './account.mjs'

const { LOGIN_URL: url, REFRESH_URL: refreshUrl, API_KEY, STORE_DIR: dir } = process.env
const rotating = () => jsonLogin({ url, refreshUrl, body: { api_key: API_KEY } })
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms))

const scenes = {
  'left with a one-time token under way': async () => {
    const manager = createTokenManager({ provider: rotating(), store: fileStore({ dir }) })
    await manager.getToken()
    await manager.getToken({ forceRefresh: true, signal: AbortSignal.timeout(300) }).catch(({ name }) => console.log(name))
  },
  'left after it was taken over by a second flight': async () => {
    await createTokenManager({ provider: baserow(account), store: fileStore({ dir }) }).getToken()
    const manager = createTokenManager({ provider: baserow(account), store: fileStore({ dir }) })
    const leaving = new AbortController()
    // It starts with a look at the store, which is not what the other one wants.
    const any = manager.getToken()
    const forced = manager.getToken({ forceRefresh: true, signal: leaving.signal }).catch((reason) => console.log(reason))
    await Promise.all([any, sleep(300)])
    leaving.abort('left')
    await forced
  },
  'renewing by its interval': async () => {
    const manager = createTokenManager({ provider: baserow(account), refreshIntervalSeconds: 0.1 })
    await manager.getToken()
    await sleep(300)
  },
  'whose caller is forgotten': async () => {
    const storage = new AsyncLocalStorage()
    const manager = createTokenManager({ provider: baserow(account) })
    const request = (() => {
      const big = { bytes: Buffer.alloc(1 << 20) }
      storage.run(big, () => void manager.getToken().catch(() => {}))
      return new WeakRef(big)
    })()
    await manager.getToken()
    for (let i = 0; i < 10 && request.deref() !== undefined; i++) {
      await sleep(200)
      globalThis.gc()
    }
    console.log(manager.peek() !== null, request.deref() === undefined ? 'forgotten' : 'retained')
  },
}

await scenes[process.argv[2]]()
console.log('done')
