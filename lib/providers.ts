import type { BaserowOptions, JsonLoginOptions, Provider } from './api'
import { invalid, isCallback, object, optionalText, options as given, text, url } from './checks'
import { type ApiAnswer, isDeadForBaserow, isDeadForBearer } from './dead_token'
import type { NativeProvider } from './native'
import type { Answers } from './questions'

/** What a manager has to know of a provider. */
export interface Described {
  native: NativeProvider
  /** Whose tokens they are, as a person would say it. */
  account: string
  /** Where the credentials are sent. */
  urls: string[]
  /** What stands before the token in an Authorization header. */
  scheme: string
  /** The callbacks that its logins need. */
  answers?: Answers | undefined
  /** By which number questions name them, where one provider's may be taken for another's. */
  callbacks?: number | undefined
  /** Its own patience, where it needs more than a request does. */
  patience?: Patience | undefined
  /** Do its refresh tokens work once? */
  rotates: boolean
  /** Does an answer of its API say that the token is dead? */
  isDeadToken(answer: ApiAnswer): boolean
}

/** What a provider's logins need where the options do not say. */
export interface Patience {
  timeoutMs: number
  deadlineMs: number
  attempts: number
}

const described = new WeakMap<Provider, Described>()

/** The inside of a provider: not a property, so that no `console.log` shows a password. */
export function describe(provider: unknown, name = 'provider'): Described {
  const found = typeof provider === 'object' && provider !== null ? described.get(provider as Provider) : undefined
  if (found === undefined) throw invalid(name, 'must be made by baserow(), jsonLogin(), oauth2() or custom()')
  return found
}

/** A provider of our own making. */
export function provide(kind: string, description: Described): Provider {
  const provider: Provider = Object.freeze({ kind })
  described.set(provider, description)
  return provider
}

/** One user of one Baserow. */
export function baserow(options: BaserowOptions): Provider {
  const baseUrl = baserowUrl(given(options).baseUrl)
  const email = text(options.email, 'email')
  const password = text(options.password, 'password')
  const { totp } = options
  const hasTotp = isCallback(totp, 'totp', 'a code')
  // As Baserow does it: two spellings of one address are one account, with one session.
  const account = email.normalize('NFKC').trim().toLowerCase()
  return provide('baserow', {
    native: { baserow: { baseUrl, email, account, password, hasTotp } },
    account: email,
    urls: [baseUrl],
    scheme: 'JWT',
    ...(hasTotp ? { answers: { totp: async () => codeOf(await totp!()) } } : undefined),
    rotates: false,
    isDeadToken: isDeadForBaserow,
  })
}

/** Any JSON endpoint that answers a POST with a token. */
export function jsonLogin(options: JsonLoginOptions): Provider {
  const example = 'https://api.example.com/auth/token'
  const loginUrl = url(given(options).url, 'url', example)
  const refreshUrl = options.refreshUrl == null ? undefined : url(options.refreshUrl, 'refreshUrl', example)
  const account = optionalText(options.account, 'account')
  const native = {
    url: loginUrl,
    body: json(options.body),
    headers: headersOf(options.headers),
    ...pointers(options),
    ...(refreshUrl === undefined ? undefined : { refreshUrl }),
    ...(account === undefined ? undefined : { account }),
  }
  return provide('jsonLogin', {
    native: { jsonLogin: native },
    account: account ?? new URL(loginUrl).host,
    urls: refreshUrl === undefined ? [loginUrl] : [loginUrl, refreshUrl],
    scheme: optionalText(options.scheme, 'scheme') ?? 'Bearer',
    rotates: refreshUrl !== undefined,
    isDeadToken: isDeadForBearer,
  })
}

/** A code that can be sent, if it is one. */
function codeOf(code: unknown): string | null {
  const usable = typeof code === 'string' && code.trim() !== ''
  return usable ? code.trim() : null
}

function baserowUrl(value: unknown): string {
  const href = url(value, 'baseUrl', 'https://baserow.example.com/api')
  if (/[?#]/.test(href)) throw invalid('baseUrl', 'must not have a query or a fragment')
  return href.replace(/\/$/, '')
}

function json(body: unknown): string {
  if (object(body, 'body') === undefined) throw invalid('body', 'must be an object')
  const text = stringified(body)
  // A toJSON may make anything of it.
  if (text?.startsWith('{') !== true) throw invalid('body', 'must be an object that JSON can express')
  return text
}

function stringified(body: unknown): string | undefined {
  try {
    return JSON.stringify(body)
  } catch {
    return undefined
  }
}

function headersOf(headers: unknown): string[][] {
  return Object.entries(object(headers, 'headers') ?? {}).map(([name, value]) => {
    try {
      return [...new Headers([[name, value as string]])][0]!
    } catch {
      // Without the value: it may be a key.
      throw invalid(`headers[${JSON.stringify(name)}]`, 'must be the name and the value of an HTTP header')
    }
  })
}

const POINTERS = ['tokenPointer', 'refreshTokenPointer', 'expiresInPointer', 'expiresAtPointer'] as const

function pointers(options: JsonLoginOptions): Partial<Record<(typeof POINTERS)[number], string>> {
  const given: Partial<Record<(typeof POINTERS)[number], string>> = {}
  for (const name of POINTERS) {
    const pointer: unknown = options[name]
    if (pointer === undefined || pointer === null) continue
    if (typeof pointer !== 'string' || !/^(\/([^~]|~[01])*)*$/.test(pointer)) {
      throw invalid(name, 'must be a JSON pointer such as /data/token (RFC 6901)')
    }
    given[name] = pointer
  }
  return given
}
