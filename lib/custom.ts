import { types } from 'node:util'
import type { CustomOptions, Provider, TokenSet } from './api'
import { invalid, isCallback, optionalText, options as given, text } from './checks'
import { isDeadForBearer } from './dead_token'
import { type Patience, provide } from './providers'
import type { Answer } from './questions'

/** A browser takes its time; to log in twice in a row is not for us to decide. */
const PATIENCE: Patience = { timeoutMs: 120_000, deadlineMs: 150_000, attempts: 1 }

/** What the native side asks for, in the JSON of a question. */
interface Errand {
  step: 'login' | 'refresh' | 'revoke'
  session?: TokenSet
}

let last = 0

/** Only when it is asked for: to load that module takes longer than half of ours. */
function thread(): number {
  return (require('node:worker_threads') as typeof import('node:worker_threads')).threadId
}

/** Your own login: a headless browser, a vendor's SDK, a vault. */
export function custom(options: CustomOptions): Provider {
  const account = text(given(options).account, 'account')
  const issuer = optionalText(options.issuer, 'issuer') ?? ''
  const credential = optionalText(options.credential, 'credential') ?? ''
  if (!isCallback(options.login, 'login', 'a promise of a TokenSet')) throw invalid('login', 'is missing')
  const refreshes = isCallback(options.refresh, 'refresh', 'a promise of a TokenSet')
  const revokes = isCallback(options.revoke, 'revoke', 'a promise')
  const callbacks = ++last
  return provide('custom', {
    native: { custom: { callbacks, thread: thread(), account, issuer, credential, refreshes, revokes } },
    account,
    urls: [],
    scheme: optionalText(options.scheme, 'scheme') ?? 'Bearer',
    rotates: refreshes,
    isDeadToken: isDeadForBearer,
    answers: { errand: errands(options) },
    callbacks,
    patience: PATIENCE,
  })
}

/** The functions as they are now, whatever becomes of the options. */
function errands(options: CustomOptions): Answer {
  const { login, refresh, revoke } = options
  return async (payload, signal) => {
    const { step, session } = JSON.parse(payload) as Errand
    switch (step) {
      case 'login':
        return asJson(await login.call(options, { signal, previous: session ?? null }))
      case 'refresh':
        return asJson(await refresh!.call(options, { signal, current: session! }))
      case 'revoke':
        await revoke!.call(options, session!)
        return null
    }
  }
}

/** Stands for whatever is neither a text nor a number: the native side says which field it is. */
const NONSENSE = false

/** What a callback gave, whatever it is, as the JSON that is read for a TokenSet. */
function asJson(given: unknown): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return JSON.stringify(NONSENSE)
  const { token, refreshToken, expiresAt, scoped } = given as Record<string, unknown>
  return JSON.stringify({
    token: scalar(token),
    refreshToken: scalar(refreshToken),
    expiresAt: scalar(types.isDate(expiresAt) ? expiresAt.getTime() : expiresAt),
    scoped: table(scoped),
  })
}

function scalar(value: unknown): string | number | false | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)) ? value : NONSENSE
}

function table(value: unknown): Record<string, unknown> | false | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) return NONSENSE
  return Object.fromEntries(Object.entries(value).map(([scope, token]) => [scope, scalar(token) ?? NONSENSE]))
}
