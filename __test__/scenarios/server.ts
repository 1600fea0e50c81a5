// A server that answers by script, behind the `fetch` option.
import type { Names } from './names'
import type { Answer, AnswerObject, Endpoint } from './script'
import type { Service } from './services'

const REFRESH_TOKENS_LIVE = 7 * 24 * 3600

type Due = (signal: AbortSignal | undefined) => Promise<Response>

export class Server {
  readonly #service: Service
  readonly #names: Names
  /** True time, in milliseconds. */
  readonly #time: () => number
  readonly #script = new Map<Endpoint, Due[]>()
  #standing: Answer | undefined
  readonly #gates = new Map<string, () => void>()
  /** What it was asked: `login`, `refresh with R`. */
  readonly asked: string[] = []
  /** What it was asked and had no answer to. */
  readonly surprises: string[] = []
  activity = 0

  constructor(service: Service, names: Names, time: () => number) {
    this.#service = service
    this.#names = names
    this.#time = time
  }

  readonly fetch = async (url: string, { body, signal }: { body?: string; signal?: AbortSignal }): Promise<Response> => {
    this.activity++
    const endpoint = this.#service.endpoint(url)
    this.asked.push(this.#described(endpoint, body))
    const due = this.#script.get(endpoint)?.shift() ?? (this.#standing === undefined ? undefined : this.#due(endpoint, this.#standing))
    if (due === undefined) {
      this.surprises.push(endpoint)
      throw new Error(`${endpoint} was asked once more than the script says`)
    }
    try {
      return await due(signal)
    } finally {
      this.activity++
    }
  }

  willAnswer(endpoint: Endpoint, answers: Answer | Answer[] | undefined): void {
    if (answers === undefined) return
    const queue = this.#script.get(endpoint) ?? []
    this.#script.set(endpoint, queue)
    for (const answer of Array.isArray(answers) ? answers : [answers]) queue.push(this.#due(endpoint, answer))
  }

  /** For whatever the script has no answer to. */
  alwaysAnswers(answer: Answer): void {
    this.#standing = answer === 'up' ? undefined : answer
  }

  release(gate: string): void {
    const open = this.#gates.get(gate)
    if (open === undefined) throw new Error(`nothing is held by ${gate}`)
    open()
  }

  /** Nobody waits any more. */
  releaseAll(): void {
    for (const open of this.#gates.values()) open()
  }

  #described(endpoint: Endpoint, body: string | undefined): string {
    if (body === undefined || (endpoint !== 'refresh' && endpoint !== 'revoke')) return endpoint
    const fields: Record<string, string> = body.startsWith('{') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
    const token = fields['refresh_token'] ?? fields['token']
    return token === undefined ? endpoint : `${endpoint} with ${this.#names.name(token)}`
  }

  /** The tokens are minted now, whenever they are asked for. */
  #due(endpoint: Endpoint, script: Answer): Due {
    const given: AnswerObject = typeof script === 'string' ? { is: script } : script
    const make = this.#made(endpoint, given)
    const held = given.held === undefined ? undefined : new Promise<void>((open) => this.#gates.set(given.held!, open))
    return async (signal) => {
      const gone = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)))
      gone.catch(() => {})
      if (given.is === 'silent') return gone
      if (held !== undefined) await Promise.race([held, gone])
      return make()
    }
  }

  #made(endpoint: Endpoint, given: AnswerObject): () => Response {
    const headers: Record<string, string> = {}
    if (given.retryAfter !== undefined) headers['retry-after'] = given.retryAfter
    if (given.age !== undefined) headers['age'] = given.age
    if (given.dateAheadSeconds !== undefined) {
      headers['date'] = new Date((this.#seconds() + given.dateAheadSeconds) * 1000).toUTCString()
    }
    const answer = (status: number, body: unknown) => () =>
      new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers })
    if (given.token !== undefined) return answer(200, this.#granted(endpoint, given, given.token))
    if (given.status !== undefined) return answer(given.status, {})
    switch (given.is) {
      case 'refused': {
        const { status, body } = this.#service.refused(endpoint)
        return answer(status, body)
      }
      case 'done':
        return answer(200, this.#service.granted(endpoint, {}))
      case 'broken':
        return answer(500, '<!doctype html><title>Server Error (500)</title>')
      case 'nonsense':
        return answer(200, '<!doctype html><title>Welcome</title>')
      case 'missing':
        return answer(404, '<!doctype html><title>Not Found</title>')
      case 'needs a second factor':
        return answer(200, { two_factor_auth: 'totp', token: 'a ticket' })
      case 'unreachable':
        return () => {
          throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
        }
      case 'silent':
        return answer(200, {})
      default:
        throw new Error(`no server answers ${JSON.stringify(given)}`)
    }
  }

  #granted(endpoint: Endpoint, given: AnswerObject, name: string): unknown {
    const issuedAt = this.#seconds() - (given.mintedSecondsAgo ?? 0)
    const usual = endpoint === 'login' && this.#service.hasRefreshTokens ? `${name}'s refresh token` : null
    const refresh = given.refresh === undefined ? usual : given.refresh
    return this.#service.granted(endpoint, {
      token: given.opaque ? this.#names.opaque(name) : this.#names.minted('access', name, issuedAt, given.lives ?? 0),
      refresh: refresh === null ? undefined : this.#names.minted('refresh', refresh, this.#seconds(), REFRESH_TOKENS_LIVE),
      expiresIn: given.expiresIn,
    })
  }

  #seconds(): number {
    return Math.floor(this.#time() / 1000)
  }
}
