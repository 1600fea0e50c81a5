import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { Accounts } from './accounts'
import { SERVER_ERROR, type Answer } from './answers'
import type { Backend, Exchange } from './exchange'
import { FaultQueue, type Endpoint, type Fault, type FaultKind } from './faults'
import type { BaserowServer, BaserowUser, RecordedRequest } from './handle'
import { misbehave } from './misbehaviour'
import { DEFAULT_USER, type BaserowServerOptions, type BaserowServerSettings, type TestUser } from './options'
import { answer, preflight, routeAt } from './routes'
import { refuseUnknownOptions, resolveSettings } from './settings'
import { normaliseEmail } from './text'
import { AttemptLimit, Throttle } from './throttle'
import { Tokens } from './tokens'
import { userHandle } from './users'
import { Wire } from './wire'

const KEPT_REQUESTS = 1000
const NO_EXTRA = {}
const CORS = { 'access-control-allow-origin': '*' }
const ZERO = {
  logins: 0,
  loginRequests: 0,
  refreshes: 0,
  refreshRequests: 0,
  twoFactorRequests: 0,
  blacklistRequests: 0,
  verifyRequests: 0,
  apiRequests: 0,
  connections: 0,
  maxConcurrent: 0,
}
const COUNTER = {
  login: 'loginRequests',
  refresh: 'refreshRequests',
  'two-factor': 'twoFactorRequests',
  blacklist: 'blacklistRequests',
  verify: 'verifyRequests',
  api: 'apiRequests',
} as const satisfies Record<Endpoint, keyof typeof ZERO>

/** Starts a server that answers as Baserow does, with real sockets; resolves when it listens. */
export async function startBaserow(options: BaserowServerOptions = {}): Promise<BaserowServer> {
  const server = new EmbeddedBaserow(options)
  await server.listen(options.port ?? 0)
  return server
}

class EmbeddedBaserow implements BaserowServer {
  readonly counters = { ...ZERO }
  readonly requests: RecordedRequest[] = []
  readonly #http: Server
  readonly #scheme: 'http' | 'https'
  readonly #host: string
  readonly #backend: { -readonly [K in keyof Backend]: Backend[K] }
  readonly #faults = new FaultQueue()
  readonly #sockets = new Set<Socket>()
  #options: BaserowServerSettings
  #port = 0
  #running = 0
  #unreffed = false
  #closing: Promise<void> | undefined

  constructor(options: BaserowServerOptions) {
    refuseUnknownOptions(options, 'startBaserow')
    this.#options = options
    this.#backend = {
      settings: resolveSettings(options),
      accounts: new Accounts(),
      tokens: new Tokens(() => this.#backend.settings, options.signingKey),
      throttle: new Throttle(),
      twoFactorAttempts: new AttemptLimit(),
      counters: this.counters,
    }
    for (const user of options.users ?? [DEFAULT_USER]) this.addUser(user)
    this.#host = options.host ?? '127.0.0.1'
    this.#scheme = options.tls ? 'https' : 'http'
    this.#http = options.tls ? createTlsServer(options.tls) : createServer()
    // Idle connections stay: a server that hangs up by itself makes tests fail now and then
    this.#http.keepAliveTimeout = 0
    this.#http.on('connection', (socket: Socket) => this.#connected(socket))
    this.#http.on('request', (request: IncomingMessage, response: ServerResponse) => this.#arrived(request, response))
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#http.once('error', reject)
      // A crowd may knock at once; the usual backlog of 511 would make some of it wait a second
      this.#http.listen({ port, host: this.#host, backlog: 4096 }, () => {
        this.#http.off('error', reject)
        this.#port = (this.#http.address() as AddressInfo).port
        resolve()
      })
    })
  }

  get url(): string {
    const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
    const host = everywhere[this.#host] ?? this.#host
    return `${this.#scheme}://${host.includes(':') ? `[${host}]` : host}:${this.#port}`
  }

  get baseUrl(): string {
    return `${this.url}/api`
  }

  get signingKey(): string {
    return this.#backend.tokens.key
  }

  now(): number {
    return this.#backend.tokens.now()
  }

  configure(changes: BaserowServerSettings): void {
    refuseUnknownOptions(changes, 'configure')
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
    const options = { ...this.#options, ...given }
    this.#backend.settings = resolveSettings(options)
    this.#options = options
  }

  user(email: string): BaserowUser {
    const account = this.#backend.accounts.at(normaliseEmail(email))
    if (account === undefined) throw new Error(`there is no user ${email}`)
    return userHandle(account, this.#backend.accounts, this.#backend.tokens)
  }

  addUser(user: TestUser): BaserowUser {
    return this.user(this.#backend.accounts.add(user).email)
  }

  fail(fault: FaultKind | Fault, options: { endpoint?: Endpoint | undefined; times?: number | undefined } = {}): void {
    this.#faults.add(fault, options.endpoint, options.times ?? 1)
  }

  clearFaults(): void {
    this.#faults.clear()
  }

  revokeAll(): void {
    this.#backend.tokens.revokeAll()
  }

  reset(): void {
    Object.assign(this.counters, ZERO)
    this.requests.length = 0
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #connected(socket: Socket): void {
    this.counters.connections += 1
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    if (this.#unreffed) socket.unref()
  }

  // What a request meets is settled when its head is here, so that faults and the throttle go by the order of arrival.
  #arrived(request: IncomingMessage, response: ServerResponse): void {
    const at = Date.now()
    const { method = '', url = '/', headers } = request
    const end = url.indexOf('?')
    const head: Exchange = { method, path: end === -1 ? url : url.slice(0, end), headers, body: Buffer.alloc(0) }
    const backend = this.#backend
    const { cors, dialect } = backend.settings
    const route = routeAt(dialect, head.path)
    const wire = new Wire(
      response,
      cors && headers.origin !== undefined ? CORS : NO_EXTRA,
      () => this.now(),
      () => this.#cut(request),
    )

    this.#running += 1
    this.counters.maxConcurrent = Math.max(this.counters.maxConcurrent, this.#running)
    response.once('close', () => (this.#running -= 1))
    if (route !== undefined) this.counters[COUNTER[route.endpoint]] += 1

    let early: Answer | undefined = cors ? preflight(head) : undefined
    if (early === undefined && route?.endpoint === 'api') {
      early = backend.throttle.admit(backend, head, (release) => response.once('close', release))
    }
    const fault = early === undefined ? this.#faults.take(route?.endpoint) : undefined

    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.once('end', () => {
      const exchange: Exchange = { ...head, body: pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces) }
      this.#record({ method, path: url, headers, body: exchange.body.toString(), at })
      if (early !== undefined) return wire.send(early)
      const handle = (): Answer => attempt(() => answer(backend, exchange, route))
      wire.after(backend.settings.latencyMs, () => {
        if (fault === undefined) wire.send(handle())
        else misbehave(fault, wire, { backend, exchange, endpoint: route?.endpoint, handle })
      })
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

// A mistake of this server's own must not take the test's process down, nor pass unseen.
function attempt(handle: () => Answer): Answer {
  try {
    return handle()
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
    return SERVER_ERROR
  }
}
