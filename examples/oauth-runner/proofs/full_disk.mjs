// Renews on a disk that refuses, and once more when it takes writes again. Each line on stdin is one step.
import { chmodSync, chownSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { log } from '../../log.mjs'
import { createManager } from '../manager.mjs'

const NOBODY = 65_534
const folder = process.env.TOKENKEEP_CACHE_DIR

// Root may write anywhere, whatever a folder's mode says.
if (process.getuid() === 0) {
  chmodSync(dirname(folder), 0o711)
  for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))]) chownSync(path, NOBODY, NOBODY)
  process.setuid(NOBODY)
}

const manager = createManager({ logger: log })
const renew = () => manager.getToken({ forceRefresh: true }).then(() => 'renewed', ({ code }) => code)
await manager.getToken()
const steps = {
  refuse: async () => chmodSync(folder, 0o500),
  accept: async () => chmodSync(folder, 0o700),
  renew: async () => console.log(`renewal: ${await renew()}`),
}
for await (const step of createInterface({ input: process.stdin })) {
  await steps[step]()
  console.log(`done: ${step}`)
}
await manager.close()
