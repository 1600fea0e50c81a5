import type { BaserowJwtManager, BaserowJwtManagerOptions, TokenManager } from './api'
import { DisabledManager } from './disabled'
import { BaserowAuthError } from './errors'
import { logTo, silent } from './logger'
import { environment } from './mail'
import type { Account } from './manager'
import { AccountManager } from './manager'
import { NativeManager } from './native'
import { isPlainAndFar, toNativeOptions } from './options'

const NOT_CONFIGURED =
  'BASEROW_USER_AUTH_NOT_CONFIGURED: set BASEROW_USER_EMAIL and BASEROW_USER_PASSWORD to enable metadata endpoints'

// Declared by their public face alone: what a class keeps to itself is not part of its users' types.
const Manager = AccountManager as unknown as new (account: unknown) => TokenManager
const Stub = DisabledManager as unknown as new (reason: unknown) => TokenManager

/** Keeps the JWT of one Baserow user fresh: what {@link createBaserowJwtManager} returns when there are credentials. */
export class BaserowJwtManagerImpl extends Manager implements BaserowJwtManager {
  constructor(options: BaserowJwtManagerOptions) {
    super(accountOf(options))
  }
}

/** Stands in when there are no credentials: every call for a token rejects with NOT_CONFIGURED. */
export class BaserowJwtManagerDisabled extends Stub implements BaserowJwtManager {
  constructor() {
    super(() => new BaserowAuthError(NOT_CONFIGURED, 503, { code: 'NOT_CONFIGURED' }))
  }
}

/**
 * Makes a manager for the JWT of one Baserow user, or the disabled stub when the email or the password is missing or empty.
 * No request is sent before the first `getToken()`.
 */
export function createBaserowJwtManager(options: BaserowJwtManagerOptions): BaserowJwtManager & TokenManager {
  return options.email && options.password ? new BaserowJwtManagerImpl(options) : new BaserowJwtManagerDisabled()
}

function accountOf(options: BaserowJwtManagerOptions): Account {
  const nativeOptions = toNativeOptions(options)
  const log = options.logger ? logTo(options.logger, { service: 'baserow-jwt-manager' }) : silent
  if (isPlainAndFar(nativeOptions.baseUrl)) {
    log('warn', { baseUrl: nativeOptions.baseUrl }, 'the password and the tokens go over plain http: use https')
  }
  return {
    native: new NativeManager(environment, nativeOptions),
    name: nativeOptions.email,
    scheme: 'JWT',
    log,
    totp: options.totp,
    fail: ({ message, statusCode = 503, ...rest }) => new BaserowAuthError(message, statusCode, rest),
  }
}

