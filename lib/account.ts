import type { TuningOptions } from './api'
import { TokenError, type TokenErrorCode, type TokenErrorOptions } from './errors'
import type { Listeners } from './events'
import { isPlainAndFar } from './http'
import { type Log, logTo, silent } from './logger'
import { networkOf } from './fetching'
import { environment } from './mail'
import { NativeManager } from './native'
import type { NativePatience } from './native'
import { type Defaults, patienceOf, toNativeOptions } from './options'
import type { Described } from './providers'
import type { Answers } from './questions'
import { idle } from './stores'
import { type Unasked, unaskedOf } from './unasked'

/** One account, as its manager is made of it. */
export interface Account {
  native: NativeManager
  /** Who it is at the moment: its provider may be replaced. */
  who: Described
  log: Log
  /** What is renewed without anybody's asking. A pool does that itself. */
  unasked?: Unasked | undefined
  /** Does its session outlive the process? */
  isStored: boolean
  /** Resolves once its store has nothing of ours under way that nobody waits for. */
  idle: () => Promise<void>
  /** Reads the variable with tokens of last resort: it may be set at any time. */
  fallback: () => string | undefined
  /** The callbacks that come with the options and not with the provider. */
  answers?: Answers | undefined
  /** Who else hears of its events. */
  heard?: Listeners | undefined
  /** By which name they know it. */
  heardAs?: string | undefined
  /** How patient a manager is with this provider. */
  patienceWith: (who: Described) => NativePatience
  /** Hears that nothing is under way any more. */
  rested?: (() => void) | undefined
  /** Takes back the native half that nobody needs any more. */
  returned?: ((native: NativeManager) => void) | undefined
  /** Hears that somebody else has taken the place of its provider. */
  replaced?: ((who: Described) => void) | undefined
  /** Makes the kind of error that callers of this manager expect. */
  fail(options: TokenErrorOptions): TokenError
}

/** The kind that callers of the general API expect. */
export function failWith(options: TokenErrorOptions): TokenError {
  return new TokenError(options)
}

/** Makes the native half of a manager. It sends nothing by itself. */
export function openAccount(
  options: TuningOptions & { refreshMarginSeconds?: number | 'auto' | undefined },
  who: Described,
  defaults: Defaults,
  { service, fail, env = process.env }: { service: string; fail: Account['fail']; env?: Record<string, string | undefined> },
): Account {
  const unasked = unaskedOf(options, env)
  const nativeOptions = toNativeOptions(options, who, defaults, unasked)
  const log = options.logger ? logTo(options.logger, { service }) : silent
  warnOfPlainHttp(who, log)
  const { fallbackEnv } = nativeOptions
  return {
    native: new NativeManager(environment, nativeOptions, who.native),
    who,
    unasked,
    log,
    isStored: nativeOptions.store !== undefined,
    answers: networkOf(options.fetch),
    idle: () => idle(options.store),
    patienceWith: (other) => patienceOf(options, other, defaults),
    fallback: () => (fallbackEnv === undefined ? undefined : env[fallbackEnv]),
    fail,
  }
}

export function warnOfPlainHttp({ urls }: Described, log: Log): void {
  const far = urls.find(isPlainAndFar)
  if (far !== undefined) log('warn', { baseUrl: far }, 'the password and the tokens go over plain http: use https')
}

/** What `check` answers; what it throws is made the kind of error that callers of this account's manager expect. */
export function checked<T>(account: Account, check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw error instanceof TokenError ? account.fail(error) : error
  }
}

/** What calls on a closed manager end with. */
export function closed(account: Account): TokenError {
  const message = `CLOSED: the token manager of ${account.who.account} was closed`
  return account.fail({ code: 'CLOSED' satisfies TokenErrorCode, message })
}
