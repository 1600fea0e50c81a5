import { above, atLeast, finite, refuseUnknown } from './checks'
import type { BaserowDialect, BaserowServerSettings } from './options'

/** What a server runs on: its options with every default filled in. */
export interface Settings {
  dialect: BaserowDialect
  accessLifetimeMs: number
  refreshLifetimeMs: number
  numericDates: 'whole' | 'fractional'
  latencyMs: number
  clockOffsetMs: number
  omitExp: boolean
  opaque: boolean
  passwordLogin: boolean
  throttle: { concurrent: number; retryAfterSeconds: number | null; blacklistMs: number } | null
  twoFactorAttemptsPerMinute: number
  allowedHosts: ReadonlySet<string> | null
  cors: boolean
}

const CHANGEABLE: Record<keyof BaserowServerSettings, true> = {
  dialect: true,
  accessLifetimeMs: true,
  refreshLifetimeMs: true,
  numericDates: true,
  latencyMs: true,
  clockOffsetMs: true,
  omitExp: true,
  opaque: true,
  passwordLogin: true,
  throttle: true,
  twoFactorAttemptsPerMinute: true,
  allowedHosts: true,
  cors: true,
}
const FIXED = new Set(['users', 'tls', 'host', 'port', 'signingKey'])
const DAY = 86_400_000

/** Checks the options' names, so that a typing error does not pass for a default. */
export function refuseUnknownOptions(options: object, where: 'startBaserow' | 'configure'): void {
  refuseUnknown(options, where, { changeable: CHANGEABLE, fixed: FIXED, running: where === 'configure' })
}

/** Fills in the defaults; those of the lifetimes depend on the dialect (contract §5 and §8). */
export function resolveSettings(options: BaserowServerSettings): Settings {
  const dialect = options.dialect ?? 'modern'
  if (dialect !== 'modern' && dialect !== '1.6' && dialect !== '1.5') {
    throw new TypeError(`dialect must be 'modern', '1.6' or '1.5', not ${JSON.stringify(dialect)}`)
  }
  const accessLifetimeMs = above(0, 'accessLifetimeMs', options.accessLifetimeMs ?? (dialect === 'modern' ? 600_000 : 3_600_000))
  const refreshLifetimeMs = above(0, 'refreshLifetimeMs', options.refreshLifetimeMs ?? 7 * DAY)
  const wholeSeconds = accessLifetimeMs % 1000 === 0 && refreshLifetimeMs % 1000 === 0
  const throttle = options.throttle || null
  return {
    dialect,
    accessLifetimeMs,
    refreshLifetimeMs,
    numericDates: options.numericDates ?? (wholeSeconds ? 'whole' : 'fractional'),
    latencyMs: atLeast(0, 'latencyMs', options.latencyMs ?? 0),
    clockOffsetMs: finite('clockOffsetMs', options.clockOffsetMs ?? 0),
    omitExp: options.omitExp ?? false,
    opaque: options.opaque ?? false,
    passwordLogin: options.passwordLogin ?? true,
    throttle: throttle && {
      concurrent: atLeast(1, 'throttle.concurrent', throttle.concurrent),
      retryAfterSeconds: throttle.retryAfterSeconds === undefined ? 29 : throttle.retryAfterSeconds,
      blacklistMs: atLeast(0, 'throttle.blacklistMs', throttle.blacklistMs ?? 0),
    },
    twoFactorAttemptsPerMinute: options.twoFactorAttemptsPerMinute ?? 10,
    allowedHosts: options.allowedHosts ? new Set(options.allowedHosts.map((name) => name.toLowerCase())) : null,
    cors: options.cors ?? true,
  }
}
