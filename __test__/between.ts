// A server in between, which keeps the bodies of all answers that go through it.
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Between extends AsyncDisposable {
  /** The same URL, but through here. */
  through(url: string): string
  readonly replies: readonly string[]
}

export async function between(): Promise<Between> {
  const replies: string[] = []
  const server = createServer((arrived, answer) => {
    // The first part of the path says to whom: /HOST:PORT/rest
    const [, host, path] = /^\/([^/]+)(\/.*)$/.exec(arrived.url!)!
    const onward = request(`http://${host}${path}`, { method: arrived.method!, headers: arrived.headers }, async (response) => {
      const body = Buffer.concat(await response.toArray() as Buffer[])
      replies.push(body.toString())
      answer.writeHead(response.statusCode!, response.headers).end(body)
    })
    arrived.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    replies,
    through: (url) => `http://127.0.0.1:${port}/${url.replace(/^http:\/\//, '')}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
