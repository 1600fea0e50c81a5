import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { SERVER_ERROR, type Answer } from './answers'
import type { Exchange } from './exchange'
import type { RecordedRequest } from './handle'

const KEPT_REQUESTS = 1000

/** Where and how to listen. */
export interface Address {
  tls?: { key: string; cert: string } | undefined
  host?: string | undefined
  port?: number | undefined
}

/** The counters that every server has. */
export interface Traffic {
  connections: number
  maxConcurrent: number
}

/** A request whose head is here; `cut` resets its connection. */
export interface Arrival {
  /** without its body */
  readonly head: Exchange
  readonly response: ServerResponse
  readonly cut: () => void
}

/** The sockets of one server: it listens, keeps what arrives, and hangs up. */
export class Listener {
  readonly requests: RecordedRequest[] = []
  readonly #http: Server
  readonly #address: Address
  readonly #traffic: Traffic
  readonly #sockets = new Set<Socket>()
  #port = 0
  #running = 0
  #unreffed = false
  #closing: Promise<void> | undefined

  /** `arrived` is called with the head of each request; what it answers is called with the whole of it. */
  constructor(address: Address, traffic: Traffic, arrived: (arrival: Arrival) => (exchange: Exchange) => void) {
    this.#address = address
    this.#traffic = traffic
    this.#http = address.tls ? createTlsServer(address.tls) : createServer()
    // Idle connections stay: a server that hangs up by itself makes tests fail now and then
    this.#http.keepAliveTimeout = 0
    this.#http.on('connection', (socket: Socket) => this.#connected(socket))
    this.#http.on('request', (request: IncomingMessage, response: ServerResponse) => this.#arrived(request, response, arrived))
  }

  get #host(): string {
    return this.#address.host ?? '127.0.0.1'
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject)
      // A crowd may knock at once; the usual backlog of 511 would make some of it wait a second
      this.#http.listen({ port: this.#address.port ?? 0, host: this.#host, backlog: 4096 }, () => {
        this.#http.off('error', reject)
        this.#port = (this.#http.address() as AddressInfo).port
        resolve()
      })
    })
  }

  get url(): string {
    const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
    const host = everywhere[this.#host] ?? this.#host
    return `${this.#address.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${this.#port}`
  }

  unref(): void {
    this.#unreffed = true
    this.#http.unref()
    for (const socket of this.#sockets) socket.unref()
  }

  close(): Promise<void> {
    return (this.#closing ??= new Promise((resolve) => {
      this.#http.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    }))
  }

  #connected(socket: Socket): void {
    this.#traffic.connections += 1
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    if (this.#unreffed) socket.unref()
  }

  #arrived(
    request: IncomingMessage,
    response: ServerResponse,
    arrived: (arrival: Arrival) => (exchange: Exchange) => void,
  ): void {
    const at = Date.now()
    const { method = '', url = '/', headers } = request
    const end = url.indexOf('?')
    const head: Exchange = { method, path: end === -1 ? url : url.slice(0, end), headers, body: Buffer.alloc(0) }

    this.#running += 1
    this.#traffic.maxConcurrent = Math.max(this.#traffic.maxConcurrent, this.#running)
    response.once('close', () => (this.#running -= 1))
    const complete = arrived({ head, response, cut: () => this.#cut(request) })

    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.once('end', () => {
      const exchange: Exchange = { ...head, body: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces) }
      this.#record({ method, path: url, headers, body: exchange.body.toString(), at })
      complete(exchange)
    })
  }

  #record(request: RecordedRequest): void {
    this.requests.push(request)
    if (this.requests.length > KEPT_REQUESTS) this.requests.shift()
  }

  #cut(request: IncomingMessage): void {
    // Under TLS the request's own socket cannot be reset, the one below it can
    const port = request.socket.remotePort
    const socket = [...this.#sockets].find((one) => one.remotePort === port) ?? request.socket
    socket.resetAndDestroy()
  }
}

/** A mistake of a server's own must not take the test's process down, nor pass unseen. */
export function attempt(handle: () => Answer): Answer {
  try {
    return handle()
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
    return SERVER_ERROR
  }
}
