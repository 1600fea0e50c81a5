import { AsyncResource } from 'node:async_hooks'
import { Origin, toErrorOptions } from './flight'
import type { Level } from './logger'
import type { Desk } from './mail'
import { open, shut } from './mail'
import type { Account } from './account'
import type { TokenError } from './errors'
import type { NativeLine, Settled } from './native'
import { Waiting } from './waiting'

/** Is it a renewal, with log lines and questions on its way? */
type Kind = 'renewal' | 'other'

interface Operation {
  kind: Kind
  /** Who started it: without this, mail is read in the AsyncLocalStorage of whoever loaded us. */
  caller: AsyncResource
  settle: (settled: Settled) => void
}

/**
 * What a manager has under way on the native side. While there is anything, letters about this manager find their way here;
 * with the last of them the manager is free to be collected.
 */
export class Operations implements Desk {
  readonly #account: Account
  /** By which number letters name this manager. */
  readonly #manager: number
  /** In the order in which they were started. */
  readonly #open = new Map<number, Operation>()
  #last = 0
  #callbackError: unknown

  constructor(account: Account, manager: number) {
    this.#account = account
    this.#manager = manager
  }

  /** Starts an operation; `settle` hears of its end. */
  start(begin: (operation: number) => void, settle: (settled: Settled) => void, kind: Kind): void {
    const operation = ++this.#last
    if (this.#open.size === 0) open(this.#manager, this)
    const caller = new AsyncResource('tokenkeep', { requireManualDestroy: true })
    this.#open.set(operation, { kind, caller, settle })
    begin(operation)
  }

  /** Runs an operation that somebody waits for; `tell` hears of its end, whatever it was. */
  run(
    asked: Function,
    begin: (operation: number) => void,
    kind: Kind = 'other',
    tell?: (settled: Settled, error: TokenError | undefined) => void,
  ): Promise<Settled> {
    const origin = new Origin(asked)
    const waiting = new Waiting()
    waiting.enter()
    return new Promise((resolve, reject) => {
      const settle = (settled: Settled) => {
        waiting.end()
        const { failure } = settled
        const error =
          failure && origin.mark(this.#account.fail(toErrorOptions(failure, this.takeCallbackError())))
        tell?.(settled, error)
        if (error === undefined) resolve(settled)
        else reject(error)
      }
      this.start(begin, settle, kind)
    })
  }

  /** What the totp callback threw during the flight that has just ended, if it did. */
  takeCallbackError(): unknown {
    const error = this.#callbackError
    this.#callbackError = undefined
    return error
  }

  /** Whose lines and questions come in: renewals are one flight, that of the first of them. */
  get #caller(): AsyncResource {
    const all = [...this.#open.values()]
    return (all.find(({ kind }) => kind === 'renewal') ?? all[0]!).caller
  }

  line({ level, fields, message }: NativeLine): void {
    this.#caller.runInAsyncScope(this.#account.log, undefined, level as Level, JSON.parse(fields) as object, message)
  }

  settled(settled: Settled): void {
    const { operation, droppedLines } = settled
    const ended = this.#open.get(operation)
    this.#open.delete(operation)
    if (this.#open.size === 0) shut(this.#manager)
    if (droppedLines > 0) {
      this.#account.log('warn', { droppedLines }, 'log lines were dropped: the event loop could not keep up')
    }
    ended?.caller.runInAsyncScope(ended.settle, undefined, settled)
  }

  asked(question: number): void {
    const { native, who } = this.#account
    const answer = (code: unknown) => {
      const usable = typeof code === 'string' && code.trim() !== ''
      native.answer(question, usable ? code.trim() : null, 'the totp callback gave no code')
    }
    this.#caller.runInAsyncScope(() => new Promise((resolve) => resolve(who.totp?.()))).then(answer, (error: unknown) => {
      // Too late, it is the cause of nothing that is still to come.
      if (native.answer(question, null, 'the totp callback failed')) this.#callbackError = error
    })
  }
}
