import { types } from 'node:util'
import { type Account, failWith, warnOfPlainHttp } from './account'
import type { TokenPoolOptions } from './api'
import { invalid } from './checks'
import type { Listeners } from './events'
import { networkOf } from './fetching'
import type { Log } from './logger'
import type { NativeManager, NativePatience, NativePool } from './native'
import { GENERAL, patienceOf } from './options'
import { type Described, describe } from './providers'
import { idle } from './stores'

/** Below it notes are numbers of styles, and above it each is one account's. */
const FIRST_OF_CALLBACKS = 2 ** 16

/** So many native managers may wait for another account: about as many as are at work at once. */
const MOST_SPARE = 256

/** What many accounts have in common that their native side does not know. */
interface Style extends Pick<Described, 'scheme' | 'rotates' | 'isDeadToken' | 'patience'> {
  native: NativePatience
}

/** What of the pool's options an account is made of. */
interface Options extends Pick<TokenPoolOptions, 'provider' | 'fetch' | 'store'> {
  /** How patient it is where its provider does not say. */
  tuning: Pick<TokenPoolOptions, 'timeoutMs' | 'deadlineMs' | 'retry'>
}

/**
 * Who the accounts of a pool are. The native side keeps most of it, and of most accounts there is nothing here: only those whose
 * logins need callbacks, which cannot leave their thread.
 */
export class Roster {
  readonly #native: NativePool
  readonly #options: Options
  readonly #log: Log
  readonly #heard: Listeners
  readonly #replaced: (id: string) => void
  readonly #styles: Style[] = []
  /** Those whose logins need callbacks, by their notes. */
  readonly #callbacks = new Map<number, { who: Described; style: Style }>()
  /** Native managers that were let go of, for whoever comes next. */
  readonly #spare: NativeManager[] = []
  #lastNote = FIRST_OF_CALLBACKS

  /** `replaced` hears of an account whose user gave it other credentials. */
  constructor(
    native: NativePool,
    options: TokenPoolOptions,
    log: Log,
    heard: Listeners,
    replaced: (id: string) => void,
  ) {
    const { fetch, store, timeoutMs, deadlineMs, retry } = options
    this.#native = native
    // The function as it is now, whatever becomes of the options.
    const provider = options.provider.bind(options)
    this.#options = { provider, fetch, store, tuning: { timeoutMs, deadlineMs, retry: { ...retry } } }
    this.#log = log
    this.#heard = heard
    this.#replaced = replaced
  }

  /** What the manager of an account is made of. The user is asked who it is the first time. `isUsed`: not on behalf of a timer. */
  open(id: string, isUsed = true): Account {
    const note = this.#native.note(id) ?? this.enrol(id, this.#ask(id))
    const callbacks = this.#callbacks.get(note)
    const style = callbacks?.style ?? this.#styles[note]!
    const native = this.#managerOf(id, callbacks?.who.answers?.totp !== undefined, style.native, isUsed)
    const { fetch, store } = this.#options
    return {
      native,
      who: callbacks?.who ?? { ...style, account: native.account(), urls: [], native: {} },
      log: this.#log,
      isStored: store != null && store.kind !== 'memory',
      idle: () => idle(store),
      returned: (spare) => {
        if (this.#spare.length < MOST_SPARE) this.#spare.push(spare)
      },
      answers: networkOf(fetch),
      fallback: () => undefined,
      fail: failWith,
      heard: this.#heard,
      heardAs: id,
      patienceWith: (other) => patienceOf(this.#options.tuning, other, GENERAL),
      replaced: (who) => {
        this.enrol(id, who)
        this.#replaced(id)
      },
    }
  }

  /** Makes an account known. Answers its note. */
  enrol(id: string, who: Described): number {
    warnOfPlainHttp(who, this.#log)
    const before = this.#native.note(id)
    const style = this.#styleOf(who)
    const note = who.answers === undefined ? style : this.#noteOfItsOwn()
    this.#native.enrol(id, { provider: who.native, note })
    if (before != null) this.#callbacks.delete(before)
    this.#forgetEvicted()
    if (who.answers !== undefined) this.#callbacks.set(note, { who, style: this.#styles[style]! })
    return note
  }

  /** Has those leave who were only held a moment ago, and for whom there is no room. Answers whether there is room for the others. */
  shrink(): boolean {
    const isRoomForAll = this.#native.shrink()
    this.#forgetEvicted()
    return isRoomForAll
  }

  /** Of whoever has left, nothing may go on lying here. */
  #forgetEvicted(): void {
    for (const gone of this.#native.evicted()) this.#callbacks.delete(gone)
  }

  /** Asks the user who it is. */
  #ask(id: string): Described {
    const answer: unknown = this.#options.provider(id)
    if (types.isPromise(answer)) {
      // Nobody else will look at what becomes of it.
      answer.catch(() => {})
      throw invalid('provider(id)', 'must return a provider, not a promise of one')
    }
    return describe(answer, 'provider(id)')
  }

  #managerOf(...[id, ...how]: Parameters<NativePool['manager']>): NativeManager {
    const spare = this.#spare.pop()
    if (spare === undefined) return this.#native.manager(id, ...how)!
    this.#native.seat(spare, id, ...how)
    return spare
  }

  #noteOfItsOwn(): number {
    do {
      this.#lastNote = this.#lastNote < 2 ** 32 - 1 ? this.#lastNote + 1 : FIRST_OF_CALLBACKS
    } while (this.#callbacks.has(this.#lastNote))
    return this.#lastNote
  }

  /** The number of what it has in common with others. */
  #styleOf({ scheme, rotates, isDeadToken, patience }: Described): number {
    const known = this.#styles.findIndex(
      (style) =>
        style.scheme === scheme &&
        style.rotates === rotates &&
        style.isDeadToken === isDeadToken &&
        style.patience === patience,
    )
    if (known >= 0) return known
    const native = patienceOf(this.#options.tuning, { patience }, GENERAL)
    return this.#styles.push({ scheme, rotates, isDeadToken, patience, native }) - 1
  }
}
