import { managerOf } from '../environment'
import type { Settings } from '../environment/settings'
import { missingCredentials, readSettings } from '../environment/settings'
import type { Env } from '../environment/variables'
import { text } from '../environment/variables'
import { TokenError } from '../errors'
import type { AccountManager } from '../manager'
import type { Terminal } from './terminal'

/** A manager with what only the command line asks of it. */
export type StoredAccount = AccountManager

/** The account that the environment names, and what else it says. */
export interface Opened {
  account: StoredAccount
  settings: Settings
}

/** Opens the account. No timers: what is renewed, and when, is for the commands to say. */
export function open(env: Env, terminal: Terminal, more: { serveStale?: boolean } = {}): Opened {
  const settings = settingsOf(env)
  const { logger } = terminal
  const warn = (message: string) => logger.warn({}, message)
  return { settings, account: managerOf(env, settings, { ...more, logger, warn }) }
}

/** The same account as a newcomer finds it. It says nothing. */
export function reopen(env: Env, { auditLog: _, ...settings }: Settings): StoredAccount {
  return managerOf(env, settings, { warn: () => {} })
}

/** What the environment says; without credentials, an error that names the missing ones. */
export function settingsOf(env: Env): Settings {
  const missing = missingCredentials(env)
  if (missing.length > 0) {
    const all = text(env, 'BASEROW_URL') === undefined ? ['BASEROW_URL', ...missing] : missing
    const names = all.length === 1 ? all[0]! : `${all.slice(0, -1).join(', ')} and ${all.at(-1)!}`
    throw new TokenError({ code: 'NOT_CONFIGURED', message: `NOT_CONFIGURED: ${names} ${all.length === 1 ? 'is' : 'are'} not set` })
  }
  return readSettings(env, 'file')
}
