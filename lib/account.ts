import type { TuningOptions } from './api'
import type { TokenError, TokenErrorOptions } from './errors'
import { isPlainAndFar } from './http'
import { type Log, logTo, silent } from './logger'
import { environment } from './mail'
import { NativeManager } from './native'
import { type Defaults, toNativeOptions } from './options'
import type { Described } from './providers'

/** One account, as its manager is made of it. */
export interface Account {
  native: NativeManager
  /** Who it is at the moment: its provider may be replaced. */
  who: Described
  log: Log
  /** Does its session outlive the process? */
  isStored: boolean
  /** The name of the variable with tokens of last resort. */
  fallbackEnv: string | undefined
  /** Makes the kind of error that callers of this manager expect. */
  fail(options: TokenErrorOptions): TokenError
}

/** Makes the native half of a manager. Nothing is sent before the first call for a token. */
export function openAccount(
  options: TuningOptions & { refreshMarginSeconds?: number | undefined },
  who: Described,
  defaults: Defaults,
  { service, fail }: { service: string; fail: Account['fail'] },
): Account {
  const nativeOptions = toNativeOptions(options, who, defaults)
  const log = options.logger ? logTo(options.logger, { service }) : silent
  warnOfPlainHttp(who, log)
  return {
    native: new NativeManager(environment, nativeOptions),
    who,
    log,
    isStored: nativeOptions.store !== undefined,
    fallbackEnv: nativeOptions.fallbackEnv,
    fail,
  }
}

export function warnOfPlainHttp({ urls }: Described, log: Log): void {
  const far = urls.find(isPlainAndFar)
  if (far !== undefined) log('warn', { baseUrl: far }, 'the password and the tokens go over plain http: use https')
}
