// The main job (use-case 1): a bridge that needs a valid JWT of a Baserow user for every call that it makes.
// Runs on the embedded server, or on your own Baserow when BASEROW_URL, BASEROW_USER_EMAIL and BASEROW_USER_PASSWORD are set.
import { setTimeout as sleep } from 'node:timers/promises'
import { BaserowAuthError, createBaserowJwtManager } from 'tokenkeep'
import { check, finish, heading } from '../report.mjs'
import { promises } from './promises.mjs'
import { server } from './server.mjs'

const CALLERS = 1000
const LIFETIME_SECONDS = 4
const MARGIN_SECONDS = 2
const NOT_CONFIGURED =
  'BASEROW_USER_AUTH_NOT_CONFIGURED: set BASEROW_USER_EMAIL and BASEROW_USER_PASSWORD to enable metadata endpoints'

const baserow = await server()
const { baseUrl, email, password } = baserow
heading(`A Baserow bridge on ${baserow.description}`)

const manager = createBaserowJwtManager({
  baseUrl,
  email,
  password,
  // A short life, so that its renewal can be watched. Left out, a token lives as long as it says.
  ttlSeconds: LIFETIME_SECONDS,
  refreshMarginSeconds: MARGIN_SECONDS,
})

await check(`${CALLERS.toLocaleString('en')} callers at once`, async () => {
  const started = performance.now()
  const tokens = await Promise.all(Array.from({ length: CALLERS }, () => manager.getToken()))
  const { logins } = manager.status().counters
  const ms = Math.round(performance.now() - started)
  const distinct = new Set(tokens).size
  return { ok: logins === 1 && distinct === 1, says: `${logins} login, ${distinct} token, ${ms} ms` }
})

await check('a cached token', async () => {
  const calls = 1_000_000
  const started = performance.now()
  for (let i = 0; i < calls; i++) void manager.getToken()
  const ns = Math.round(((performance.now() - started) * 1e6) / calls)
  const { logins, refreshes } = manager.status().counters
  return { ok: logins === 1 && refreshes === 0, says: `${calls.toLocaleString('en')} more calls, no request, ${ns} ns each` }
})

await check('the API accepts it', async () => {
  const authorization = await manager.authorization()
  const { path, status } = await baserow.readMetadata(authorization)
  return { ok: status === 200, says: `GET ${path} with "Authorization: JWT eyJ…": ${status}` }
})

await check('renewal ahead of expiry', async () => {
  const before = await manager.getToken()
  const { refreshAt, expiresAt } = manager.status()
  await sleep(Math.max(0, refreshAt - Date.now()) + 20)
  const after = await manager.getToken()
  const early = ((expiresAt - Date.now()) / 1000).toFixed(1)
  const { logins, refreshes } = manager.status().counters
  return {
    ok: after !== before && logins === 1 && refreshes === 1,
    says: `a new token ${early} s before the old one ends: ${refreshes} refresh, no further login`,
  }
})

await check('a token that the API refused', async () => {
  const dead = await manager.getToken()
  await Promise.all(Array.from({ length: 10 }, () => manager.invalidate(dead)))
  const fresh = await Promise.all(Array.from({ length: 10 }, () => manager.getToken()))
  const { refreshes } = manager.status().counters
  return {
    ok: refreshes === 2 && new Set(fresh).size === 1 && fresh[0] !== dead,
    says: `10 callers report it, ${refreshes - 1} renewal`,
  }
})

await check('a wrong password', async () => {
  const wrong = createBaserowJwtManager({ baseUrl, email, password: `${password} (not)` })
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => wrong.getToken()))
  const error = results[0].reason
  const { failures } = wrong.status().counters
  return {
    ok:
      results.every(({ reason }) => reason instanceof Error && reason.name === 'BaserowAuthError') &&
      error instanceof BaserowAuthError &&
      error.statusCode === 401 &&
      error.message.startsWith('BRIDGE_BASEROW_AUTH_FAILED: login returned 401') &&
      failures === 1,
    says: `100 callers, ${failures} login; ${error.code} ${error.statusCode}\n${error.message}`,
  }
})

await check('no credentials', async () => {
  const stub = createBaserowJwtManager({ baseUrl, email: undefined, password: undefined })
  const error = await stub.getToken().catch((reason) => reason)
  return {
    ok: !stub.isEnabled() && error instanceof BaserowAuthError && error.statusCode === 503 && error.message === NOT_CONFIGURED,
    says: `the disabled stub; ${error.code} ${error.statusCode}\n${error.message}`,
  }
})

await promises()

await manager.close()
await baserow.close()
finish()
