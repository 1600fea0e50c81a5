import type { TokenManager } from './api'

declare const require: (id: string) => unknown

/**
 * Makes the manager that the environment describes: `BASEROW_URL`, `BASEROW_USER_EMAIL`, `BASEROW_USER_PASSWORD` and the
 * `TOKENKEEP_` variables. Without credentials it is the disabled stub; sessions stay in memory unless `TOKENKEEP_STORE` says
 * otherwise. A value that cannot be used throws an INVALID_OPTION that names its variable.
 */
export function fromEnv(env: Record<string, string | undefined> = process.env): TokenManager {
  // Read when it is asked for: the first token of everybody else comes a millisecond sooner.
  return (require('./environment/index') as typeof import('./environment/index')).fromEnv(env)
}
