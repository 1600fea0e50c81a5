import type { Account } from './accounts'
import { NOT_AUTHENTICATED, NOT_PERMITTED, RATE_LIMITED, TWO_FACTOR_FAILED, type Answer } from './answers'
import { authenticate } from './authentication'
import type { Backend, Exchange, Handler } from './exchange'
import { Fields } from './fields'
import { openSession } from './login'
import { readPayload } from './payload'

/** `POST /api/two-factor-auth/verify/` of 2.x (contract §7). */
export const verifySecondFactor: Handler = (backend, exchange) => {
  const holder = ticketHolder(backend, exchange)
  if ('refusal' in holder) return holder.refusal
  const read = readPayload(exchange)
  if ('refusal' in read) return read.refusal
  const fields = new Fields(read.payload)
  const email = fields.email('email')
  const code = fields.optionalText('code')
  const backupCode = fields.optionalText('backup_code')
  if (fields.wrappedRefusal) return fields.wrappedRefusal
  // Ten a minute and address, right or wrong (contract §6)
  if (!backend.twoFactorAttempts.admits(email, backend.settings.twoFactorAttemptsPerMinute)) return RATE_LIMITED
  const account = holder.account
  if (account?.email !== email || !accepts(account, code, backupCode)) return TWO_FACTOR_FAILED
  return openSession(backend, account)
}

// The ticket comes as `Bearer`; the API's own scheme is judged first, and refuses it as no access token.
function ticketHolder(backend: Backend, exchange: Exchange): { account: Account | undefined } | { refusal: Answer } {
  const caller = authenticate(backend, exchange)
  if (caller !== 'nobody') return { refusal: 'refusal' in caller ? caller.refusal : NOT_PERMITTED }
  const header = exchange.headers.authorization ?? ''
  const claims = header.startsWith('Bearer ') ? backend.tokens.read('2fa', header.split(' ')[1] ?? '') : 'invalid'
  if (typeof claims === 'string') return { refusal: NOT_AUTHENTICATED }
  return { account: backend.accounts.withId(claims['user_id']) }
}

function accepts(account: Account, code: string | undefined, backupCode: string | undefined): boolean {
  if (backupCode !== undefined) return account.backupCodes.delete(backupCode)
  if (code === undefined || code !== account.totp) return false
  if (account.totpSingleUse && code === account.lastTotp) return false
  account.lastTotp = code
  return true
}
