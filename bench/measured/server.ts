// The server of the tests in a process of its own: what it costs is nobody's who is measured.
import { startBaserow } from '../../lib/testing/index'
import type { BaserowServerOptions } from '../../lib/testing/index'
import { ACCOUNT } from '../sides'

async function serve([options]: string[]): Promise<void> {
  const server = await startBaserow({ users: [ACCOUNT], ...(JSON.parse(options!) as BaserowServerOptions) })
  process.on('message', () => process.send!(server.counters.loginRequests + server.counters.refreshRequests))
  process.send!(server.baseUrl)
}

process.once('disconnect', () => process.exit())
void serve(process.argv.slice(2))
