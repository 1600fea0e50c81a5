// Ends with a manager in one of the states in which nobody waits for anything. Its last word is "done".
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

const manager = createBaserowJwtManager(account)

const scenes = {
  'made and never asked': () => {},
  'idle after a login': () => manager.getToken(),
  'listened to': async () => {
    for (const name of ['login', 'refresh', 'invalidate', 'failure']) manager.on(name, () => {})
    await manager.getToken()
  },
  'asked by twenty callers with one signal': () => {
    const { signal } = new AbortController()
    return Promise.all(Array.from({ length: 20 }, () => manager.getToken({ signal })))
  },
  'inside its margin, with its timer armed': async () => {
    await manager.getToken()
    await manager.getToken()
  },
  invalidated: async () => {
    await manager.getToken()
    await manager.invalidate()
  },
  'logged out': async () => {
    await manager.getToken()
    await manager.logout()
  },
  'closed before any login': () => manager.close(),
  closed: async () => {
    await manager.getToken()
    await manager.close()
  },
  'failed at its login': async () => {
    const wrong = createBaserowJwtManager({ ...account, password: 'wrong' })
    await wrong.getToken().catch((error) => console.log(error.code))
  },
}

await scenes[process.argv[2]]()
// A timer that is not unref'd may be too short to be noticed by its delay alone.
for (const kind of process.getActiveResourcesInfo()) if (kind === 'Timeout') console.log('kept alive by a timer')
console.log('done')
