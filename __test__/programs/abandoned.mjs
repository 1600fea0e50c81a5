// Callers with a signal wait at a server that hangs. Told so by a line on stdin, they leave.
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

const manager = createBaserowJwtManager(account)
const leaving = new AbortController()
const one = () => manager.getToken({ signal: leaving.signal }).catch((reason) => console.log(reason.message))

const waiting = [one(), one(), one()]
if (process.argv[2] === 'one stays') manager.getToken().then(console.log)

await new Promise((resolve) => process.stdin.once('data', resolve))
process.stdin.destroy()
leaving.abort(new Error('left'))
await Promise.all(waiting)
if (process.argv[2] === 'one comes back') console.log(await manager.getToken())
