import type { Account } from './accounts'
import { CHALLENGE, INVALID_ACCESS_TOKEN, json, SERVER_ERROR, type Answer } from './answers'
import type { Backend, Exchange } from './exchange'
import type { Claims } from './jwt'
import { words } from './text'

/** Who sends an API request: a user, nobody, or someone whose token is no good. */
export type Caller = { account: Account; token: string } | { refusal: Answer } | 'nobody'

type Bearer = { claims: Claims; token: string } | { refusal: Answer } | 'nobody'

/** Finds out who sends the request (contract §4). */
export function authenticate(backend: Backend, exchange: Exchange): Caller {
  const bearer = readBearer(backend, exchange)
  if (bearer === 'nobody' || 'refusal' in bearer) return bearer
  const { claims, token } = bearer
  const legacy = backend.settings.dialect !== 'modern'
  const account = backend.accounts.withId(claims['user_id'])
  if (legacy) {
    if (account?.active) return { account, token }
    return { refusal: rejected(backend.settings.dialect === '1.5' ? 'Invalid signature' : account ? 'User account is disabled.' : 'Invalid token.') }
  }
  if (!account) return { refusal: rejected('User not found') }
  if (backend.tokens.isOutdated(account, claims)) return { refusal: INVALID_ACCESS_TOKEN }
  // Not a slip of this server: the real one lets an exception escape here (contract §0.3)
  if (!account.active) return { refusal: SERVER_ERROR }
  return { account, token }
}

/** Judges the `Authorization` header as far as that goes without a database, since it goes on in an outage (contract §6). */
export function readBearer({ settings, tokens }: Backend, { headers }: Exchange): Bearer {
  const [scheme, token, ...more] = words(headers.authorization ?? '')
  const modern = settings.dialect === 'modern'
  // The scheme is case-sensitive today (contract §0.2), and was not in the libraries before
  if (scheme === undefined || (modern ? scheme : scheme.toUpperCase()) !== 'JWT') return 'nobody'
  if (token === undefined || more.length > 0) {
    if (settings.dialect === '1.6') return 'nobody'
    return { refusal: modern ? MALFORMED_HEADER : rejected(token === undefined ? NO_CREDENTIALS : SPACES) }
  }
  const claims = tokens.read(modern ? 'access' : 'legacy', token)
  if (typeof claims === 'object' && 'user_id' in claims) return { claims, token }
  if (modern) return { refusal: INVALID_ACCESS_TOKEN }
  return { refusal: LEGACY_REFUSALS[settings.dialect === '1.5' ? '1.5' : '1.6'][claims === 'expired' ? 'expired' : 'invalid'] }
}

const NO_CREDENTIALS = 'Invalid Authorization header. No credentials provided.'
const SPACES = 'Invalid Authorization header. Credentials string should not contain spaces.'

const MALFORMED_HEADER = json(
  401,
  { detail: 'Authorization header must contain two space-delimited values', code: 'bad_authorization_header' },
  CHALLENGE,
)

/** What the two libraries before simplejwt said of a token, by version (contract §8). */
export const LEGACY_WORDS = {
  '1.5': { expired: 'Signature has expired.', invalid: 'Error decoding signature.' },
  '1.6': { expired: 'Token has expired.', invalid: 'Error decoding token.' },
} as const

const LEGACY_REFUSALS = { '1.5': legacyRefusals('1.5'), '1.6': legacyRefusals('1.6') }

function legacyRefusals(version: '1.5' | '1.6'): { expired: Answer; invalid: Answer } {
  const { expired, invalid } = LEGACY_WORDS[version]
  return {
    expired: json(401, { detail: expired, error: 'ERROR_SIGNATURE_HAS_EXPIRED' }, CHALLENGE),
    invalid: json(401, { detail: invalid, error: 'ERROR_DECODING_SIGNATURE' }, CHALLENGE),
  }
}

function rejected(detail: string): Answer {
  return json(401, { detail }, CHALLENGE)
}
