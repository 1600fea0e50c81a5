import { type Account, failWith, warnOfPlainHttp } from './account'
import type { TokenPoolOptions } from './api'
import type { Listeners } from './events'
import { fetching } from './fetching'
import type { Log } from './logger'
import type { NativePatience, NativePool } from './native'
import { GENERAL, toNativeOptions } from './options'
import { type Described, describe } from './providers'
import { idle } from './stores'

/** What many accounts have in common that their native side does not know. */
interface Style extends Pick<Described, 'scheme' | 'rotates' | 'isDeadToken' | 'patience'> {
  native: NativePatience
}

/**
 * Who the accounts of a pool are. The native side keeps most of it, and of most accounts there is nothing here: only those whose
 * logins need callbacks, which cannot leave their thread.
 */
export class Roster {
  readonly #native: NativePool
  readonly #options: TokenPoolOptions
  readonly #log: Log
  readonly #heard: Listeners
  readonly #replaced: (id: string) => void
  readonly #styles: Style[] = []
  readonly #callbacks = new Map<string, Described>()

  /** `replaced` hears of an account whose user gave it other credentials. */
  constructor(
    native: NativePool,
    options: TokenPoolOptions,
    log: Log,
    heard: Listeners,
    replaced: (id: string) => void,
  ) {
    this.#native = native
    this.#options = options
    this.#log = log
    this.#heard = heard
    this.#replaced = replaced
  }

  /** What the manager of an account is made of. The user is asked who it is the first time. */
  open(id: string): Account {
    const style = this.#styles[this.#native.note(id) ?? this.enrol(id, describe(this.#options.provider(id), 'provider(id)'))]!
    const callbacks = this.#callbacks.get(id)
    const native = this.#native.manager(id, callbacks?.answers?.totp !== undefined, style.native)!
    const { fetch, fallbackEnv, store } = this.#options
    return {
      native,
      who: callbacks ?? { ...style, account: native.account(), urls: [], native: {} },
      log: this.#log,
      isStored: store !== undefined && store.kind !== 'memory',
      idle: () => idle(store),
      answers: fetch == null ? undefined : { fetch: fetching(fetch) },
      fallback: () => (fallbackEnv == null ? undefined : process.env[fallbackEnv]),
      fail: failWith,
      heard: this.#heard,
      replaced: (who) => {
        this.enrol(id, who)
        this.#replaced(id)
      },
    }
  }

  /** Makes an account known. Answers the number of its style. */
  enrol(id: string, who: Described): number {
    // Before it comes: of what has left before, nothing may go on lying here.
    for (const gone of this.#native.evicted()) this.#callbacks.delete(gone)
    warnOfPlainHttp(who, this.#log)
    const note = this.#styleOf(who)
    this.#native.enrol(id, { provider: who.native, note })
    if (who.answers === undefined) this.#callbacks.delete(id)
    else this.#callbacks.set(id, who)
    return note
  }

  #styleOf({ scheme, rotates, isDeadToken, patience }: Described): number {
    const known = this.#styles.findIndex(
      (style) =>
        style.scheme === scheme &&
        style.rotates === rotates &&
        style.isDeadToken === isDeadToken &&
        style.patience === patience,
    )
    if (known >= 0) return known
    const { timeoutMs, deadlineMs, attempts } = toNativeOptions(this.#options, { patience }, GENERAL)
    return this.#styles.push({ scheme, rotates, isDeadToken, patience, native: { timeoutMs, deadlineMs, attempts } }) - 1
  }
}
