import { baserow, createTokenManager } from 'tokenkeep'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'

export const runtime = 'nodejs'
export const dynamic = 'force-dynamic'

/** As ../../../service.mjs, asked for over HTTP. */
export async function GET() {
  const server = await startBaserow()
  const manager = createTokenManager({ provider: baserow({ baseUrl: server.baseUrl, ...DEFAULT_USER }) })
  const tokens = new Set(await Promise.all(Array.from({ length: 1000 }, () => manager.getToken())))
  const { logins } = server.counters
  await manager.close()
  await server.close()
  return new Response(`${tokens.size} token, ${logins} login\n`)
}
