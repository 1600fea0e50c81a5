import type { Duplex } from 'node:stream'
import { dechunked } from './chunks'

/** More of a request than this is not taken: nobody asks for a token with it. */
const LARGEST = 1 << 20

/** A request that has arrived in full. */
export interface Incoming {
  readonly method: string
  /** with the query */
  readonly path: string
  /** with lower-case names */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Reads requests off a connection, one after the other, as long as they come. Whatever is no request ends it. */
export async function* requestsOf(stream: Duplex): AsyncGenerator<Incoming> {
  let pending = Buffer.alloc(0)
  for await (const piece of stream.iterator({ destroyOnReturn: false })) {
    pending = Buffer.concat([pending, piece as Buffer])
    for (let next = parsed(pending); next !== null; next = parsed(pending)) {
      pending = pending.subarray(next.length)
      yield next.request
    }
    if (pending.length > LARGEST) return
  }
}

function parsed(bytes: Buffer): { request: Incoming; length: number } | null {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) return null
  const [start = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const [method = '', path = '/'] = start.split(' ')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  const from = end + 4
  if (/\bchunked$/i.test(headers['transfer-encoding'] ?? '')) {
    const chunks = dechunked(bytes, from)
    return chunks && { request: { method, path, headers, body: chunks.body }, length: chunks.end }
  }
  const length = from + Number(headers['content-length'] ?? 0)
  // Not written: `>=`, which is false for what is no number.
  if (!(bytes.length >= length)) return null
  return { request: { method, path, headers, body: Buffer.from(bytes.subarray(from, length)) }, length }
}
