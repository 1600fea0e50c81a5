// Eight worker threads at once, and one more when they are gone. This thread itself never loads the package's addon.
import { Worker } from 'node:worker_threads'
import { account } from './account.mjs'

function started(scene) {
  const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { account, scene } })
  const heard = []
  const served = new Promise((resolve) => worker.on('message', (word) => heard.push(word) && word.startsWith('eyJ') && resolve()))
  const gone = new Promise((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', (code) => resolve({ code, heard }))
  })
  return { worker, served, gone }
}

const eight = Array.from({ length: 8 }, () => started('token and stay'))
await Promise.all(eight.map(({ served, gone }) => Promise.race([served, gone])))
for (const { worker } of eight) worker.postMessage('leave')
console.log(JSON.stringify(await Promise.all(eight.map(({ gone }) => gone))))
console.log(JSON.stringify(await started('token').gone))
