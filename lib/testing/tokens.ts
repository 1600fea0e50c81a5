import { randomBytes, randomUUID } from 'node:crypto'
import type { Account } from './accounts'
import { openJwt, signJwt, type Claims } from './jwt'
import type { Settings } from './settings'

/** How long the ticket of a half-done two-factor login lives (contract §5). */
const TICKET_LIFETIME_MS = 120_000

type Kind = 'access' | 'refresh' | '2fa'

/** Why a token was not accepted. Only the old dialects tell the two apart (contract §8). */
export type Refused = 'expired' | 'invalid'

/** Issues the tokens of one server and judges those that come back. */
export class Tokens {
  #key: string
  #serial = 0
  readonly #settings: () => Settings
  readonly #blacklist = new Set<unknown>()
  readonly #opaque = new Map<string, Claims>()
  #opaqueLimit = 10_000

  constructor(settings: () => Settings, key: string | undefined) {
    this.#settings = settings
    this.#key = key ?? newKey()
  }

  get key(): string {
    return this.#key
  }

  /** The server's clock, in milliseconds. */
  now(): number {
    return Math.round(Date.now() + this.#settings().clockOffsetMs)
  }

  /** A new key: every token so far counts as signed with another one (contract §5). */
  revokeAll(): void {
    this.#key = newKey()
    this.#opaque.clear()
  }

  /** Every token issued to the account so far dies; `spareSameSecond`: those of this very second live on (contract §4). */
  outdate(account: Account, spareSameSecond: boolean): void {
    account.passwordChangedAt = this.now()
    account.lastOldSerial = spareSameSecond ? 0 : this.#serial
  }

  access(account: Account): string {
    const { accessLifetimeMs, omitExp, opaque } = this.#settings()
    const claims = this.#claims('access', accessLifetimeMs, account)
    if (omitExp) delete claims['exp']
    return opaque ? this.#hide(claims) : signJwt(claims, this.#key)
  }

  refresh(account: Account): string {
    const claims = this.#claims('refresh', this.#settings().refreshLifetimeMs, account)
    claims['verified_email_claim'] = 'enforced'
    return signJwt(claims, this.#key)
  }

  ticket(account: Account): string {
    return signJwt(this.#claims('2fa', TICKET_LIFETIME_MS, account), this.#key)
  }

  /** The one token of 1.12 and before; `firstLogin` is its `orig_iat`, handed on from refresh to refresh (contract §8). */
  legacy(account: Account, firstLogin?: unknown): string {
    const { accessLifetimeMs, dialect, omitExp, opaque } = this.#settings()
    const now = this.now()
    const claims: Claims =
      dialect === '1.6'
        ? { username: account.email, iat: this.#date(now), exp: this.#date(now + accessLifetimeMs), jti: this.#jti(), user_id: account.id }
        : // 1.5 and before wrote neither `iat` nor `jti`; the `jti` is ours, so that no two tokens are alike
          { user_id: account.id, username: account.email, exp: this.#date(now + accessLifetimeMs), email: account.email, jti: this.#jti() }
    claims['orig_iat'] = firstLogin ?? this.#date(now)
    if (omitExp) {
      delete claims['exp']
      claims['iat'] ??= this.#date(now)
    }
    return opaque ? this.#hide(claims) : signJwt(claims, this.#key)
  }

  /** The claims of a live token of this kind, or why there are none. */
  read(kind: Kind | 'legacy', token: string): Claims | Refused {
    const claims = (kind === 'access' || kind === 'legacy' ? this.#opaque.get(token) : undefined) ?? openJwt(token, this.#key)
    if (claims === null) return 'invalid'
    if (kind !== 'legacy' && (claims['token_type'] !== kind || typeof claims['jti'] !== 'string')) return 'invalid'
    const now = this.now()
    const issued = milliseconds(claims['iat'])
    // No leeway, neither here nor there (contract §0.9)
    if (issued !== undefined && issued > now) return 'invalid'
    const expiry = milliseconds(claims['exp']) ?? this.#unwrittenExpiry(issued)
    if (expiry === undefined) return 'invalid'
    return expiry <= now ? 'expired' : claims
  }

  /** Whether a password change has killed the token; whole seconds are compared, as in the real one (contract §4). */
  isOutdated(account: Account, claims: Claims): boolean {
    if (account.passwordChangedAt === 0) return false
    const issued = milliseconds(claims['iat'])
    if (issued === undefined) return true
    if (Math.floor(issued / 1000) < Math.floor(account.passwordChangedAt / 1000)) return true
    return serialOf(claims['jti']) <= account.lastOldSerial
  }

  isBlacklisted(claims: Claims): boolean {
    return this.#blacklist.has(claims['jti'])
  }

  blacklist(claims: Claims): void {
    this.#blacklist.add(claims['jti'])
  }

  #claims(kind: Kind, lifetimeMs: number, account: Account): Claims {
    const now = this.now()
    // The order is the real one's (contract §5)
    return { token_type: kind, exp: this.#date(now + lifetimeMs), iat: this.#date(now), jti: this.#jti(), user_id: account.id }
  }

  #date(ms: number): number {
    return this.#settings().numericDates === 'whole' ? Math.floor(ms / 1000) : Math.round(ms) / 1000
  }

  // A serial number leads the otherwise random id: a password change must tell tokens of one second apart.
  #jti(): string {
    this.#serial += 1
    return this.#serial.toString(16).padStart(8, '0') + randomUUID().replaceAll('-', '').slice(8)
  }

  #hide(claims: Claims): string {
    const now = this.now()
    if (this.#opaque.size >= this.#opaqueLimit) {
      for (const [token, old] of this.#opaque) {
        if ((milliseconds(old['exp']) ?? Infinity) <= now) this.#opaque.delete(token)
      }
      this.#opaqueLimit = Math.max(10_000, 2 * this.#opaque.size)
    }
    const token = randomBytes(32).toString('base64url')
    this.#opaque.set(token, claims)
    return token
  }

  // `omitExp` hides the end of a token's life from the client, it does not give it eternal life.
  #unwrittenExpiry(issued: number | undefined): number | undefined {
    const { accessLifetimeMs, omitExp } = this.#settings()
    return omitExp && issued !== undefined ? issued + accessLifetimeMs : undefined
  }
}

function newKey(): string {
  return randomBytes(32).toString('base64url')
}

function milliseconds(date: unknown): number | undefined {
  return typeof date === 'number' ? Math.round(date * 1000) : undefined
}

function serialOf(jti: unknown): number {
  return typeof jti === 'string' && /^[0-9a-f]{32}$/.test(jti) ? parseInt(jti.slice(0, 8), 16) : Infinity
}
