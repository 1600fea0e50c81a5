// Eight worker threads at once, and one more when they are gone. This thread itself never loads the package's addon.
import { Worker } from 'node:worker_threads'
import { account } from './account.mjs'

function tokenOf() {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { account, scene: 'token' } })
  const heard = []
  worker.on('message', (word) => heard.push(word))
  return new Promise((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', (code) => resolve({ code, heard }))
  })
}

console.log(JSON.stringify(await Promise.all(Array.from({ length: 8 }, tokenOf))))
console.log(JSON.stringify(await tokenOf()))
