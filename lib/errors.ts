import { named } from './named'

/** The kind of a failure. `docs/errors.md` has a heading for each. */
export type TokenErrorCode =
  | 'NOT_CONFIGURED'
  | 'INVALID_CREDENTIALS'
  | 'TWO_FACTOR_REQUIRED'
  | 'UNEXPECTED_STATUS'
  | 'RATE_LIMITED'
  | 'SERVER_ERROR'
  | 'BAD_RESPONSE'
  | 'NETWORK'
  | 'TIMEOUT'
  | 'COOLING_DOWN'
  | 'SCOPE_NOT_GRANTED'
  | 'STORE'
  | 'CLOSED'
  | 'INVALID_OPTION'

/** What a {@link TokenError} is made of. */
export interface TokenErrorOptions {
  code: TokenErrorCode
  message: string
  /** The HTTP status a bridge should answer with. Defaults to the code's own. */
  statusCode?: number | undefined
  /** How long the server asked to be left alone, in milliseconds. */
  retryAfterMs?: number | undefined
  /** What went wrong underneath. */
  cause?: unknown
}

const DEFAULT_STATUS: Record<TokenErrorCode, number> = {
  NOT_CONFIGURED: 503,
  INVALID_CREDENTIALS: 401,
  TWO_FACTOR_REQUIRED: 401,
  UNEXPECTED_STATUS: 502,
  RATE_LIMITED: 429,
  SERVER_ERROR: 502,
  BAD_RESPONSE: 502,
  NETWORK: 502,
  TIMEOUT: 504,
  COOLING_DOWN: 503,
  SCOPE_NOT_GRANTED: 403,
  STORE: 500,
  CLOSED: 503,
  INVALID_OPTION: 500,
}

const RETRYABLE_STATUS = new Set([500, 502, 503, 504])

// Two copies of the package (two versions in one tree, an ESM and a CommonJS bundle) make two classes; the brand makes
// `instanceof` mean "a TokenError", whichever copy made it.
const TOKEN_ERROR = Symbol.for('tokenkeep.TokenError')
const BASEROW_AUTH_ERROR = Symbol.for('tokenkeep.BaserowAuthError')

/** A branded class's own `instanceof` goes by the brand; that of a class which extends it goes by the prototype, as ever. */
function isInstance(asked: object, brand: symbol, value: unknown): boolean {
  if (!Object.hasOwn(asked, brand)) return Function.prototype[Symbol.hasInstance].call(asked, value)
  return typeof value === 'object' && value !== null && brand in value
}

/**
 * A renewal that failed, or a manager that cannot be used. Its message says what failed, for which account and host, and
 * never shows a password, a token or a whole response body.
 */
export class TokenError extends Error {
  static {
    named(this, 'TokenError')
  }

  /** What kind of failure it is. */
  readonly code: TokenErrorCode
  /** The HTTP status a bridge should answer with. */
  readonly statusCode: number
  /** Can the same call succeed in a moment? */
  readonly retryable: boolean
  /** How long to wait before that, in milliseconds, where the server said so. */
  declare readonly retryAfterMs?: number

  constructor(options: TokenErrorOptions) {
    super(options.message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = options.code
    this.statusCode = options.statusCode ?? DEFAULT_STATUS[options.code]
    this.retryable = isRetryable(options.code, this.statusCode)
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, TOKEN_ERROR, value)
  }
}

/** What code written against the pure-TypeScript Baserow manager catches. */
export class BaserowAuthError extends TokenError {
  static {
    named(this, 'BaserowAuthError')
  }

  constructor(
    message: string,
    statusCode: number,
    options: { code?: TokenErrorCode | undefined; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super({ ...options, message, statusCode, code: options.code ?? codeOf(statusCode) })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, BASEROW_AUTH_ERROR, value)
  }
}

/** Names and brands go on the prototype: as fields they would be listed in every printed error. */
function name(errorClass: Function, className: string, brand: symbol): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: className, configurable: true, writable: true })
  Object.defineProperty(errorClass.prototype, brand, { value: true })
  Object.defineProperty(errorClass, brand, { value: true })
}

name(TokenError, 'TokenError', TOKEN_ERROR)
name(BaserowAuthError, 'BaserowAuthError', BASEROW_AUTH_ERROR)

function isRetryable(code: TokenErrorCode, statusCode: number): boolean {
  switch (code) {
    case 'NETWORK':
    case 'TIMEOUT':
    case 'RATE_LIMITED':
    case 'COOLING_DOWN':
      return true
    case 'SERVER_ERROR':
      return RETRYABLE_STATUS.has(statusCode)
    case 'STORE':
      return statusCode === 503
    default:
      return false
  }
}

/** The old class took a message and a status only; the status says most of it. */
function codeOf(statusCode: number): TokenErrorCode {
  if (statusCode === 400 || statusCode === 401 || statusCode === 403) return 'INVALID_CREDENTIALS'
  if (statusCode === 429) return 'RATE_LIMITED'
  if (statusCode === 504) return 'TIMEOUT'
  if (statusCode === 502) return 'BAD_RESPONSE'
  return statusCode >= 500 ? 'SERVER_ERROR' : 'UNEXPECTED_STATUS'
}
