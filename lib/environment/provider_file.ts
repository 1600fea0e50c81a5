import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { JsonLoginOptions, OAuth2Options } from '../api'
import type { Env } from './variables'
import { secret, unusable } from './variables'

const VARIABLE = 'TOKENKEEP_PROVIDER'

/** What the options of each kind are, and which of them there must be. */
const KINDS = {
  jsonLogin: {
    texts: ['url', 'tokenPointer', 'refreshTokenPointer', 'expiresInPointer', 'expiresAtPointer', 'refreshUrl', 'account', 'scheme'],
    objects: ['body', 'headers'],
    needed: ['url', 'body'],
  },
  oauth2: {
    texts: [
      'tokenUrl',
      'issuer',
      'clientId',
      'clientSecret',
      'clientAuth',
      'revocationUrl',
      'grant',
      'refreshToken',
      'scope',
      'audience',
      'account',
    ],
    objects: [],
    needed: ['clientId', 'grant'],
  },
} as const

type Kind = keyof typeof KINDS

const NUMBERS = ['timeoutMs', 'deadlineMs']

const LATER = ['custom']

/** A provider that a file describes. */
export type DescribedLogin = { kind: 'jsonLogin'; options: JsonLoginOptions } | { kind: 'oauth2'; options: OAuth2Options }

/** What a provider's file says. */
export type ProviderFile = DescribedLogin & {
  /** How patient to be with it. */
  patience: { timeoutMs?: number; deadlineMs?: number }
}

/** The provider that a JSON file describes, its `${VARIABLE}`s filled in from `env`. */
export function readProviderFile(path: string, env: Env): ProviderFile {
  if (LATER.includes(path)) throw unusable(VARIABLE, `is ${path}, which is not in this version of tokenkeep`)
  const file = resolve(path)
  const wrong = (what: string) => unusable(VARIABLE, `names ${file}, ${what}`)
  const { kind, ...described } = parse(file, wrong)
  if (typeof kind === 'string' && LATER.includes(kind)) throw wrong(`whose kind is ${kind}: not in this version of tokenkeep`)
  if (kind === 'baserow') throw wrong(`whose kind is baserow: leave ${VARIABLE} unset and use the BASEROW_ variables`)
  if (!isKind(kind)) throw wrong(`whose "kind" must be ${Object.keys(KINDS).map((each) => `"${each}"`).join(' or ')}`)
  const filled = fill(described, '', env, wrong) as Record<string, unknown>
  check(kind, filled, wrong)
  const { timeoutMs, deadlineMs, ...options } = filled as ProviderFile['patience']
  const patience = { ...(timeoutMs === undefined ? undefined : { timeoutMs }), ...(deadlineMs === undefined ? undefined : { deadlineMs }) }
  // The function that takes them checks what is left to check.
  return { kind, options, patience } as ProviderFile
}

function isKind(kind: unknown): kind is Kind {
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind)
}

type Wrong = (what: string) => Error

function parse(file: string, wrong: Wrong): Record<string, unknown> {
  let content: string
  try {
    content = readFileSync(file, 'utf8')
  } catch (error) {
    throw wrong(`which cannot be read (${(error as NodeJS.ErrnoException).code}); it must be baserow or the path of a JSON file`)
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch {
    // The parser's own words quote the text around the mistake, which may be a secret.
    throw wrong('which is not JSON')
  }
  if (!isObject(parsed)) throw wrong('which must hold one JSON object')
  return parsed
}

/** `value` with the variables of its strings filled in; `field` is its place in the file. */
function fill(value: unknown, field: string, env: Env, wrong: Wrong): unknown {
  const below = (name: string | number) => (field === '' ? String(name) : `${field}.${name}`)
  if (Array.isArray(value)) return value.map((item, index) => fill(item, below(index), env, wrong))
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item, below(name), env, wrong)]))
  }
  if (typeof value !== 'string') return value
  return value.replace(/\$\$\{|\$\{([^}]*)(\}?)/g, (_all, name: string | undefined, closed: string) => {
    if (name === undefined) return '${'
    if (!closed || !/^[a-z_]\w*$/i.test(name)) {
      throw wrong(`whose ${field} has a \${ that begins no \${VARIABLE}; write $\${ for the characters themselves`)
    }
    const found = secret(env, name)
    if (found === undefined) throw wrong(`whose ${field} needs the variable ${name}, which is not set`)
    return found
  })
}

function check(kind: Kind, described: Record<string, unknown>, wrong: Wrong): void {
  const texts: readonly string[] = KINDS[kind].texts
  const objects: readonly string[] = KINDS[kind].objects
  for (const [field, value] of Object.entries(described)) {
    if (texts.includes(field)) {
      if (typeof value !== 'string' || value === '') throw wrong(`whose ${field} must be a text`)
    } else if (NUMBERS.includes(field)) {
      if (!(typeof value === 'number' && value > 0)) throw wrong(`whose ${field} must be a number above 0`)
    } else if (objects.includes(field)) {
      if (!isObject(value)) throw wrong(`whose ${field} must be an object`)
    } else {
      throw wrong(`whose ${field} is not known; there are kind, ${[...objects, ...texts, ...NUMBERS].join(', ')}`)
    }
  }
  for (const field of KINDS[kind].needed) if (described[field] === undefined) throw wrong(`which lacks ${field}`)
  for (const [name, value] of Object.entries((described['headers'] as object | undefined) ?? {})) {
    if (typeof value !== 'string') throw wrong(`whose headers.${name} must be a text`)
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
