// A script whose last act is to get a token.
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

console.log(await createBaserowJwtManager(account).getToken())
