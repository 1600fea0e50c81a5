/** A larger body is not kept. */
const MOST_BYTES = 1024 * 1024

/**
 * What a Request has for a body, kept while it is sent. A Request does not tell whether a string or a stream is behind its body, so
 * it is read along, as far as it is small.
 */
export class Spare {
  /** All of it, once it has been read. */
  bytes: Uint8Array<ArrayBuffer> | undefined
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor(request: Request) {
    this.#reader = request.clone().body?.getReader()
    this.#read().catch(() => {})
  }

  async #read(): Promise<void> {
    const reader = this.#reader
    const chunks: Uint8Array[] = []
    let size = 0
    while (reader !== undefined) {
      const { done, value } = await reader.read()
      if (done) {
        this.bytes = new Uint8Array(Buffer.concat(chunks))
        return
      }
      size += value.byteLength
      if (size > MOST_BYTES) return this.release()
      chunks.push(value)
    }
  }

  release(): void {
    // Settles only when the request's own half is done, too.
    this.#reader?.cancel().catch(() => {})
  }
}
