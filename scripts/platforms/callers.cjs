// Run with the Node of a platform, beside the packages for it (trial.mjs).
const { createBaserowJwtManager } = require('tokenkeep')
const { DEFAULT_USER, startBaserow } = require('tokenkeep/testing')

async function main() {
  const server = await startBaserow()
  const manager = createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER })
  const tokens = new Set(await Promise.all(Array.from({ length: 1000 }, () => manager.getToken())))
  const { logins } = server.counters
  await manager.close()
  await server.close()
  const addon = Object.keys(require.cache).find((file) => file.endsWith('.node'))
  if (tokens.size !== 1 || logins !== 1) throw new Error(`${tokens.size} tokens and ${logins} logins for 1,000 callers`)
  // Windows has backslashes there.
  if (!/node_modules[\\/]tokenkeep-/.test(addon)) throw new Error(`loaded ${addon}, which is not of the platform's package`)
  console.log('1,000 callers, 1 login')
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
