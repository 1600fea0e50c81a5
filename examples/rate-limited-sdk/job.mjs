// One of many short-lived processes that use the SDK.
import { log } from '../log.mjs'
import { Colony } from './sdk.mjs'

const { COLONY_URL, COLONY_KEY, COLONY_CACHE, COLONY_CACHE_DIR, COLONY_TIMEOUT_MS } = process.env
const patience = COLONY_TIMEOUT_MS && { timeoutMs: Number(COLONY_TIMEOUT_MS), deadlineMs: Number(COLONY_TIMEOUT_MS) }
const colony = new Colony({
  baseUrl: COLONY_URL,
  apiKey: COLONY_KEY,
  cache: COLONY_CACHE === 'yes',
  cacheDir: COLONY_CACHE_DIR,
  logger: log,
  ...patience,
})
console.log(`I am ${await colony.whoAmI()}`)
await colony.close()
