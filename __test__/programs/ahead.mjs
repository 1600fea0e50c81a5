// Managers that renew in the background; the scene says which. Its last word is "done".
import { Worker, isMainThread, parentPort } from 'node:worker_threads'
import { baserow, createTokenManager, createTokenPool } from '../../dist/index.mjs'
import { account } from './account.mjs'

const background = { provider: baserow(account), ttlSeconds: 0.8, refresh: 'background' }
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms))

const scenes = {
  'asked once': () => createTokenManager(background).getToken(),
  'never asked': () => createTokenManager(background),
  'a pool': () => createTokenPool({ ...background, provider: () => background.provider }).getToken('one'),
  collected: async () => {
    const used = await (async () => {
      const manager = createTokenManager({ ...background, ttlSeconds: 4 })
      await manager.getToken()
      return new WeakRef(manager)
    })()
    for (let i = 0; i < 40 && used.deref() !== undefined; i++) {
      await sleep(50)
      globalThis.gc()
    }
    console.log(used.deref() === undefined ? 'collected' : 'kept')
    // The native half goes after it.
    await sleep(50)
    globalThis.gc()
    await sleep(2200)
  },
  worker: async () => {
    const worker = new Worker(new URL(import.meta.url))
    console.log(await new Promise((resolve) => worker.once('message', resolve)))
    await worker.terminate()
    const manager = createTokenManager({ ...background, refresh: 'on-demand' })
    const token = await manager.getToken()
    await sleep(700)
    console.log(manager.peek() === token ? 'left alone' : 'renewed')
  },
}

if (isMainThread) {
  await scenes[process.argv[2]]()
  console.log('done')
} else {
  const manager = createTokenManager(background)
  await manager.getToken()
  manager.on('refresh', () => parentPort.postMessage('renewed in the worker'))
  setInterval(() => {}, 1000)
}
