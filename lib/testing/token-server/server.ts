import { SERVER_ERROR, type Answer } from '../answers'
import { allowance, preflight } from '../cors'
import type { Exchange } from '../exchange'
import { FaultQueue, type Fault, type FaultKind } from '../faults'
import type { RecordedRequest } from '../handle'
import { attempt, Listener, type Arrival } from '../listener'
import { misbehave } from '../misbehaviour'
import { Wire } from '../wire'
import { answer, ROUTES, tooMany, type Backend } from './endpoints'
import type { TokenEndpoint, TokenServer } from './handle'
import type { TokenServerOptions, TokenServerSettings } from './options'
import { RateLimit } from './rate-limit'
import { Sessions } from './sessions'
import { refuseUnknownOptions, resolveSettings } from './settings'

const ENDPOINTS: readonly TokenEndpoint[] = ['login', 'refresh', 'token', 'revoke', 'api']
const ZERO = {
  logins: 0,
  loginRequests: 0,
  refreshes: 0,
  refreshRequests: 0,
  tokenRequests: 0,
  revokeRequests: 0,
  reuses: 0,
  rejected: 0,
  rateLimited: 0,
  apiRequests: 0,
  apiRejected: 0,
  connections: 0,
  maxConcurrent: 0,
}

/** Starts a server with a JSON login, OAuth 2.0, one-time refresh tokens and an API, with real sockets; resolves when it listens. */
export async function startTokenServer(options: TokenServerOptions = {}): Promise<TokenServer> {
  const server = new EmbeddedTokenServer(options)
  await server.listen()
  return server
}

class EmbeddedTokenServer implements TokenServer {
  readonly counters = { ...ZERO }
  readonly #listener: Listener
  readonly #backend: Backend
  readonly #faults = new FaultQueue(ENDPOINTS)
  readonly #rateLimit = new RateLimit()
  #options: TokenServerSettings

  constructor(options: TokenServerOptions) {
    refuseUnknownOptions(options, 'startTokenServer')
    this.#options = options
    this.#backend = {
      settings: resolveSettings(options),
      sessions: new Sessions(() => this.#backend.settings, () => this.now()),
      counters: this.counters,
    }
    this.#listener = new Listener(options, this.counters, (arrival) => this.#arrived(arrival))
  }

  listen(): Promise<void> {
    return this.#listener.listen()
  }

  get url(): string {
    return this.#listener.url
  }

  get loginUrl(): string {
    return `${this.url}/auth/token`
  }

  get refreshUrl(): string {
    return `${this.url}/auth/refresh`
  }

  get tokenUrl(): string {
    return `${this.url}/oauth2/token`
  }

  get revocationUrl(): string {
    return `${this.url}/oauth2/revoke`
  }

  get apiUrl(): string {
    return `${this.url}/api/me`
  }

  get requests(): RecordedRequest[] {
    return this.#listener.requests
  }

  now(): number {
    return Math.round(Date.now() + this.#backend.settings.clockOffsetMs)
  }

  configure(changes: TokenServerSettings): void {
    refuseUnknownOptions(changes, 'configure')
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
    const options = { ...this.#options, ...given }
    this.#backend.settings = resolveSettings(options)
    this.#options = options
  }

  fail(fault: FaultKind | Fault, options: { endpoint?: TokenEndpoint | undefined; times?: number | undefined } = {}): void {
    this.#faults.add(fault, options.endpoint, options.times ?? 1)
  }

  clearFaults(): void {
    this.#faults.clear()
  }

  revokeAccessTokens(): void {
    this.#backend.sessions.revokeAccessTokens()
  }

  revokeAll(): void {
    this.#backend.sessions.revokeAll()
  }

  reset(): void {
    Object.assign(this.counters, ZERO)
    this.requests.length = 0
  }

  unref(): void {
    this.#listener.unref()
  }

  close(): Promise<void> {
    return this.#listener.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // What a request meets is settled when its head is here, so that faults and the rate limit go by the order of arrival.
  #arrived({ head, response, cut }: Arrival): (exchange: Exchange) => void {
    const backend = this.#backend
    const { cors, delayMs, rateLimit } = backend.settings
    const route = ROUTES.get(head.path)
    const wire = new Wire(response, allowance(cors, head), () => this.now(), cut)
    const early = preflight(cors, head)
    if (early !== undefined) return () => wire.send(early)
    if (route !== undefined) this.counters[`${route.endpoint}Requests`] += 1

    const waitMs = route?.endpoint === 'login' ? this.#rateLimit.admit(rateLimit, this.now()) : 0
    if (waitMs > 0 && rateLimit !== null) {
      this.counters.rateLimited += 1
      return () => wire.send(tooMany(waitMs, this.now(), rateLimit.retryAfter))
    }
    const fault = this.#faults.take(route?.endpoint)

    return (exchange) => {
      const handle = (): Answer => attempt(() => answer(backend, exchange, route))
      wire.after(delayMs[route?.endpoint ?? 'api'], () => {
        if (fault === undefined) return wire.send(handle())
        misbehave(fault, wire, { exchange, handle, outage: () => SERVER_ERROR })
      })
    }
  }
}
