// Four hundred logins of two lines each, while the event loop does not turn. Says which lines got through.
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

const COUNT = 400
const WAIT_LIMIT_MS = 15_000

const lines = []
const managers = Array.from({ length: COUNT }, (_, number) => {
  const note = (level) => (fields, message) => lines.push({ number, level, dropped: fields.droppedLines, message })
  const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
  return createBaserowJwtManager({ ...account, email: `user${number}@example.com`, logger })
})
const tokens = managers.map((manager) => manager.getToken())

// No turn of the event loop from here on: status() asks the native side at once, and Atomics.wait() blocks the thread.
const nobody = new Int32Array(new SharedArrayBuffer(4))
const started = performance.now()
const done = (manager) => manager.status().counters.logins === 1 && !manager.status().renewing
while (!managers.every(done) && performance.now() - started < WAIT_LIMIT_MS) Atomics.wait(nobody, 0, 0, 5)
const linesWhileBlocked = lines.length

const delivered = (await Promise.all(tokens)).filter((token) => token.startsWith('eyJ')).length
const afterwards = managers[0]
await afterwards.getToken({ forceRefresh: true })
console.log(JSON.stringify({ linesWhileBlocked, delivered, lines }))
