import type { Account } from './accounts'
import { json, type Answer } from './answers'
import { LEGACY_WORDS } from './authentication'
import type { Backend, Exchange, Handler } from './exchange'
import { Fields } from './fields'
import type { Claims } from './jwt'
import { readPayload } from './payload'
import { normaliseEmail } from './text'

// Baserow 1.12 and before (contract §8): one token that renews itself while it lives, 400 for all that is wrong.
// E-mail verification, two-factor login and the death of tokens at a password change came later.

/** `POST /api/user/token-auth/` up to 1.12. */
export const logInLegacy: Handler = (backend, exchange) => {
  const read = readPayload(exchange)
  if ('refusal' in read) return read.refusal
  const fields = new Fields(read.payload)
  const username = fields.email('username')
  const password = fields.text('password')
  if (fields.refusal) return fields.refusal
  const account = backend.accounts.at(normaliseEmail(username))
  if (account === undefined || account.password !== password) {
    return Fields.nonFieldError('Unable to log in with provided credentials.')
  }
  if (!account.active) return Fields.nonFieldError('User account is disabled.')
  backend.counters.logins += 1
  return granted(backend, backend.tokens.legacy(account), account)
}

/** `POST /api/user/token-refresh/` up to 1.12: the current token for a new one, up to so long after the login. */
export const refreshLegacy: Handler = (backend, exchange) => {
  const holder = holderOf(backend, exchange)
  if ('refusal' in holder) return holder.refusal
  const { account, claims } = holder
  const firstLogin = claims['orig_iat']
  if (typeof firstLogin !== 'number') {
    const old = backend.settings.dialect === '1.5'
    return Fields.nonFieldError(old ? 'orig_iat field is required.' : 'orig_iat field not found in token.')
  }
  if (backend.tokens.now() > firstLogin * 1000 + backend.settings.refreshLifetimeMs) {
    return Fields.nonFieldError('Refresh has expired.')
  }
  backend.counters.refreshes += 1
  return granted(backend, backend.tokens.legacy(account, firstLogin), account)
}

/** `POST /api/user/token-verify/` up to 1.12. */
export const verifyLegacy: Handler = (backend, exchange) => {
  const holder = holderOf(backend, exchange)
  return 'refusal' in holder ? holder.refusal : granted(backend, holder.token, holder.account)
}

type Holder = { account: Account; claims: Claims; token: string } | { refusal: Answer }

function holderOf(backend: Backend, exchange: Exchange): Holder {
  const read = readPayload(exchange)
  if ('refusal' in read) return read
  const fields = new Fields(read.payload)
  const token = fields.text('token')
  if (fields.refusal) return { refusal: fields.refusal }
  const claims = backend.tokens.read('legacy', token)
  if (typeof claims === 'string') {
    return { refusal: Fields.nonFieldError(LEGACY_WORDS[backend.settings.dialect === '1.5' ? '1.5' : '1.6'][claims]) }
  }
  const account = backend.accounts.withId(claims['user_id'])
  if (account === undefined) return { refusal: Fields.nonFieldError("User doesn't exist.") }
  if (!account.active) return { refusal: Fields.nonFieldError('User account is disabled.') }
  return { account, claims, token }
}

function granted({ settings }: Backend, token: string, account: Account): Answer {
  return json(settings.dialect === '1.6' ? 201 : 200, { token, user: account.legacyUser })
}
