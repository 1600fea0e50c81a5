// A worker thread that does as it is told, with a manager or a pool of its own.
import { parentPort, threadId, workerData } from 'node:worker_threads'
import { createTokenManager, createTokenPool, custom, fileStore, jsonLogin } from '../../dist/index.mjs'

const { url, key, kind, ttlSeconds, dir, isPool } = workerData

const provider = (account) =>
  kind === 'custom'
    ? custom({ account, credential: key, login: async () => ({ token: `of thread ${threadId}`, expiresAt: Date.now() + 3_600_000 }) })
    : jsonLogin({ url, body: { api_key: key }, account })

const tuning = { retry: { attempts: 1 }, ttlSeconds, store: dir && fileStore({ dir }) }
const keeper = isPool ? createTokenPool({ provider, ...tuning }) : createTokenManager({ provider: provider('alice'), ...tuning })

parentPort.on('message', async ({ number, method, given }) => {
  const answer = {}
  try {
    answer.value = await keeper[method](...given)
  } catch (error) {
    answer.code = error.code ?? error.message
  }
  parentPort.postMessage({ number, ...answer })
})
parentPort.postMessage({ number: 0 })
