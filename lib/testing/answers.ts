/** One answer, before it is put on the wire. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

// Every JSON answer has these two headers, and no charset (contract, "How to read the marks").
const JSON_HEADERS = { 'content-type': 'application/json', vary: 'origin' }
const HTML_HEADERS = { 'content-type': 'text/html; charset=utf-8', vary: 'origin' }

/** A JSON answer; a string is taken as JSON text and sent as it is. */
export function json(status: number, body: string | object, headers?: Record<string, string>): Answer {
  return {
    status,
    headers: headers ? { ...JSON_HEADERS, ...headers } : JSON_HEADERS,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

/** The commonest error body, keys in this order (contract §6, "Body shapes"). */
export function failure(status: number, error: string, detail: string): Answer {
  return json(status, { error, detail })
}

/** Baserow's bare error pages (contract §6). */
export function page(status: number, title: string): Answer {
  const body = `\n<!doctype html>\n<html lang="en">\n<head>\n  <title>${title}</title>\n</head>\n<body>\n  <h1>${title}</h1><p></p>\n</body>\n</html>\n`
  return { status, headers: HTML_HEADERS, body }
}

export const SERVER_ERROR = page(500, 'Server Error (500)')
export const BAD_HOST = page(400, 'Bad Request (400)')
export const NO_CONTENT: Answer = { status: 204, headers: { vary: 'origin' }, body: '' }

/** Authentication failures of the API carry the challenge, those of the token endpoints do not (contract §1 and §4). */
export const CHALLENGE = { 'www-authenticate': 'JWT realm="api"' }

export const INVALID_ACCESS_TOKEN = json(
  401,
  { detail: 'Access token is expired or invalid.', error: 'ERROR_INVALID_ACCESS_TOKEN' },
  CHALLENGE,
)
export const NOT_AUTHENTICATED = json(401, { detail: 'Authentication credentials were not provided.' }, CHALLENGE)
export const NOT_PERMITTED = json(403, { detail: 'You do not have permission to perform this action.' })
export const PERMISSION_DENIED = failure(
  401,
  'PERMISSION_DENIED',
  "You don't have the required permission to execute this operation.",
)
export const INVALID_CREDENTIALS = failure(
  401,
  'ERROR_INVALID_CREDENTIALS',
  'No active account found with the given credentials.',
)
export const DEACTIVATED_USER = failure(401, 'ERROR_DEACTIVATED_USER', 'User account has been disabled.')
export const AUTH_PROVIDER_DISABLED = failure(
  401,
  'ERROR_AUTH_PROVIDER_DISABLED',
  'Authentication provider is disabled.',
)
export const EMAIL_VERIFICATION_REQUIRED = failure(
  401,
  'ERROR_EMAIL_VERIFICATION_REQUIRED',
  'Email address has to be verified first.',
)
export const INVALID_REFRESH_TOKEN = failure(
  401,
  'ERROR_INVALID_REFRESH_TOKEN',
  'Refresh token is expired or invalid.',
)
export const ALREADY_BLACKLISTED = failure(
  400,
  'ERROR_REFRESH_TOKEN_ALREADY_BLACKLISTED',
  'The provided refresh token is already blacklisted.',
)
export const TWO_FACTOR_FAILED = failure(
  401,
  'ERROR_TWO_FACTOR_AUTH_VERIFICATION_FAILED',
  'Two-factor authentication verification failed.',
)
export const RATE_LIMITED = failure(429, 'ERROR_RATE_LIMIT_EXCEEDED', 'Rate limit exceeded.')

/** The throttle's 429 (contract §6): a space after the colon, since a middleware writes it; null: no `Retry-After`, as in 2.x. */
export function throttled(retryAfterSeconds: number | null): Answer {
  if (retryAfterSeconds === null) return json(429, '{"detail": "Request was throttled."}')
  const unit = retryAfterSeconds === 1 ? 'second' : 'seconds'
  return json(429, `{"detail": "Request was throttled. Expected available in ${retryAfterSeconds} ${unit}."}`, {
    'retry-after': String(retryAfterSeconds),
  })
}

/** A path that would be known with a slash at its end (contract §1); never a redirect. */
export function slashMissing(path: string): Answer {
  const detail = `A valid URL must end with a trailing slash. Please, redirect requests to ${path}/`
  return json(404, `{"error": "URL_TRAILING_SLASH_MISSING", "detail": ${JSON.stringify(detail)}}`)
}

export function notFound(path: string): Answer {
  return json(404, `{"error": "URL_NOT_FOUND", "detail": ${JSON.stringify(`URL ${path} not found.`)}}`)
}
