import { failWith, openAccount } from './account'
import type { TokenManager, TokenManagerOptions } from './api'
import { object } from './checks'
import { AccountManager } from './manager'
import { GENERAL } from './options'
import { describe } from './providers'

/** Keeps the token of one account fresh. No request is sent before the first call for a token, except by `refreshIntervalSeconds`. */
export function createTokenManager(options: TokenManagerOptions): TokenManager {
  return managerIn(process.env, options)
}

/** A manager that finds its `fallbackEnv` in `env`. */
export function managerIn(env: Record<string, string | undefined>, options: TokenManagerOptions): AccountManager {
  const who = describe(object(options, 'options')?.provider)
  return new AccountManager(openAccount(options, who, GENERAL, { service: 'tokenkeep', fail: failWith, env }))
}
