// Gets one token with the options that the first argument has as JSON. Says what came of it and what was logged.
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

const logged = []
const note = (level) => (_, message) => logged.push(`${level}: ${message}`)
const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
const options = JSON.parse(process.argv[2] ?? '{}')
const outcome = await createBaserowJwtManager({ ...account, ...options, logger })
  .getToken()
  .then(
    (token) => ({ token }),
    ({ code, message }) => ({ code, message }),
  )
console.log(JSON.stringify({ ...outcome, logged }))
