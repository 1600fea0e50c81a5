import { AsyncResource } from 'node:async_hooks'
import { TokenError, type TokenErrorOptions } from './errors'
import { type NativeFailure, rouse, timersLast } from './native'
import { Waiting, untilAborted } from './waiting'

/** A promise for those who wait, made when the first of them comes. */
interface Seat {
  readonly promise: Promise<string>
  readonly waiting: Waiting
  resolve(token: string): void
  reject(error: Error): void
}

/** Where promises are made that outlive the call which made them: each keeps the AsyncLocalStorage of its maker. */
const nowhere = new AsyncResource('tokenkeep', { requireManualDestroy: true })

function seat(): Seat {
  let resolve!: Seat['resolve']
  let reject!: Seat['reject']
  const make = () =>
    new Promise<string>((res, rej) => {
      resolve = res
      reject = rej
    })
  return { promise: nowhere.runInAsyncScope(make), waiting: new Waiting(), resolve, reject }
}

/** A seat that is another promise for each who takes it: what waits for a promise of a request that has ended is never called. */
class Bench implements Seat {
  readonly waiting = new Waiting()
  readonly #seats: Seat[] = []

  get promise(): Promise<string> {
    const taken = seat()
    this.#seats.push(taken)
    return taken.promise
  }

  resolve(token: string): void {
    for (const each of this.#seats) each.resolve(token)
  }

  reject(error: Error): void {
    for (const each of this.#seats) each.reject(error)
  }
}

/** Does something that outlives whoever asked for it, such as to set a timer. */
export function apart<T>(work: () => T): T {
  return nowhere.runInAsyncScope(work)
}

/** A promise of what is there already, to be handed out for as long as it is good. */
export function kept(token: string): Promise<string> {
  return nowhere.runInAsyncScope(() => Promise.resolve(token))
}

function place(): Seat {
  return timersLast() ? seat() : new Bench()
}

/** Where an operation was asked for: the frames above `below`, for the stack of an error that is made much later. */
export class Origin {
  readonly #holder: { stack?: string } = {}

  constructor(below: Function) {
    Error.captureStackTrace?.(this.#holder, below)
  }

  /** Gives `error` the frames of the caller instead of those of our mail. */
  mark<E extends Error>(error: E): E {
    const stack: unknown = this.#holder.stack
    // Error.prepareStackTrace may make anything of it.
    const frames = typeof stack === 'string' ? stack.indexOf('\n    at ') : -1
    if (frames >= 0) error.stack = `${error.name}: ${error.message}${(stack as string).slice(frames)}`
    return error
  }
}

/** What JavaScript knows of one flight: a promise for all who take any live token, and one for all who want a new one. */
export class Flight {
  #origin: Origin | undefined
  /** Seen to be stale: callers join without asking the native side again. */
  stale = false
  /** What keeps the process alive even if nobody waits. */
  readonly #cargo = new Waiting()
  #any: Seat | null = null
  #renewed: Seat | null = null
  /** One promise, and one listener, for all callers who would leave by the same signal. */
  readonly #leaving = new Map<AbortSignal, Partial<Record<'any' | 'renewed', Promise<string>>>>()

  /** Nobody waited for it when it set out: it may be refused because it is too early for another try, which is no answer to a caller. */
  isAhead = false
  /** It was, and some had come to wait for it. */
  isRefused = false

  /** `earlier` is a flight that brought nothing new: those who still want that wait for this one. So does everybody after one that was refused. */
  constructor(earlier?: Flight) {
    if (earlier === undefined) return
    this.#origin = earlier.#origin
    this.#renewed = earlier.#renewed
    if (!earlier.isRefused) return
    this.#any = earlier.#any
    earlier.#cargo.end()
  }

  /** Keeps the frames above `asked`, should it fail. Not for what has its token already: a stack costs half of a read from disk. */
  setOutFrom(asked: Function): void {
    this.#origin ??= new Origin(asked)
  }

  /** Gives `error` the frames of the caller who started it. */
  mark<E extends Error>(error: E): E {
    return this.#origin?.mark(error) ?? error
  }

  /** What it may have sent works once: it has to get to its end. */
  holdProcess(): void {
    this.#cargo.enter()
  }

  /** The promise to wait for; one and the same for all callers with the same wish. */
  board(force: boolean, signal: AbortSignal | undefined): Promise<string> {
    rouse()
    const { promise, waiting } = force ? (this.#renewed ??= place()) : (this.#any ??= place())
    if (signal === undefined) {
      waiting.enter()
      return promise
    }
    let leaving = this.#leaving.get(signal)
    if (leaving === undefined) this.#leaving.set(signal, (leaving = {}))
    return (leaving[force ? 'renewed' : 'any'] ??= untilAborted(promise, signal, waiting))
  }

  /**
   * Settles the promises: not that of those who want a new token if this one was only found. Answers one that holds the token, to
   * be handed out again.
   */
  land(token: string, renewed: boolean): Promise<string> {
    this.#end(this.#any)?.resolve(token)
    if (renewed) this.#end(this.#renewed)?.resolve(token)
    this.#cargo.end()
    const settled = this.#any ?? (renewed ? this.#renewed : null)
    return timersLast() && settled !== null ? settled.promise : kept(token)
  }

  /** Does anybody want a new token, whatever there is? */
  get wantsRenewal(): boolean {
    return this.#renewed !== null
  }

  /** Has anybody come to wait for it who would go away with nothing? */
  isAwaited(live: string | undefined): boolean {
    return this.#renewed !== null || (this.#any !== null && live === undefined)
  }

  /** The renewal failed; `live` is a token that has not expired, for those who take any. */
  crash(error: Error, live: string | undefined): void {
    const any = this.#end(this.#any)
    if (live === undefined) any?.reject(error)
    else any?.resolve(live)
    this.#end(this.#renewed)?.reject(error)
    this.#cargo.end()
  }

  #end(seat: Seat | null): Seat | null {
    seat?.waiting.end()
    return seat
  }
}

/** The failure as the options of an error. `thrown` is what callbacks threw, by the numbers of the questions. */
export function toErrorOptions(failure: NativeFailure, thrown: ReadonlyMap<number, unknown>): TokenErrorOptions {
  const after = failure.after?.[0]
  const isThrown = failure.thrown !== undefined && thrown.has(failure.thrown)
  const cause =
    after === undefined
      ? failure.causes.reduceRight<Error | undefined>(asError, undefined)
      : new TokenError(toErrorOptions(after, thrown))
  return {
    code: failure.code as TokenErrorOptions['code'],
    message: failure.message,
    statusCode: failure.status,
    retryAfterMs: failure.retryAfterMs,
    ...(isThrown ? { cause: thrown.get(failure.thrown!) } : cause === undefined ? undefined : { cause }),
  }
}

function asError(cause: Error | undefined, message: string): Error {
  const error = cause === undefined ? new Error(message) : new Error(message, { cause })
  // It was made where mail is read, which explains nothing.
  error.stack = `Error: ${message}`
  return error
}
