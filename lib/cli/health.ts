import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TokenStatus } from '../api'
import { TokenError } from '../errors'
import type { Tally } from './tally'

const HOST = '127.0.0.1'

/** A way to look at `watch` from outside, on this machine only. No secret passes through it. */
export class Health {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async listen(port: number, status: () => TokenStatus, tally: Tally): Promise<Health> {
    const server = createServer((request, response) => {
      const path = (request.url ?? '').replace(/\?.*$/, '')
      if (path !== '/health' && path !== '/metrics') return answer(response, 404, 'text/plain', 'not found\n')
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD')
        return answer(response, 405, 'text/plain', 'method not allowed\n')
      }
      const now = status()
      if (path === '/metrics') return answer(response, 200, 'text/plain; version=0.0.4', metrics(now, tally))
      answer(response, isUp(now) ? 200 : 503, 'application/json', `${JSON.stringify(health(now))}\n`)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const why = error.code === 'EADDRINUSE' ? `another program listens on ${HOST}:${port}` : `it cannot be listened on (${error.code})`
        reject(new TokenError({ code: 'INVALID_OPTION', message: `INVALID_OPTION: --health ${port}: ${why}`, cause: error }))
      })
      server.listen(port, HOST, resolve)
    })
    return new Health(server)
  }

  get url(): string {
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' }).end(body)
}

/** Is there a token that can be used? One whose renewal fails is as good as any until it expires. */
function isUp({ state }: TokenStatus): boolean {
  return state === 'valid' || state === 'expiring'
}

function health(status: TokenStatus): object {
  const { state, expiresAt, refreshAt, renewing, lastError } = status
  const failure = lastError === null ? null : { code: lastError.code, at: lastError.at }
  return { status: isUp(status) ? 'ok' : 'failing', state, expiresAt, refreshAt, renewing, lastError: failure }
}

/** Prometheus' text format, 0.0.4. */
export function metrics(status: TokenStatus, { fallbacks: { environment, backup }, failedTries }: Tally): string {
  const { logins, refreshes, failures, storeHits } = status.counters
  const metric = (name: string, type: 'gauge' | 'counter', help: string, samples: [string, number][]) =>
    [`# HELP tokenkeep_${name} ${help}`, `# TYPE tokenkeep_${name} ${type}`, ...samples.map(([labels, value]) => `tokenkeep_${name}${labels} ${value}`)].join('\n')
  return `${[
    metric('up', 'gauge', 'Whether there is a token that has not expired.', [['', isUp(status) ? 1 : 0]]),
    metric(
      'token_expiry_timestamp_seconds',
      'gauge',
      'When the current token expires, in seconds since the epoch; absent without one.',
      status.expiresAt === null ? [] : [['', status.expiresAt / 1000]],
    ),
    metric('renewals_total', 'counter', 'Renewals, by where the token came from.', [
      ['{how="login"}', logins],
      ['{how="refresh"}', refreshes],
      ['{how="store"}', Math.max(0, storeHits - environment - backup)],
      ['{how="environment"}', environment],
      ['{how="backup"}', backup],
    ]),
    metric('failures_total', 'counter', 'Renewals that brought no token.', [['', failures]]),
    metric(
      'failed_tries_total',
      'counter',
      'Logins and refreshes that failed, whatever came to the rescue.',
      Object.entries(failedTries).map(([how, count]): [string, number] => [`{how="${how}"}`, count]),
    ),
  ].join('\n')}\n`
}
