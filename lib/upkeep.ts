import { type Account, checked, closed, warnOfPlainHttp } from './account'
import type { Provider } from './api'
import type { TokenError } from './errors'
import type { Voice } from './events'
import type { Demand, Settled } from './native'
import type { Operations } from './operations'
import { describe } from './providers'

/**
 * What is done to an account's session on request, rarely, and not on the way to a token. Each call is told by which public
 * method it was `asked` for: an error has the frames of whoever called that.
 */
export class Upkeep {
  readonly #account: Account
  readonly #operations: Operations
  readonly #voice: Voice
  readonly #isClosed: () => boolean
  /** The last replacement that was asked for, until it is done. */
  #replacing: Promise<void> | null = null

  constructor(account: Account, operations: Operations, voice: Voice, isClosed: () => boolean) {
    this.#account = account
    this.#operations = operations
    this.#voice = voice
    this.#isClosed = isClosed
  }

  /** Without `token`, what `held` answers is meant, and only where that is nothing whichever is stored. */
  async invalidate(asked: Function, token: string | undefined, held: () => string | null): Promise<void> {
    if (this.#isClosed()) throw closed(this.#account)
    const { native, isStored } = this.#account
    const meant = token ?? held() ?? undefined
    let forgotten = native.invalidate(token)
    if (isStored) {
      const stored = await this.#operations.run(asked, (operation) => native.invalidateStored(operation, meant))
      forgotten ||= stored.renewed
    }
    if (forgotten) this.#voice.tellInvalidation()
  }

  async logout(asked: Function): Promise<void> {
    await this.#run(asked, (operation) => this.#account.native.logout(operation))
  }

  async replaceProvider(asked: Function, provider: Provider): Promise<void> {
    const account = this.#account
    if (this.#isClosed()) throw closed(account)
    const who = checked(account, () => describe(provider))
    // The letters after the one that says it is done may be questions for the new one.
    const replaced = (_: Settled, error: TokenError | undefined) => {
      if (error !== undefined) return
      account.who = who
      account.replaced?.(who)
    }
    const begin = (operation: number) => account.native.replaceProvider(operation, who.native, account.patienceWith(who))
    const replace = () => this.#operations.expecting(who, this.#run(asked, begin, 'other', replaced))
    // In the order of the calls: on the native side two that wait for the same flight may go on in either.
    const replacing = this.#replacing === null ? replace() : this.#replacing.then(replace, replace)
    this.#replacing = replacing
    try {
      await replacing
    } finally {
      if (this.#replacing === replacing) this.#replacing = null
    }
    warnOfPlainHttp(who, account.log)
  }

  async exportTokens(asked: Function): Promise<string> {
    const { token } = await this.#run(asked, (operation) => this.#account.native.exportTokens(operation))
    return token!
  }

  async restore(asked: Function): Promise<void> {
    await this.#run(asked, (operation) => this.#account.native.restore(operation))
  }

  async login(asked: Function): Promise<string> {
    const { native, fallback } = this.#account
    const begin = (operation: number) => {
      return this.#voice.departs(operation, native.renew(operation, 'loggedIn' satisfies Demand as never, fallback()))
    }
    const { token } = await this.#run(asked, begin, 'renewal', (settled, error) => this.#voice.tell(settled, error))
    return token!
  }

  async importTokens(asked: Function, text: string): Promise<void> {
    await this.#run(asked, (operation) => this.#account.native.importTokens(operation, text))
  }

  /** An operation of a manager that has not been closed. */
  #run(...how: Parameters<Operations['run']>): Promise<Settled> {
    if (this.#isClosed()) return Promise.reject(closed(this.#account))
    return this.#operations.run(...how)
  }
}
