import type { Account } from './accounts'
import {
  ALREADY_BLACKLISTED,
  EMAIL_VERIFICATION_REQUIRED,
  INVALID_REFRESH_TOKEN,
  json,
  NO_CONTENT,
  type Answer,
} from './answers'
import type { Backend, Handler } from './exchange'
import { Fields } from './fields'
import { readPayload } from './payload'

/** `POST /api/user/token-refresh/` since 1.13 (contract §2): no rotation, and no refresh token in the answer. */
export const refresh: Handler = (backend, exchange) => {
  const read = readPayload(exchange)
  if ('refusal' in read) return read.refusal
  const fields = new Fields(read.payload)
  const current = fields.optionalText('refresh_token')
  const deprecated = fields.optionalText('token')
  if (fields.refusal) return fields.refusal
  // No token at all is a 401 as well, not a 400
  const holder = holderOf(backend, current ?? deprecated ?? '')
  if (!('account' in holder)) return holder.refusal
  backend.counters.refreshes += 1
  const access = backend.tokens.access(holder.account)
  return json(200, `{"token":"${access}","access_token":"${access}",${holder.account.profile}}`)
}

/** `POST /api/user/token-verify/` (contract §3): refresh tokens only; the field `token` is known and does not help. */
export const verify: Handler = (backend, exchange) => {
  const read = readPayload(exchange)
  if ('refusal' in read) return read.refusal
  const fields = new Fields(read.payload)
  const token = fields.text('refresh_token')
  fields.optionalText('token')
  if (fields.refusal) return fields.refusal
  const holder = holderOf(backend, token)
  return 'account' in holder ? json(200, `{${holder.account.profile}}`) : holder.refusal
}

/** `POST /api/user/token-blacklist/` (contract §3): access tokens already issued live on. */
export const blacklist: Handler = ({ tokens }, exchange) => {
  const read = readPayload(exchange)
  if ('refusal' in read) return read.refusal
  const fields = new Fields(read.payload, true)
  const token = fields.text('refresh_token')
  if (fields.wrappedRefusal) return fields.wrappedRefusal
  const claims = tokens.read('refresh', token)
  if (typeof claims === 'string') return INVALID_REFRESH_TOKEN
  if (tokens.isBlacklisted(claims)) return ALREADY_BLACKLISTED
  tokens.blacklist(claims)
  return NO_CONTENT
}

// Whatever is wrong with the token, the answer is the same, word for word (contract §2).
function holderOf({ accounts, tokens }: Backend, token: string): { account: Account } | { refusal: Answer } {
  const claims = tokens.read('refresh', token)
  if (typeof claims === 'string' || tokens.isBlacklisted(claims)) return { refusal: INVALID_REFRESH_TOKEN }
  const account = accounts.withId(claims['user_id'])
  if (!account?.active || account.deletionScheduled || tokens.isOutdated(account, claims)) {
    return { refusal: INVALID_REFRESH_TOKEN }
  }
  const enforced = claims['verified_email_claim'] === 'enforced'
  if (enforced && !account.emailVerified && !account.staff) return { refusal: EMAIL_VERIFICATION_REQUIRED }
  return { account }
}
