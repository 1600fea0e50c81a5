import type { Logger, Provider, Store, TokenManager } from '../api'
import { auditTo } from '../audit'
import { BaserowJwtManagerDisabled } from '../baserow'
import { managerIn } from '../create'
import { custom } from '../custom'
import { TokenError } from '../errors'
import type { AccountManager } from '../manager'
import { oauth2 } from '../oauth2'
import { baserow, jsonLogin } from '../providers'
import { fileStore, memoryStore } from '../stores'
import { loginIn } from './login_module'
import type { DescribedLogin } from './provider_file'
import { redisOf } from './redis'
import type { Keeping, Login, Settings } from './settings'
import { missingCredentials, readSettings } from './settings'
import { type Env, unusable } from './variables'

/**
 * Makes the manager that the environment describes: `BASEROW_URL`, `BASEROW_USER_EMAIL`, `BASEROW_USER_PASSWORD` and the
 * `TOKENKEEP_` variables. Without credentials it is the disabled stub; sessions stay in memory unless `TOKENKEEP_STORE` says
 * otherwise. A value that cannot be used throws an INVALID_OPTION that names its variable.
 */
export function fromEnv(env: Record<string, string | undefined> = process.env): TokenManager {
  if (missingCredentials(env).length > 0) return new BaserowJwtManagerDisabled()
  const settings = readSettings(env, 'memory')
  const { refreshIntervalSeconds } = settings
  const periodic = refreshIntervalSeconds === undefined ? undefined : { refreshIntervalSeconds }
  return managerOf(env, settings, { ...periodic, warn: (message) => process.emitWarning(message, 'TokenkeepWarning') })
}

/** The manager of these settings, its audit log attached. No timer but the ones in `more`. */
export function managerOf(
  env: Env,
  settings: Settings,
  more: { refreshIntervalSeconds?: number; serveStale?: boolean; logger?: Logger; warn(message: string): void },
): AccountManager {
  const { keeping, fallbackEnv, refreshMarginSeconds, auditLog, timeoutMs, deadlineMs } = settings
  const { warn, ...tuning } = more
  const manager = managerIn(env, {
    ...tuning,
    provider: providerOf(settings.login),
    store: storeOf(keeping),
    refreshMarginSeconds,
    fallbackEnv,
    timeoutMs,
    deadlineMs,
  })
  if (auditLog !== undefined) auditTo(auditLog, manager, warn)
  return manager
}

function providerOf(login: Login): Provider {
  if (login.kind === 'baserow') return baserow({ baseUrl: login.baseUrl, email: login.email, password: login.password })
  try {
    return described(login)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    // The user of a file knows the file, not our function's options.
    throw unusable('TOKENKEEP_PROVIDER', `names a file whose ${error.message.replace(/^INVALID_OPTION: /, '')}`, error)
  }
}

function described(login: DescribedLogin): Provider {
  switch (login.kind) {
    case 'jsonLogin':
      return jsonLogin(login.options)
    case 'oauth2':
      return oauth2(login.options)
    case 'custom': {
      const { module, ...whose } = login.options
      return custom({ ...whose, login: loginIn(module) })
    }
  }
}

function storeOf(keeping: Keeping): Store {
  switch (keeping.kind) {
    case 'memory':
      return memoryStore()
    case 'file':
      return fileStore({ dir: keeping.dir, encryptionKey: keeping.encryptionKey })
    case 'redis':
      return redisOf(keeping)
  }
}
