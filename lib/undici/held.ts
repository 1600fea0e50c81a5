import type { IncomingHttpHeaders } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { PEEKED_BYTES } from '../refusal'

const DECODERS: Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Buffer> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
}

/** A 401 that nobody has seen yet, held back until it is known what it means. */
export class Held {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly statusMessage: string | undefined
  readonly chunks: Buffer[] = []
  /** Is there, with or without anything in it, when the answer is complete. */
  trailers: IncomingHttpHeaders | undefined
  /** Is it being found out what it means? */
  isJudged = false
  #size = 0

  constructor(status: number, headers: IncomingHttpHeaders, statusMessage: string | undefined) {
    this.status = status
    this.headers = headers
    this.statusMessage = statusMessage
  }

  /** Is that as much as is looked at? */
  add(chunk: Buffer): boolean {
    this.chunks.push(chunk)
    this.#size += chunk.length
    return this.#size > PEEKED_BYTES
  }

  /** The body as the API wrote it; `undefined` when it cannot be read. */
  get body(): Buffer | undefined {
    const bytes = Buffer.concat(this.chunks)
    const encoding = String(this.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
    if (encoding === 'identity') return bytes
    try {
      return DECODERS[encoding]?.(bytes, { maxOutputLength: PEEKED_BYTES })
    } catch {
      return undefined
    }
  }
}
