/**
 * What tokenkeep is measured against: the same job in pure TypeScript, as a careful author writes it. It has what the old
 * class had (one shared promise, a margin, refresh and then login, a limit per request, pino-style lines) and not its two
 * mistakes: it refreshes with the refresh token, and its margin never swallows the whole life of a token. With them it
 * would send twice the requests, and the comparison would be about the mistakes.
 */
export interface Logger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  child(bindings: object): Logger
}

export interface BaselineOptions {
  baseUrl: string
  email: string
  password: string
  logger: Logger
  refreshMarginSeconds?: number
}

export class BaserowAuthError extends Error {
  override readonly name = 'BaserowAuthError'
  readonly statusCode: number

  constructor(message: string, statusCode: number, options?: ErrorOptions) {
    super(message, options)
    this.statusCode = statusCode
  }
}

interface Answer {
  token?: string
  access_token?: string
  refresh_token?: string
}

const REQUEST_TIMEOUT_MS = 10_000
const LIFETIME_WITHOUT_EXP_MS = 55 * 60_000

export class BaselineManager {
  private readonly baseUrl: string
  private readonly credentials: string
  private readonly logger: Logger
  private readonly marginMs: number
  private token: string | null = null
  private refreshToken: string | null = null
  private staleAt = 0
  private inFlight: Promise<string> | null = null

  constructor(options: BaselineOptions) {
    this.baseUrl = options.baseUrl.replace(/\/$/, '')
    this.credentials = JSON.stringify({ email: options.email, password: options.password })
    this.logger = options.logger.child({ service: 'baserow-jwt-manager' })
    this.marginMs = (options.refreshMarginSeconds ?? 60) * 1000
  }

  isEnabled(): boolean {
    return true
  }

  async getToken(): Promise<string> {
    if (this.token !== null && Date.now() < this.staleAt) return this.token
    this.inFlight ??= this.renew().finally(() => {
      this.inFlight = null
    })
    return this.inFlight
  }

  private async renew(): Promise<string> {
    const currency = this.refreshToken ?? this.token
    if (currency !== null) {
      try {
        return await this.refresh(currency)
      } catch (error) {
        this.logger.warn({ err: error }, 'refresh failed, logging in instead')
      }
    }
    return this.login()
  }

  private async refresh(currency: string): Promise<string> {
    const body = this.refreshToken === null ? { token: currency } : { refresh_token: currency }
    const token = this.keep(await this.post('/user/token-refresh/', JSON.stringify(body), 'refresh'))
    this.logger.info({ expiresAt: this.staleAt + this.marginMs }, 'token refreshed')
    return token
  }

  private async login(): Promise<string> {
    this.refreshToken = null
    const token = this.keep(await this.post('/user/token-auth/', this.credentials, 'login'))
    this.logger.info({ expiresAt: this.staleAt + this.marginMs }, 'logged in')
    return token
  }

  private async post(path: string, body: string, what: string): Promise<Answer> {
    const response = await fetch(this.baseUrl + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    if (!response.ok) {
      const excerpt = (await response.text()).slice(0, 200)
      const message = `BRIDGE_BASEROW_AUTH_FAILED: ${what} returned ${response.status}: ${excerpt}`
      throw new BaserowAuthError(message, response.status)
    }
    return (await response.json()) as Answer
  }

  private keep(answer: Answer): string {
    const token = answer.access_token ?? answer.token
    if (!token) throw new BaserowAuthError('BRIDGE_BASEROW_AUTH_FAILED: response missing token field', 502)
    const now = Date.now()
    const expiresAt = this.expiryOf(token) ?? now + LIFETIME_WITHOUT_EXP_MS
    this.token = token
    this.refreshToken = answer.refresh_token ?? this.refreshToken
    this.staleAt = expiresAt - Math.min(this.marginMs, (expiresAt - now) / 2)
    return token
  }

  private expiryOf(token: string): number | null {
    try {
      const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
      const { exp } = JSON.parse(payload) as { exp?: unknown }
      if (typeof exp === 'number' && Number.isFinite(exp)) return exp * 1000
    } catch {
      // Not a JWT: the same as a JWT without an expiry.
    }
    this.logger.warn({}, 'the token does not say when it expires; 55 minutes are assumed')
    return null
  }
}

export function createBaserowJwtManager(options: BaselineOptions): BaselineManager {
  return new BaselineManager(options)
}
