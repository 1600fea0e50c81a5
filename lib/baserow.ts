import { type Account, openAccount } from './account'
import type { BaserowJwtManager, BaserowJwtManagerOptions, TokenManager } from './api'
import { options as given } from './checks'
import { DisabledManager } from './disabled'
import { BaserowAuthError, TokenError } from './errors'
import { AccountManager } from './manager'
import { named } from './named'
import { DROP_IN } from './options'
import { baserow, describe } from './providers'

const NOT_CONFIGURED =
  'BASEROW_USER_AUTH_NOT_CONFIGURED: set BASEROW_USER_EMAIL and BASEROW_USER_PASSWORD to enable metadata endpoints'

// Declared by their public face alone: what a class keeps to itself is not part of its users' types.
const Manager = AccountManager as unknown as new (account: unknown) => TokenManager
const Stub = DisabledManager as unknown as new (reason: unknown) => TokenManager

/** Keeps the JWT of one Baserow user fresh: what {@link createBaserowJwtManager} returns when there are credentials. */
export class BaserowJwtManagerImpl extends Manager implements BaserowJwtManager {
  static {
    named(this, 'BaserowJwtManagerImpl')
  }

  constructor(options: BaserowJwtManagerOptions) {
    super(accountOf(options))
  }
}

/** Stands in when there are no credentials: every call for a token rejects with NOT_CONFIGURED. */
export class BaserowJwtManagerDisabled extends Stub implements BaserowJwtManager {
  static {
    named(this, 'BaserowJwtManagerDisabled')
  }

  constructor() {
    super(() => new BaserowAuthError(NOT_CONFIGURED, 503, { code: 'NOT_CONFIGURED' }))
  }
}

/**
 * Makes a manager for the JWT of one Baserow user, or the disabled stub when the email or the password is missing or empty.
 * No request is sent before the first `getToken()`, except by `refreshIntervalSeconds`.
 */
export function createBaserowJwtManager(options: BaserowJwtManagerOptions): BaserowJwtManager & TokenManager {
  const isConfigured = typeof options !== 'object' || options === null || (options.email && options.password)
  return isConfigured ? new BaserowJwtManagerImpl(options) : new BaserowJwtManagerDisabled()
}

function accountOf(options: BaserowJwtManagerOptions): Account {
  try {
    const { baseUrl, email, password, totp } = given(options)
    const who = describe(baserow({ baseUrl, email: email!, password: password!, totp }))
    return openAccount(options, who, DROP_IN, { service: 'baserow-jwt-manager', fail: asBaserowError })
  } catch (error) {
    // What code written for the old class catches.
    throw error instanceof TokenError ? asBaserowError(error) : error
  }
}

function asBaserowError({ message, statusCode = 503, ...rest }: ConstructorParameters<typeof TokenError>[0]): BaserowAuthError {
  return new BaserowAuthError(message, statusCode, rest)
}
