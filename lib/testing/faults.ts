/** Names what a request is for; `'api'` is the endpoints that need an access token. */
export type Endpoint = 'login' | 'refresh' | 'verify' | 'blacklist' | 'two-factor' | 'api'

/** Describes one way for a server to fail. */
export type Fault =
  /** Answers as with PostgreSQL down: a 500 page, but still 401 for an API token that is no good. For Redis down, set it for `'login'` only. */
  | { kind: 'outage' }
  /** Answers with any status; an object as body is sent as JSON. */
  | { kind: 'status'; status: number; body?: string | object | undefined; headers?: Record<string, string> | undefined }
  /** Answers 429 as the throttle does; `retryAfterSeconds` default 29, null: without the header, as 2.x. */
  | { kind: 'throttled'; retryAfterSeconds?: number | null | undefined }
  /** Answers 401 `PERMISSION_DENIED`, which says nothing against the token. */
  | { kind: 'permission-denied' }
  /** Never answers. */
  | { kind: 'hang' }
  /** Resets the connection in place of an answer; the request has had no effect. */
  | { kind: 'reset' }
  /** Handles the request, sends the head and half of the body, resets the connection. */
  | { kind: 'torn' }
  /** Handles the request this much later, in milliseconds. */
  | { kind: 'slow'; ms: number }
  /** Handles the request and sends the body bit by bit: `bytes` (default 1) every `everyMs` milliseconds (default 20). */
  | { kind: 'trickle'; bytes?: number | undefined; everyMs?: number | undefined }
  /** Answers 200 with HTML. */
  | { kind: 'not-json' }
  /** Answers 200 with JSON that has no token in it. */
  | { kind: 'no-token' }
  /** Answers an error (default 400) whose body has the request's body in it, password and all. */
  | { kind: 'echo'; status?: number | undefined }
  /** Answers 302 (or `status`) to `location`; default: a path of this server, so that `requests` shows who follows. */
  | { kind: 'redirect'; location?: string | undefined; status?: number | undefined }
  /** Answers 200 with a JSON body of this many bytes (default 64 MiB). */
  | { kind: 'huge'; bytes?: number | undefined }

/** Names the faults that need no further word. */
export type FaultKind = Exclude<Fault['kind'], 'status' | 'slow'>

const NEEDS: Record<Fault['kind'], string | null> = {
  outage: null,
  status: 'status',
  throttled: null,
  'permission-denied': null,
  hang: null,
  reset: null,
  torn: null,
  slow: 'ms',
  trickle: null,
  'not-json': null,
  'no-token': null,
  echo: null,
  redirect: null,
  huge: null,
}
/** What a fault of a Baserow can be set for. */
export const ENDPOINTS: readonly Endpoint[] = ['login', 'refresh', 'verify', 'blacklist', 'two-factor', 'api']

interface Pending<E> {
  readonly fault: Fault
  readonly endpoint: E | undefined
  left: number
}

/** The faults that are still to come, in the order they were set. */
export class FaultQueue<E extends string> {
  #pending: Pending<E>[] = []
  readonly #endpoints: readonly E[]

  /** `endpoints`: what a fault can be set for. */
  constructor(endpoints: readonly E[]) {
    this.#endpoints = endpoints
  }

  add(given: FaultKind | Fault, endpoint: E | undefined, times: number): void {
    const fault = (typeof given === 'string' ? { kind: given } : given) as Fault
    const need = Object.hasOwn(NEEDS, fault.kind) ? NEEDS[fault.kind] : undefined
    if (need === undefined) throw new TypeError(`fail: there is no fault ${JSON.stringify(fault.kind)}`)
    if (need !== null && typeof (fault as unknown as Record<string, unknown>)[need] !== 'number') {
      throw new TypeError(`fail: the fault '${fault.kind}' needs a number ${need}`)
    }
    if (endpoint !== undefined && !this.#endpoints.includes(endpoint)) {
      throw new TypeError(`fail: there is no endpoint ${JSON.stringify(endpoint)}`)
    }
    if (!(times > 0)) throw new TypeError('fail: times must be a number of requests, or Infinity')
    this.#pending.push({ fault, endpoint, left: times })
  }

  /** The fault that this request meets, if any. */
  take(endpoint: E | undefined): Fault | undefined {
    const next = this.#pending.find((one) => one.left > 0 && (one.endpoint === undefined || one.endpoint === endpoint))
    if (next === undefined) return undefined
    next.left -= 1
    if (next.left <= 0) this.#pending = this.#pending.filter((one) => one !== next)
    return next.fault
  }

  clear(): void {
    this.#pending = []
  }
}
