import { isReplayable } from '../refusal'
import { becomesGet, forgetBody, leaveOrigin, networkError } from './redirect'
import { Spare } from './spare'

type Arguments = Parameters<typeof fetch>

/** What a Request knows of itself, and what an `init` that is no plain object (another Request) has to be asked for. */
const NAMES = [
  'method',
  'headers',
  'body',
  'signal',
  'mode',
  'credentials',
  'cache',
  'redirect',
  'referrer',
  'referrerPolicy',
  'integrity',
  'keepalive',
  'duplex',
  'priority',
  'window',
  'dispatcher',
] as const

type Init = RequestInit & Record<string, unknown>

/**
 * A request on its way, as it was when fetch was called: the platform takes it over in that very moment, and callers may change what
 * they have passed while we wait for a token.
 */
export class Outgoing {
  url: URL
  readonly headers: Headers
  readonly signal: AbortSignal | null | undefined
  /** Are redirects followed here? Otherwise the platform does with them what the caller has asked for. */
  readonly follows: boolean
  hasCrossedOrigins = false
  readonly #input: Arguments[0]
  readonly #request: Request | undefined
  readonly #init: Init
  #method: string
  #body: RequestInit['body']
  /** What a Request's body was, once it is spent. */
  #spare: Spare | undefined
  /** Is it the very first time? Then the platform gets what we have got. */
  #pristine = true

  private constructor(url: URL, input: Arguments[0], init: Init) {
    const request = isRequest(input) ? input : undefined
    this.url = url
    this.#input = input
    this.#request = request
    this.#init = init
    this.headers = new Headers(init.headers === undefined ? request?.headers : init.headers)
    this.signal = init.signal === undefined ? request?.signal : init.signal
    this.follows = (init.redirect ?? request?.redirect ?? 'follow') === 'follow'
    this.#method = init.method ?? request?.method ?? 'GET'
    this.#body = copied(init.body)
    if (init.body == null && request?.body) this.#spare = new Spare(request)
  }

  /** `null` for what is no HTTP request. */
  static of(input: Arguments[0], init: Arguments[1]): Outgoing | null {
    let url: URL
    try {
      url = new URL(isRequest(input) ? input.url : input)
    } catch {
      return null
    }
    const isHttp = url.protocol === 'http:' || url.protocol === 'https:'
    return isHttp ? new Outgoing(url, input, flat(init)) : null
  }

  /** Can it be sent once more? Of a Request's body it takes that all of it has been read, and that it was not too large to keep. */
  get isReplayable(): boolean {
    return this.#spare === undefined ? isReplayable(this.#body) : this.#spare.bytes !== undefined
  }

  /** The arguments with which it is sent. */
  next(authorization: string | undefined): Arguments {
    const headers = new Headers(this.headers)
    if (authorization !== undefined) headers.set('authorization', authorization)
    const redirect = this.follows ? { redirect: 'manual' as const } : undefined
    if (this.#pristine) {
      this.#pristine = false
      const body = this.#body === undefined ? undefined : { body: this.#body }
      return [this.#input, { ...this.#init, headers, ...body, ...redirect }]
    }
    const { signal } = this
    const init = { ...flat(this.#request), ...this.#init, ...(signal === undefined ? undefined : { signal }) }
    const body = this.#spare === undefined ? this.#body : this.#spare.bytes
    return [this.url.href, { ...init, method: this.#method, headers, body: body ?? null, ...redirect }]
  }

  /** To another place (HTTP-redirect fetch, steps 11 to 14). */
  redirect(location: URL, status: number): void {
    if (status !== 303 && !this.isReplayable) throw networkError('the body of the request cannot be sent again')
    if (becomesGet(this.#method, status)) {
      this.#method = 'GET'
      this.#body = null
      this.release()
      this.#spare = undefined
      forgetBody(this.headers)
    }
    if (location.origin !== this.url.origin) {
      this.hasCrossedOrigins = true
      leaveOrigin(this.headers)
    }
    this.url = location
  }

  /** It will not be sent again. */
  release(): void {
    this.#spare?.release()
  }
}

/** Not by `instanceof`: another fetch has a Request of its own. */
function isRequest(input: unknown): input is Request {
  if (typeof input !== 'object' || input === null || input instanceof URL) return false
  const { url, headers } = input as Partial<Request>
  return typeof url === 'string' && typeof headers?.get === 'function'
}

/** Its own properties, and those that only a getter shows. */
function flat(init: RequestInit | Request | null | undefined): Init {
  const source = (init ?? {}) as Record<string, unknown>
  const found: Record<string, unknown> = { ...source }
  for (const name of NAMES) if (source[name] !== undefined) found[name] = source[name]
  return found as Init
}

/** The platform copies these when it is called, so a caller may go on writing to them. */
function copied(body: RequestInit['body']): RequestInit['body'] {
  if (body instanceof ArrayBuffer) return body.slice(0)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice()
  if (body instanceof URLSearchParams) return new URLSearchParams(body)
  if (!(body instanceof FormData)) return body
  const copy = new FormData()
  for (const [name, value] of body) copy.append(name, value)
  return copy
}
