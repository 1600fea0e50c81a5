import type { ServerResponse } from 'node:http'
import type { Answer } from './answers'

const CHUNK = 65_536

/** The way back to one client. */
export class Wire {
  readonly #response: ServerResponse
  readonly #extra: Readonly<Record<string, string>>
  readonly #now: () => number
  readonly #cut: () => void

  /** `extra`: headers for every answer; `now`: the clock that dates it; `cut`: resets the connection. */
  constructor(response: ServerResponse, extra: Readonly<Record<string, string>>, now: () => number, cut: () => void) {
    this.#response = response
    this.#extra = extra
    this.#now = now
    this.#cut = cut
  }

  /** Calls `action` after so many milliseconds, unless the client has gone by then; its timer keeps no process alive. */
  after(ms: number, action: () => void): void {
    if (ms <= 0) return action()
    if (this.#response.closed) return
    const gone = (): void => clearTimeout(timer)
    const timer = setTimeout(() => {
      // A trickle waits thousands of times on one response.
      this.#response.off('close', gone)
      action()
    }, ms)
    timer.unref()
    this.#response.once('close', gone)
  }

  send(answer: Answer): void {
    this.#head(answer, Buffer.byteLength(answer.body))
    this.#response.end(answer.body)
  }

  /** Resets the connection (RST, not FIN: the client sees ECONNRESET). */
  reset(): void {
    this.#cut()
  }

  /** Promises the whole body, sends half of it and resets. */
  tear(answer: Answer): void {
    const body = Buffer.from(answer.body)
    this.#head(answer, body.length)
    // A moment for the half to arrive: a reset may throw away what the client has not read
    this.#response.write(body.subarray(0, Math.floor(body.length / 2)), () => this.after(10, this.#cut))
  }

  /** Sends the body in pieces of `bytes` every `everyMs` milliseconds. */
  trickle(answer: Answer, bytes: number, everyMs: number): void {
    const body = Buffer.from(answer.body)
    this.#head(answer, body.length)
    this.#response.flushHeaders()
    const go = (from: number): void => {
      if (from >= body.length) return void this.#response.end()
      this.#response.write(body.subarray(from, from + bytes))
      this.after(everyMs, () => go(from + bytes))
    }
    go(0)
  }

  /** Sends a JSON body of `bytes` bytes, no faster than the client reads. */
  flood(answer: Answer, bytes: number): void {
    const open = '{"padding":"'
    const close = '"}'
    const padding = Buffer.alloc(CHUNK, 'x')
    this.#head(answer, Math.max(bytes, open.length + close.length))
    this.#response.write(open)
    let left = Math.max(0, bytes - open.length - close.length)
    const go = (): void => {
      while (left > 0) {
        const piece = padding.subarray(0, Math.min(left, CHUNK))
        left -= piece.length
        if (!this.#response.write(piece)) return void this.#response.once('drain', go)
      }
      this.#response.end(close)
    }
    go()
  }

  #head(answer: Answer, length: number): void {
    // The date is ours, so that it follows the server's clock
    this.#response.sendDate = false
    const headers: Record<string, string | number> = {
      date: new Date(this.#now()).toUTCString(),
      ...answer.headers,
      ...this.#extra,
    }
    if (answer.status !== 204) headers['content-length'] = length
    this.#response.writeHead(answer.status, headers)
  }
}
