import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import { refuseUnknown } from '../checks'
import type { RecordedRequest } from '../handle'
import { checked, checkUpstream } from './checks'
import { isOfConnection, type NetworkFault, type NetworkFaultKind } from './faults'
import { Line } from './line'
import type { FaultServer, FaultServerCounters, FaultServerOptions } from './options'
import { play, stop } from './play'
import { repliedBy, replyOf, type Reply } from './reply'
import { requestsOf, type Incoming } from './request'

const FIXED = new Set(['upstream', 'answer', 'tls', 'host', 'port'])
const KEPT_REQUESTS = 1000
/** The beginning of a TLS 1.2 ServerHello of 118 bytes, of which 32 bytes of the random number are there. */
const HALF_A_HELLO = Buffer.concat([Buffer.from('160303007a020000760303', 'hex'), Buffer.alloc(32, 7)])

/**
 * Starts a server that fails below HTTP: hung, reset and half-closed connections, slow and endless answers, wrong lengths, bombs,
 * broken TLS. Without a fault it answers as its `upstream` does. Resolves when it listens.
 */
export async function startFaultServer(options: FaultServerOptions = {}): Promise<FaultServer> {
  const server = new EmbeddedFaultServer(options)
  await server.listen()
  return server
}

/** A fault that is still to come, with what it shows as its certificate. */
interface Pending {
  readonly fault: NetworkFault
  readonly context: SecureContext | undefined
  left: number
}

class EmbeddedFaultServer implements FaultServer {
  readonly requests: RecordedRequest[] = []
  readonly #options: FaultServerOptions
  readonly #server: Server
  readonly #context: SecureContext | undefined
  /** Who is connected, and whether nothing of theirs is under way. */
  readonly #idle = new Map<Socket, boolean>()
  #faults: Pending[] = []
  #connections = 0
  #arrived = 0
  #sent = 0
  #unreffed = false
  #closing: Promise<void> | undefined

  constructor(options: FaultServerOptions) {
    refuseUnknown(options, 'startFaultServer', { changeable: {}, fixed: FIXED, running: false })
    checkUpstream(options.upstream)
    this.#options = options
    this.#context = options.tls && createSecureContext(options.tls)
    // Half-open: a client that has said all may still listen, and one that we have said all to may still speak.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#connected(socket))
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ port: this.#options.port ?? 0, host: this.#options.host ?? '127.0.0.1', backlog: 4096 }, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  get url(): string {
    const { address, port } = this.#server.address() as AddressInfo
    return `${this.#context ? 'https' : 'http'}://${address.includes(':') ? `[${address}]` : address}:${port}`
  }

  get counters(): FaultServerCounters {
    const open = [...this.#idle.keys()].reduce((sum, socket) => sum + socket.bytesWritten, 0)
    return { connections: this.#connections, requests: this.#arrived, bytesSent: this.#sent + open }
  }

  fail(given: NetworkFaultKind | NetworkFault, { times = 1 }: { times?: number | undefined } = {}): void {
    const fault = checked(given, this.#context !== undefined)
    if (!(times > 0)) throw new TypeError('fail: times must be a number of requests, or Infinity')
    // Here and not when a client comes: a key that does not fit is a mistake of the test's.
    const context = fault.kind === 'certificate' ? createSecureContext({ key: fault.key, cert: fault.cert }) : undefined
    this.#faults.push({ fault, context, left: times })
    if (!isOfConnection(fault)) return
    for (const [socket, isIdle] of this.#idle) if (isIdle) socket.destroy()
  }

  clearFaults(): void {
    this.#faults = []
  }

  unref(): void {
    this.#unreffed = true
    this.#server.unref()
    for (const socket of this.#idle.keys()) socket.unref()
  }

  close(): Promise<void> {
    return (this.#closing ??= new Promise((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#idle.keys()) socket.destroy()
    }))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #take(isFitting: (fault: NetworkFault) => boolean): Pending | undefined {
    const next = this.#faults.find(({ fault }) => isFitting(fault))
    if (next === undefined) return undefined
    next.left -= 1
    if (next.left <= 0) this.#faults = this.#faults.filter((one) => one !== next)
    return next
  }

  #connected(socket: Socket): void {
    this.#connections += 1
    this.#idle.set(socket, false)
    socket.once('close', () => {
      this.#idle.delete(socket)
      this.#sent += socket.bytesWritten
    })
    // A client that resets is a client that is gone.
    socket.on('error', () => {})
    if (this.#unreffed) socket.unref()
    const met = this.#take(isOfConnection)
    if (met === undefined || met.context !== undefined) void this.#converse(socket, met?.context ?? this.#context)
    else this.#refuse(socket, met.fault)
  }

  #refuse(socket: Socket, fault: NetworkFault): void {
    const line = new Line(socket, socket)
    const { at } = fault as { at?: string }
    if (at === 'connect') return void stop(fault as { kind: 'hang' }, line).then(() => socket.once('end', () => socket.end()).resume())
    // The client's hello.
    socket.once('data', () => {
      if (at === 'handshake') return void line.send(HALF_A_HELLO).then(() => stop(fault as { kind: 'hang' }, line))
      void line.send('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n').then(() => line.end(false))
    })
  }

  async #converse(socket: Socket, secureContext: SecureContext | undefined): Promise<void> {
    const stream = secureContext ? new TLSSocket(socket, { isServer: true, secureContext }) : socket
    stream.on('error', () => socket.destroy())
    const line = new Line(stream, socket)
    try {
      for await (const request of requestsOf(stream)) {
        this.#idle.set(socket, false)
        this.#record(request)
        const fault = this.#take((one) => !isOfConnection(one))?.fault
        const isReusable = await play(fault, await this.#reply(request), line)
        // Whoever hangs goes on reading, so that the client's goodbye is noticed.
        if (!isReusable) return void stream.once('end', () => stream.end()).resume()
        this.#idle.set(socket, true)
      }
      stream.end()
    } catch {
      socket.destroy()
    }
  }

  #reply(request: Incoming): Promise<Reply> | Reply {
    const { upstream, answer } = this.#options
    return upstream === undefined ? replyOf(answer ?? {}) : repliedBy(upstream, request)
  }

  #record({ method, path, headers, body }: Incoming): void {
    this.#arrived += 1
    this.requests.push({ method, path, headers, body: body.toString(), at: Date.now() })
    if (this.requests.length > KEPT_REQUESTS) this.requests.shift()
  }
}
