import type { AsyncResource } from 'node:async_hooks'
import { Origin, toErrorOptions } from './flight'
import type { Level } from './logger'
import type { Desk } from './mail'
import { environment, open, shut } from './mail'
import type { Account } from './account'
import type { TokenError, TokenErrorOptions } from './errors'
import { type NativeFailure, type NativeLine, type NativeQuestion, type Settled, stay } from './native'
import type { Described } from './providers'
import { type Answers, type Kind as Asked, answer } from './questions'
import { newCaller } from './trace'
import { Waiting } from './waiting'

/** Is it a renewal, with log lines and questions on its way? */
type Kind = 'renewal' | 'other'

type Begin = (operation: number) => AsyncResource | undefined | void

interface Operation {
  kind: Kind
  /** Who started it: without this, mail is read in the AsyncLocalStorage of whoever loaded us. */
  caller: AsyncResource
  settle: (settled: Settled) => void
  /** Lets go of the request in which it was started. */
  leave: () => void
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
  /** What callbacks threw during the last flight, by the numbers of the questions. */
  #thrown = new Map<number, unknown>()
  /** Those who are about to take the place of our provider. */
  readonly #coming: Described[] = []

  constructor(account: Account, manager: number) {
    this.#account = account
    this.#manager = manager
  }

  /**
   * Starts an operation; `settle` hears of its end. Of one that cannot begin nothing stays. What `begin` answers takes the place of
   * the caller, in whose AsyncLocalStorage callbacks run.
   */
  start(begin: Begin, settle: (settled: Settled) => void, kind: Kind): void {
    const operation = ++this.#last
    if (this.#open.size === 0) open(this.#manager, this)
    const started = { kind, caller: newCaller(), settle, leave: stay() }
    this.#open.set(operation, started)
    try {
      started.caller = begin(operation) ?? started.caller
    } catch (error) {
      this.#end(operation)
      throw error
    }
  }

  /** Runs an operation that somebody waits for; `tell` hears of its end, whatever it was. */
  run(
    asked: Function,
    begin: Begin,
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
          failure && origin.mark(this.#account.fail(this.optionsOf(failure)))
        try {
          tell?.(settled, error)
        } catch (thrown) {
          return reject(thrown)
        }
        if (error === undefined) resolve(settled)
        else reject(error)
      }
      try {
        this.start(begin, settle, kind)
      } catch (error) {
        waiting.end()
        reject(error)
      }
    })
  }

  /** `who` takes the place of our provider when `replaced` resolves, and may be asked before we have heard that it has. */
  async expecting(who: Described, replaced: Promise<unknown>): Promise<void> {
    this.#coming.push(who)
    try {
      await replaced
    } finally {
      // Its own place, and nobody else's.
      this.#coming.splice(this.#coming.indexOf(who), 1)
    }
  }

  /** Is nothing under way? */
  get isIdle(): boolean {
    return this.#open.size === 0
  }

  /** What an error is made of, with what a callback threw as its cause. */
  optionsOf(failure: NativeFailure): TokenErrorOptions {
    return toErrorOptions(failure, this.#thrown)
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
    const ended = this.#end(operation)
    if (droppedLines > 0) {
      this.#account.log('warn', { droppedLines }, 'log lines were dropped: the event loop could not keep up')
    }
    ended?.caller.runInAsyncScope(ended.settle, undefined, settled)
    if (ended?.kind === 'renewal') this.#forget(settled.failure)
    if (this.#open.size === 0) this.#account.rested?.()
  }

  asked(question: NativeQuestion): void {
    const kind = question.kind as Asked
    const callback = this.#answers(question.callbacks)?.[kind] ?? this.#account.answers?.[kind]
    if (callback === undefined) environment.decline(question.number)
    else answer(question, callback, this.#caller, (number, thrown) => this.#thrown.set(number, thrown))
  }

  #end(operation: number): Operation | undefined {
    const ended = this.#open.get(operation)
    this.#open.delete(operation)
    ended?.leave()
    if (this.#open.size === 0) shut(this.#manager)
    return ended
  }

  /** Those of the provider that is meant. Another's would have its tokens stored as somebody else's, so nobody answers then. */
  #answers(callbacks: number | undefined): Answers | undefined {
    const { who } = this.#account
    if (callbacks === undefined) return who.answers
    return [who, ...this.#coming].find((each) => each.callbacks === callbacks)?.answers
  }

  /** All that was thrown, but for what this failure, which may be remembered for a while, comes from. */
  #forget(failure: NativeFailure | undefined): void {
    if (this.#thrown.size === 0) return
    const kept = new Set<number | undefined>()
    for (let next = failure; next !== undefined; next = next.after?.[0]) kept.add(next.thrown)
    for (const number of this.#thrown.keys()) if (!kept.has(number)) this.#thrown.delete(number)
  }
}
