import type { Account } from './accounts'
import {
  AUTH_PROVIDER_DISABLED,
  DEACTIVATED_USER,
  EMAIL_VERIFICATION_REQUIRED,
  INVALID_CREDENTIALS,
  json,
  type Answer,
} from './answers'
import type { Backend, Handler } from './exchange'
import { Fields } from './fields'
import { readPayload } from './payload'
import { normaliseEmail } from './text'

/** `POST /api/user/token-auth/` since 1.13 (contract §1). */
export const logIn: Handler = (backend, exchange) => {
  const read = readPayload(exchange)
  if ('refusal' in read) return read.refusal
  const fields = new Fields(read.payload)
  const email = fields.optionalEmail('email')
  const username = fields.optionalEmail('username')
  const password = fields.text('password')
  if (fields.refusal) return fields.refusal
  // The deprecated name wins where both are there
  const name = username ?? email
  if (name === undefined) return Fields.missing('email')
  const account = backend.accounts.at(normaliseEmail(name))
  // The same answer for both, so that nobody learns which addresses exist
  if (account === undefined || account.password !== password) return INVALID_CREDENTIALS
  // The ticket comes before the account's other checks (contract §7)
  if (account.totp !== undefined) {
    return json(200, `{"two_factor_auth":"totp","token":"${backend.tokens.ticket(account)}"}`)
  }
  return openSession(backend, account)
}

/** The checks that follow the credentials, and the whole answer of a login (contract §1). */
export function openSession({ settings, tokens, counters }: Backend, account: Account): Answer {
  if (!settings.passwordLogin && !account.staff) return AUTH_PROVIDER_DISABLED
  if (!account.active) return DEACTIVATED_USER
  if (!account.emailVerified && !account.staff) return EMAIL_VERIFICATION_REQUIRED
  account.deletionScheduled = false
  counters.logins += 1
  const access = tokens.access(account)
  const refresh = tokens.refresh(account)
  return json(
    200,
    `{"token":"${access}","access_token":"${access}","refresh_token":"${refresh}","user_session":"${account.userSession}",${account.profile}}`,
  )
}
