import { request } from 'node:http'
import type { Incoming } from './request'

/** What a good server would answer. */
export interface Reply {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

/** Of this connection, and not of the next one. */
const HOP_BY_HOP = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding'])

/** The answer of the server behind us; a 502 where there is none. */
export function repliedBy(upstream: string, { method, path, headers, body }: Incoming): Promise<Reply> {
  return new Promise((resolve) => {
    const gone = (): void => resolve({ status: 502, headers: [], body: Buffer.from('the server behind did not answer') })
    const onward = request(new URL(path, upstream), { method, headers: { ...headers, connection: 'close' } }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece)).once('error', gone)
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 502, headers: named(response.rawHeaders), body: Buffer.concat(pieces) })
      })
    })
    onward.once('error', gone)
    onward.end(body)
  })
}

/** A good answer of our own. */
export function replyOf(answer: string | object): Reply {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
  const headers = [['content-type', 'application/json'] as const, ['date', new Date().toUTCString()] as const]
  return { status: 200, headers, body: Buffer.from(text) }
}

/** The status line and the headers. `length`: what is said of the body's; null: nothing. */
export function headOf({ status, headers }: Reply, length: readonly string[] | null, more: Reply['headers'] = []): Buffer {
  const ending = (length ?? []).map((value) => ['content-length', value] as const)
  const lines = [...headers, ...more, ...ending].map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`HTTP/1.1 ${status} Answered\r\n${lines.join('')}\r\n`, 'latin1')
}

/** The bytes of the whole answer. */
export function whole(reply: Reply, more?: Reply['headers']): Buffer {
  return Buffer.concat([headOf(reply, [String(reply.body.length)], more), reply.body])
}

function named(raw: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at] as string
    if (!HOP_BY_HOP.has(name.toLowerCase())) pairs.push([name, raw[at + 1] as string])
  }
  return pairs
}
