// What each bundler makes a program of: 1,000 callers, one login.
import { createTokenManager, baserow } from 'tokenkeep'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'

const server = await startBaserow()
const manager = createTokenManager({ provider: baserow({ baseUrl: server.baseUrl, ...DEFAULT_USER }) })
const tokens = new Set(await Promise.all(Array.from({ length: 1000 }, () => manager.getToken())))
console.log(`${tokens.size} token, ${server.counters.logins} login`)
await manager.close()
await server.close()
