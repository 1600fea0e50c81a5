/** An answer of an API, as far as it can say something about the token that was sent. */
export interface ApiAnswer {
  status: number
  headers: Headers | Record<string, string | readonly string[] | undefined>
  /** As text, as bytes or parsed from JSON. Leave it out when it cannot be read; an empty one says as little. */
  body?: unknown
}

/**
 * What Baserow calls an access token that is of no more use, from today's versions back to 1.5. Everything else that it answers
 * 401 to (PERMISSION_DENIED, ERROR_NO_PERMISSION_TO_TABLE, a user who was deleted) a new token would not change.
 */
const BASEROW_CODES: unknown[] = [
  'ERROR_INVALID_ACCESS_TOKEN',
  'ERROR_INVALID_TOKEN',
  'ERROR_SIGNATURE_HAS_EXPIRED',
  'ERROR_DECODING_SIGNATURE',
]

/** No error of Baserow's is as long as this. */
const LONGEST_ERROR = 64 * 1024

/** Baserow answers 401 to much that is not about the token: its code tells, and without a body the challenge does. */
export function isDeadForBaserow({ status, headers, body }: ApiAnswer): boolean {
  if (status !== 401) return false
  const said = parsed(body)
  // Sent with what concerns the token, never with PERMISSION_DENIED.
  if (said === undefined) return /^JWT\b/i.test(headerOf(headers, 'www-authenticate'))
  return typeof said === 'object' && said !== null && BASEROW_CODES.includes((said as Record<string, unknown>).error)
}

/** Any other API: a 401, unless its challenge says that it is about something else (RFC 6750, 3.1). */
export function isDeadForBearer({ status, headers }: ApiAnswer): boolean {
  if (status !== 401) return false
  const errors = errorsIn(headerOf(headers, 'www-authenticate'))
  return errors.includes('invalid_token') || !errors.some((error) => error === 'insufficient_scope' || error === 'invalid_request')
}

/** `undefined` where there is no body; `null` where it is no JSON. */
function parsed(body: unknown): unknown {
  const text = textOf(body)
  if (text === undefined || text === null || text === '') return undefined
  if (typeof text !== 'string') return text
  try {
    return text.length > LONGEST_ERROR ? null : JSON.parse(text)
  } catch {
    return null
  }
}

function textOf(body: unknown): unknown {
  const isBytes = body instanceof ArrayBuffer || ArrayBuffer.isView(body)
  return isBytes ? new TextDecoder().decode(body as Uint8Array) : body
}

function headerOf(headers: ApiAnswer['headers'] | undefined, name: string): string {
  if (typeof headers?.get === 'function') return (headers as Headers).get(name) ?? ''
  const found = Object.entries(headers ?? {}).filter(([key]) => key.toLowerCase() === name)
  return found.flatMap(([, value]) => value ?? []).join(', ')
}

/** The `error` parameters of all challenges: names are looked for outside of quoted values only. */
function errorsIn(challenges: string): string[] {
  const token = "[\\w!#$%&'*+.^`|~-]"
  const parameter = new RegExp(`(?<!${token})(${token}+)\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${token}+))`, 'g')
  return [...challenges.matchAll(parameter)]
    .filter(([, name]) => name!.toLowerCase() === 'error')
    .map(([, , quoted, plain]) => (quoted ?? plain)!.toLowerCase())
}
