import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** The way to one client: what we write to, and the socket below it, which is another one under TLS. */
export class Line {
  readonly stream: Duplex
  readonly #socket: Socket

  constructor(stream: Duplex, socket: Socket) {
    this.stream = stream
    this.#socket = socket
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.stream.writable
  }

  /** Resolves when the client may have it: a reset throws away what has not left yet. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (!this.isOpen) return resolve()
      const over = (): void => {
        this.#socket.off('close', over)
        resolve()
      }
      this.#socket.once('close', over)
      this.stream.write(bytes, over)
    })
  }

  /** Sends what `next` gives until it gives nothing, no faster than it is taken. */
  async pour(next: () => Uint8Array | null): Promise<void> {
    for (let piece = next(); piece !== null && this.isOpen; piece = next()) await this.send(piece)
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const over = (): void => {
        clearTimeout(timer)
        // A trickle waits thousands of times on one connection.
        this.#socket.off('close', over)
        resolve()
      }
      const timer = setTimeout(over, ms)
      timer.unref()
      this.#socket.once('close', over)
    })
  }

  /** RST. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  /** FIN; `abruptly`: of the socket alone. */
  end(abruptly: boolean): void {
    if (abruptly) this.#socket.end()
    else this.stream.end()
  }
}
