// One worker thread that ends in a way of its own, beside a manager of the main thread.
import { Worker } from 'node:worker_threads'
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

const [, , scene] = process.argv
const beside = { ...account, baseUrl: process.env.BESIDE_URL }
const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData: { account, scene } })
const heard = []
worker.on('message', (word) => heard.push(word))
worker.on('error', (error) => heard.push(error.message))
const code = await new Promise((resolve) => worker.on('exit', resolve))
const token = await createBaserowJwtManager(beside).getToken()
console.log(JSON.stringify({ code, heard, token }))
