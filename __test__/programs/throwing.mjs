// A logger and listeners that throw at everything they are told.
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

process.on('uncaughtException', (error) => console.log(`uncaught: ${error.message}`))
let told = 0
const fail = () => {
  told += 1
  throw new Error('not listening')
}
const logger = { debug: fail, info: fail, warn: fail, error: fail }
const manager = createBaserowJwtManager({ ...account, logger: { ...logger, child: () => logger } })
const other = createBaserowJwtManager(account)
for (const name of ['login', 'refresh', 'invalidate', 'failure']) manager.on(name, fail)

// A second manager's letters come by the same mail.
const tokens = await Promise.all([manager.getToken(), other.getToken()])
await manager.invalidate()
tokens.push(await manager.getToken())
console.log(JSON.stringify({ tokens, told }))
