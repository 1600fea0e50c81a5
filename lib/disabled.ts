import type { TokenManager, TokenStatus } from './api'
import type { TokenError } from './errors'
import { named } from './named'

/** A manager without credentials. It has nothing, so forgetting and closing succeed, and asking for a token does not. */
export class DisabledManager implements TokenManager {
  static {
    named(this, 'DisabledManager')
  }

  readonly #reason: () => TokenError

  constructor(reason: () => TokenError) {
    this.#reason = reason
  }

  async getToken(): Promise<string> {
    throw this.#reason()
  }

  async getScopedToken(): Promise<string> {
    throw this.#reason()
  }

  async authorization(): Promise<string> {
    throw this.#reason()
  }

  isEnabled(): boolean {
    return false
  }

  peek(): null {
    return null
  }

  async invalidate(): Promise<void> {}

  async logout(): Promise<void> {}

  async replaceProvider(): Promise<void> {
    throw this.#reason()
  }

  async exportTokens(): Promise<string> {
    throw this.#reason()
  }

  async close(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {}

  isDeadToken(): boolean {
    return false
  }

  on(): this {
    return this
  }

  off(): this {
    return this
  }

  status(): TokenStatus {
    return {
      state: 'disabled',
      account: null,
      source: null,
      expiresAt: null,
      refreshAt: null,
      savedAt: null,
      renewing: false,
      clockSkewMs: null,
      scopes: [],
      location: null,
      recent: [],
      lastError: null,
      counters: { logins: 0, refreshes: 0, failures: 0, storeHits: 0, invalidations: 0 },
    }
  }
}
