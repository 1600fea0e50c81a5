import type { OAuth2Options, Provider } from './api'
import { invalid, options as given, optionalText, text, url } from './checks'
import { isDeadForBearer } from './dead_token'
import { provide } from './providers'

const GRANTS = ['client_credentials', 'refresh_token'] as const
const WAYS = ['basic', 'post'] as const

/** A client of an OAuth 2.0 authorization server (RFC 6749), with its own credentials or with a refresh token that somebody provisioned. */
export function oauth2(options: OAuth2Options): Provider {
  const { tokenUrl, issuer, revocationUrl } = urlsOf(given(options))
  const clientId = text(options.clientId, 'clientId')
  const clientSecret = optionalText(options.clientSecret, 'clientSecret')
  const clientAuth = oneOf(WAYS, options.clientAuth, 'clientAuth') ?? (clientSecret === undefined ? 'post' : 'basic')
  if (clientAuth === 'basic' && clientSecret === undefined) {
    throw invalid('clientAuth', "'basic' needs a clientSecret; a client without one is named in the body ('post')")
  }
  const grant = oneOf(GRANTS, options.grant, 'grant')
  if (grant === undefined) throw invalid('grant', `must be ${GRANTS.join(' or ')}`)
  const refreshes = grant === 'refresh_token'
  const refreshToken = optionalText(options.refreshToken, 'refreshToken')
  if (refreshToken !== undefined && !refreshes) throw invalid('refreshToken', "is for the grant 'refresh_token'")
  const account = named(options.account, 'account')
  const scope = named(options.scope, 'scope')
  const audience = named(options.audience, 'audience')
  const optional = { tokenUrl, issuer, clientSecret, revocationUrl, refreshToken, scope, audience, account }
  const oauth2 = { clientId, basic: clientAuth === 'basic', refreshes, ...present(optional) }
  return provide('oauth2', {
    native: { oauth2 },
    account: account ?? clientId,
    urls: [tokenUrl, issuer, revocationUrl].filter((each) => each !== undefined),
    scheme: 'Bearer',
    rotates: refreshes,
    isDeadToken: isDeadForBearer,
  })
}

function urlsOf(options: OAuth2Options) {
  const address = (name: 'tokenUrl' | 'issuer' | 'revocationUrl', example: string) => {
    const value: unknown = options[name]
    if (value === undefined || value === null) return undefined
    const href = url(value, name, example)
    if (href.includes('#')) throw invalid(name, 'must not have a fragment')
    return href
  }
  const tokenUrl = address('tokenUrl', 'https://auth.example.com/oauth2/token')
  const issuer = address('issuer', 'https://auth.example.com')
  // RFC 8414 §2
  if (issuer?.includes('?')) throw invalid('issuer', 'must not have a query')
  if (tokenUrl === undefined && issuer === undefined) {
    throw invalid('tokenUrl', 'is missing; give it, or the issuer whose metadata names it')
  }
  return { tokenUrl, issuer, revocationUrl: address('revocationUrl', 'https://auth.example.com/oauth2/revoke') }
}

function oneOf<T extends string>(known: readonly T[], value: unknown, name: string): T | undefined {
  if (value === undefined || value === null) return undefined
  const found = known.find((each) => each === value)
  if (found === undefined) throw invalid(name, `must be ${known.join(' or ')}`)
  return found
}

/** A text that is more than blanks. */
function named(value: unknown, name: string): string | undefined {
  const given = optionalText(value, name)
  if (given?.trim() === '') throw invalid(name, 'must be a non-empty string')
  return given
}

/** Without what is undefined: the native side takes an absent option, and no other kind of none. */
function present<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const pairs = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(pairs) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
