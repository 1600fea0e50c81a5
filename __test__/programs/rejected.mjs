// Every way of waiting for a renewal that fails, each caught once. Says "unhandled" for what nobody caught.
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

process.on('unhandledRejection', () => console.log('unhandled'))
const manager = createBaserowJwtManager({ ...account, password: 'wrong' })
const leaving = new AbortController()
const { signal } = new AbortController()

const callers = [
  manager.getToken(),
  manager.getToken(),
  manager.getToken({ signal }),
  manager.getToken({ signal: leaving.signal }),
  manager.getToken({ signal: AbortSignal.abort(new Error('left before')) }),
  manager.getToken({ forceRefresh: true }),
  manager.authorization(),
]
leaving.abort(new Error('left'))
const results = await Promise.allSettled(callers)
console.log(results.map(({ reason }) => reason?.code ?? reason?.message).join())
// Two turns: an unhandled rejection is reported after the microtasks of the one it happens in.
await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
console.log('done')
