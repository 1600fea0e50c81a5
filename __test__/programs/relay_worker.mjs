// A worker thread that is ended in the middle of a login of its own, while somebody waits for it.
import { parentPort, workerData } from 'node:worker_threads'
import { createTokenManager, custom, fileStore } from '../../dist/index.mjs'

const { dir, hangs } = workerData
const login = ({ signal }) => {
  signal.addEventListener('abort', () => parentPort.postMessage('never: its thread is gone'))
  parentPort.postMessage('logging in')
  // One that is at work can be ended just as well as one that waits.
  while (!hangs) Math.random()
  return new Promise(() => {})
}
const manager = createTokenManager({ provider: custom({ account: 'relay', login }), store: fileStore({ dir }) })
await manager.getToken()
