// One run in CI: a token, a call, and the end.
import { TokenError } from 'tokenkeep'
import { log } from '../log.mjs'
import { createManager, TOKENS_VARIABLE } from './manager.mjs'

const manager = createManager({ logger: log })
try {
  const authorization = await manager.authorization()
  const response = await fetch(`${process.env.DRIVE_URL}/api/me`, { headers: { authorization } })
  if (!response.ok) throw new Error(`the drive answered ${response.status}`)
  const { account } = await response.json()
  console.log(`backed up to the drive of ${account}`)
} catch (error) {
  console.error(error.message)
  if (error instanceof TokenError && error.code === 'INVALID_CREDENTIALS') {
    console.error(`There are no tokens to work with: set ${TOKENS_VARIABLE}, or store some with: tokenkeep import FILE`)
  }
  process.exitCode = 1
} finally {
  await manager.close()
}
