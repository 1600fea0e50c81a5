import type { RecordedRequest } from '../handle'
import type { NetworkFault, NetworkFaultKind } from './faults'

/** Sets up a server with `startFaultServer()`. */
export interface FaultServerOptions {
  /** Is the origin of a plain-HTTP server that gives the answers, such as the `url` of a `startBaserow()`. Without one `answer` is all there is. */
  upstream?: string | undefined
  /** Is the body of a good answer where there is no `upstream`: JSON text, or an object that becomes it. Default `{}`. */
  answer?: string | object | undefined
  /** Speaks HTTPS with this key and certificate, both PEM. Default: plain HTTP. */
  tls?: { key: string; cert: string } | undefined
  /** Is the address to listen on. Default `'127.0.0.1'`. */
  host?: string | undefined
  /** Is the port to listen on; 0: a free one. Default 0. */
  port?: number | undefined
}

/** Counts what has come and gone since the start. */
export interface FaultServerCounters {
  /** Counts connections accepted, open or not. */
  readonly connections: number
  /** Counts requests that have arrived in full. */
  readonly requests: number
  /** Counts bytes sent: how much of something endless a client has taken, and what lay in the buffers on the way. */
  readonly bytesSent: number
}

/** Is a running server: see `startFaultServer()`. */
export interface FaultServer {
  /** Is the origin, such as `http://127.0.0.1:41234`. */
  readonly url: string
  /** Is what it has counted by now. */
  readonly counters: FaultServerCounters
  /** Holds the last 1000 requests, oldest first; it is live. */
  readonly requests: readonly RecordedRequest[]
  /**
   * Lets the next `times` (default 1; `Infinity`: until `clearFaults()`) requests, or for faults of a connection the next so many
   * connections, meet this fault. Such a fault hangs up on whoever is connected and silent, so that the next request needs a connection.
   */
  fail(fault: NetworkFaultKind | NetworkFault, options?: { times?: number | undefined }): void
  /** Forgets all faults; connections that already hang go on hanging. */
  clearFaults(): void
  /** Lets the process end while the server still listens. */
  unref(): void
  /** Stops listening and closes every connection, hanging ones too. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
