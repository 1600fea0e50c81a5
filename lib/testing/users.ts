import type { Account, Accounts } from './accounts'
import type { BaserowUser } from './handle'
import { trim } from './text'
import type { Tokens } from './tokens'

/** The levers of one account, for the test that holds the server. */
export function userHandle(account: Account, accounts: Accounts, tokens: Tokens): BaserowUser {
  return {
    id: account.id,
    email: account.email,
    changePassword(password, options = {}) {
      account.password = trim(password)
      tokens.outdate(account, options.spareSameSecond ?? false)
    },
    deactivate() {
      account.active = false
    },
    activate() {
      account.active = true
    },
    remove() {
      accounts.remove(account)
    },
    scheduleDeletion() {
      account.deletionScheduled = true
    },
    setEmailVerified(verified) {
      account.emailVerified = verified
    },
    setTotp(code) {
      account.totp = code
      account.lastTotp = undefined
    },
    setMember(member) {
      account.member = member
    },
  }
}
