import type { GetTokenOptions } from './manager'
import type { TuningOptions } from './tuning'

/** What code written against the pure-TypeScript manager relies on. */
export interface BaserowJwtManager {
  getToken(options?: GetTokenOptions): Promise<string>
  isEnabled(): boolean
}

/** One user of one Baserow. Unknown keys are ignored. */
export interface BaserowJwtManagerOptions extends TuningOptions {
  /** Includes `/api`; one trailing slash is ignored. */
  baseUrl: string
  /** Of the user. Defaults to none, and then the manager is the disabled stub. */
  email?: string | undefined
  /** Likewise. */
  password?: string | undefined
  /** For accounts with two-factor authentication: called for a fresh code at each login. Defaults to none. */
  totp?: (() => string | Promise<string>) | undefined
  /** How long before its expiry a token is renewed, as {@link TokenManagerOptions} has it. Defaults to 60. */
  refreshMarginSeconds?: number | 'auto' | undefined
}
