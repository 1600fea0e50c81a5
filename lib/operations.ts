import { AsyncResource } from 'node:async_hooks'
import { Origin, toErrorOptions } from './flight'
import type { Level } from './logger'
import type { Desk } from './mail'
import { open, shut } from './mail'
import type { Account } from './account'
import type { TokenError } from './errors'
import type { NativeLine, Settled } from './native'
import { Waiting } from './waiting'

/**
 * What a manager has under way on the native side. While there is anything, letters about this manager find their way here;
 * with the last of them the manager is free to be collected.
 */
export class Operations implements Desk {
  readonly #account: Account
  /** By which number letters name this manager. */
  readonly #manager: number
  readonly #open = new Map<number, (settled: Settled) => void>()
  #last = 0
  #callbackError: unknown
  /** The caller who started the last operation: without it, mail is read in the AsyncLocalStorage of whoever loaded us. */
  #caller: AsyncResource | undefined

  constructor(account: Account, manager: number) {
    this.#account = account
    this.#manager = manager
  }

  /** Starts an operation; `settle` hears of its end. */
  start(begin: (operation: number) => void, settle: (settled: Settled) => void): void {
    const operation = ++this.#last
    if (this.#open.size === 0) open(this.#manager, this)
    const caller = new AsyncResource('tokenkeep', { requireManualDestroy: true })
    this.#caller = caller
    this.#open.set(operation, (settled) => caller.runInAsyncScope(settle, undefined, settled))
    begin(operation)
  }

  /** Runs an operation that somebody waits for; `tell` hears of its end, whatever it was. */
  run(
    asked: Function,
    begin: (operation: number) => void,
    tell?: (settled: Settled, error: TokenError | undefined) => void,
  ): Promise<Settled> {
    const origin = new Origin(asked)
    const waiting = new Waiting()
    waiting.enter()
    return new Promise((resolve, reject) => {
      this.start(begin, (settled) => {
        waiting.end()
        const { failure } = settled
        const error =
          failure && origin.mark(this.#account.fail(toErrorOptions(failure, this.takeCallbackError())))
        tell?.(settled, error)
        if (error === undefined) resolve(settled)
        else reject(error)
      })
    })
  }

  /** What the totp callback threw during the flight that has just ended, if it did. */
  takeCallbackError(): unknown {
    const error = this.#callbackError
    this.#callbackError = undefined
    return error
  }

  line({ level, fields, message }: NativeLine): void {
    this.#caller!.runInAsyncScope(this.#account.log, undefined, level as Level, JSON.parse(fields) as object, message)
  }

  settled(settled: Settled): void {
    const { operation, droppedLines } = settled
    const settle = this.#open.get(operation)
    this.#open.delete(operation)
    if (this.#open.size === 0) shut(this.#manager)
    if (droppedLines > 0) {
      this.#account.log('warn', { droppedLines }, 'log lines were dropped: the event loop could not keep up')
    }
    settle?.(settled)
  }

  asked(question: number): void {
    const { native, who } = this.#account
    const answer = (code: unknown) => {
      const usable = typeof code === 'string' && code.trim() !== ''
      native.answer(question, usable ? code.trim() : null, 'the totp callback gave no code')
    }
    this.#caller!.runInAsyncScope(() => new Promise((resolve) => resolve(who.totp?.()))).then(answer, (error: unknown) => {
      // Too late, it is the cause of nothing that is still to come.
      if (native.answer(question, null, 'the totp callback failed')) this.#callbackError = error
    })
  }
}
