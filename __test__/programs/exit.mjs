// Calls process.exit(7) so many milliseconds into a flight.
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

createBaserowJwtManager(account).getToken()
setTimeout(() => process.exit(7), Number(process.argv[2]))
