import { Accounts } from './accounts'
import type { Answer } from './answers'
import { allowance, preflight } from './cors'
import type { Backend, Exchange } from './exchange'
import { ENDPOINTS, FaultQueue, type Endpoint, type Fault, type FaultKind } from './faults'
import type { BaserowServer, BaserowUser, RecordedRequest } from './handle'
import { attempt, Listener, type Arrival } from './listener'
import { misbehave, outage } from './misbehaviour'
import { DEFAULT_USER, type BaserowServerOptions, type BaserowServerSettings, type TestUser } from './options'
import { answer, routeAt } from './routes'
import { refuseUnknownOptions, resolveSettings } from './settings'
import { normaliseEmail } from './text'
import { AttemptLimit, Throttle } from './throttle'
import { Tokens } from './tokens'
import { userHandle } from './users'
import { Wire } from './wire'

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
  await server.listen()
  return server
}

class EmbeddedBaserow implements BaserowServer {
  readonly counters = { ...ZERO }
  readonly #listener: Listener
  readonly #backend: { -readonly [K in keyof Backend]: Backend[K] }
  readonly #faults = new FaultQueue(ENDPOINTS)
  #options: BaserowServerSettings

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
    this.#listener = new Listener(options, this.counters, (arrival) => this.#arrived(arrival))
  }

  listen(): Promise<void> {
    return this.#listener.listen()
  }

  get requests(): RecordedRequest[] {
    return this.#listener.requests
  }

  get url(): string {
    return this.#listener.url
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
    this.#listener.unref()
  }

  close(): Promise<void> {
    return this.#listener.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // What a request meets is settled when its head is here, so that faults and the throttle go by the order of arrival.
  #arrived({ head, response, cut }: Arrival): (exchange: Exchange) => void {
    const backend = this.#backend
    const { cors, dialect } = backend.settings
    const route = routeAt(dialect, head.path)
    const wire = new Wire(response, allowance(cors, head), () => this.now(), cut)
    if (route !== undefined) this.counters[COUNTER[route.endpoint]] += 1

    let early: Answer | undefined = preflight(cors, head)
    if (early === undefined && route?.endpoint === 'api') {
      early = backend.throttle.admit(backend, head, (release) => response.once('close', release))
    }
    const fault = early === undefined ? this.#faults.take(route?.endpoint) : undefined

    return (exchange) => {
      if (early !== undefined) return wire.send(early)
      const handle = (): Answer => attempt(() => answer(backend, exchange, route))
      wire.after(backend.settings.latencyMs, () => {
        if (fault === undefined) return wire.send(handle())
        misbehave(fault, wire, { exchange, handle, outage: () => outage(backend, exchange, route?.endpoint) })
      })
    }
  }
}
