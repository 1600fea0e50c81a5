import { above, atLeast, finite, refuseUnknown } from '../checks'
import type { TokenEndpoint } from './handle'
import { DEFAULT_KEY, type TokenServerSettings, type TokenServerUser } from './options'

/** What a token server runs on: its options with every default filled in. */
export interface Settings {
  keys: readonly string[]
  users: readonly TokenServerUser[]
  accessLifetimeMs: number
  refreshLifetimeMs: number
  opaque: boolean
  refreshTokens: boolean
  rotation: boolean
  omitExpiresIn: boolean
  delayMs: Record<TokenEndpoint, number>
  clockOffsetMs: number
  cors: boolean
  rateLimit: { logins: number; windowMs: number; retryAfter: 'seconds' | 'date' | null } | null
}

const CHANGEABLE: Record<keyof TokenServerSettings, true> = {
  keys: true,
  users: true,
  accessLifetimeMs: true,
  refreshLifetimeMs: true,
  opaque: true,
  refreshTokens: true,
  rotation: true,
  omitExpiresIn: true,
  loginDelayMs: true,
  refreshDelayMs: true,
  latencyMs: true,
  clockOffsetMs: true,
  cors: true,
  rateLimit: true,
}
const FIXED = new Set(['tls', 'host', 'port'])

/** Checks the options' names, so that a typing error does not pass for a default. */
export function refuseUnknownOptions(options: object, where: 'startTokenServer' | 'configure'): void {
  refuseUnknown(options, where, { changeable: CHANGEABLE, fixed: FIXED, running: where === 'configure' })
}

/** Fills in the defaults. */
export function resolveSettings(options: TokenServerSettings): Settings {
  const latencyMs = atLeast(0, 'latencyMs', options.latencyMs ?? 0)
  const refreshDelayMs = atLeast(0, 'refreshDelayMs', options.refreshDelayMs ?? 0)
  const rateLimit = options.rateLimit || null
  const retryAfter = rateLimit?.retryAfter === undefined ? 'seconds' : rateLimit.retryAfter
  if (retryAfter !== null && retryAfter !== 'seconds' && retryAfter !== 'date') {
    throw new TypeError(`rateLimit.retryAfter must be 'seconds', 'date' or null, not ${JSON.stringify(retryAfter)}`)
  }
  return {
    keys: options.keys ?? (options.users === undefined ? [DEFAULT_KEY] : []),
    users: options.users ?? [],
    accessLifetimeMs: above(0, 'accessLifetimeMs', options.accessLifetimeMs ?? 900_000),
    refreshLifetimeMs: above(0, 'refreshLifetimeMs', options.refreshLifetimeMs ?? 30 * 86_400_000),
    opaque: options.opaque ?? false,
    refreshTokens: options.refreshTokens ?? true,
    rotation: options.rotation ?? true,
    omitExpiresIn: options.omitExpiresIn ?? false,
    delayMs: {
      login: latencyMs + atLeast(0, 'loginDelayMs', options.loginDelayMs ?? 0),
      refresh: latencyMs + refreshDelayMs,
      token: latencyMs + refreshDelayMs,
      revoke: latencyMs,
      api: latencyMs,
    },
    clockOffsetMs: finite('clockOffsetMs', options.clockOffsetMs ?? 0),
    cors: options.cors ?? true,
    rateLimit: rateLimit && {
      logins: atLeast(0, 'rateLimit.logins', rateLimit.logins),
      windowMs: above(0, 'rateLimit.windowMs', rateLimit.windowMs ?? 3_600_000),
      retryAfter,
    },
  }
}
