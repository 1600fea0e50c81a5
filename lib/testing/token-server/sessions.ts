import { randomBytes, randomUUID } from 'node:crypto'
import { signJwt } from '../jwt'
import type { Settings } from './settings'

/** One login, with every token that came of it. */
interface Family {
  readonly account: string
  revoked: boolean
}

interface Issued {
  readonly family: Family
  /** by the server's clock */
  readonly expiresAt: number
}

interface IssuedOnce extends Issued {
  used: boolean
}

/** What a login or a refresh brings; without a refresh token the old one, if any, goes on. */
export interface Grant {
  readonly access: string
  readonly refresh: string | undefined
}

/** Why a refresh token brings nothing. */
export type Refused = 'unknown' | 'expired' | 'revoked' | 'reused'

/** Issues the tokens of one server and judges those that come back. */
export class Sessions {
  readonly #settings: () => Settings
  readonly #now: () => number
  readonly #key = randomBytes(32).toString('base64url')
  readonly #access = new Map<string, Issued>()
  readonly #refresh = new Map<string, IssuedOnce>()
  #tidyAt = 10_000

  constructor(settings: () => Settings, now: () => number) {
    this.#settings = settings
    this.#now = now
  }

  open(account: string, refreshable = this.#settings().refreshTokens): Grant {
    return this.#grant({ account, revoked: false }, refreshable)
  }

  /** A one-time token that comes a second time was stolen, or is being used by two: its whole family dies (RFC 9700 §4.14.2). */
  refresh(token: string): Grant | Refused {
    const issued = this.#refresh.get(token)
    if (issued === undefined) return 'unknown'
    if (issued.used) {
      issued.family.revoked = true
      return 'reused'
    }
    if (issued.family.revoked) return 'revoked'
    if (issued.expiresAt <= this.#now()) return 'expired'
    issued.used = this.#settings().rotation
    return this.#grant(issued.family, issued.used)
  }

  /** A refresh token goes with its whole family, an access token alone. */
  revoke(token: string): void {
    const issued = this.#refresh.get(token)
    if (issued === undefined) this.#access.delete(token)
    else issued.family.revoked = true
  }

  /** Whose live access token that is. */
  accountOf(token: string): string | undefined {
    const issued = this.#access.get(token)
    if (issued === undefined || issued.family.revoked || issued.expiresAt <= this.#now()) return undefined
    return issued.family.account
  }

  revokeAccessTokens(): void {
    this.#access.clear()
  }

  revokeAll(): void {
    this.#access.clear()
    // They stay known: a used one that comes back is still a reuse
    for (const issued of this.#refresh.values()) issued.family.revoked = true
  }

  #grant(family: Family, refreshable: boolean): Grant {
    const { accessLifetimeMs, refreshLifetimeMs, opaque } = this.#settings()
    const now = this.#now()
    const expiresAt = now + accessLifetimeMs
    const access = opaque ? newToken() : this.#jwt(family.account, now, expiresAt)
    this.#tidy(now)
    this.#access.set(access, { family, expiresAt })
    if (!refreshable) return { access, refresh: undefined }
    const refresh = newToken()
    this.#refresh.set(refresh, { family, expiresAt: now + refreshLifetimeMs, used: false })
    return { access, refresh }
  }

  #jwt(account: string, now: number, expiresAt: number): string {
    const claims = { sub: account, iat: now / 1000, exp: expiresAt / 1000, jti: randomUUID() }
    return signJwt(claims, this.#key)
  }

  // A benchmark logs in a million times.
  #tidy(now: number): void {
    if (this.#access.size < this.#tidyAt) return
    for (const [token, { expiresAt }] of this.#access) if (expiresAt <= now) this.#access.delete(token)
    for (const [token, { expiresAt }] of this.#refresh) if (expiresAt <= now) this.#refresh.delete(token)
    this.#tidyAt = Math.max(10_000, 2 * this.#access.size)
  }
}

function newToken(): string {
  return randomBytes(32).toString('base64url')
}
