import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Dispatcher } from 'undici'
import { type Authorizer, authorize, isRefused, isReplayable } from '../refusal'
import { Controller } from './controller'
import { withAuthorization } from './headers'
import { Held } from './held'

type Attempt = Dispatcher.DispatchController

/** One request and, if its token turns out to be dead, its repetition. To whoever sent it, they are one. */
export class Dispatched implements Dispatcher.DispatchHandler {
  readonly #manager: Authorizer
  readonly #dispatch: Dispatcher.Dispatch
  readonly #request: Dispatcher.DispatchOptions
  readonly #handler: Dispatcher.DispatchHandler
  readonly #controller = new Controller((reason) => this.#abort(reason))
  /** Ends the wait for a token. */
  readonly #waiting = new AbortController()
  #attempt: Attempt | null = null
  #header = ''
  #repeated = false
  #held: Held | null = null
  /** Has the sender heard of the end? */
  #ended = false

  constructor(manager: Authorizer, dispatch: Dispatcher.Dispatch, request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
    this.#manager = manager
    this.#dispatch = dispatch
    this.#request = request
    this.#handler = handler
  }

  start(): void {
    // Now, and not when there is a token: the sender may want to leave before.
    this.#handler.onRequestStart?.(this.#controller, {})
    if (!this.#ended) void this.#send()
  }

  async #send(): Promise<void> {
    try {
      this.#header = await authorize(this.#manager, this.#waiting.signal)
      if (this.#ended) return
      this.#dispatch({ ...this.#request, headers: withAuthorization(this.#request.headers, this.#header) }, this)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  onRequestStart(attempt: Attempt): void {
    this.#attempt = attempt
    this.#controller.attach(attempt)
  }

  onRequestUpgrade(_attempt: Attempt, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    this.#ended = true
    this.#handler.onRequestUpgrade?.(this.#controller, status, headers, socket)
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.()
  }

  onResponseStart(attempt: Attempt, status: number, headers: IncomingHttpHeaders, statusMessage?: string): void {
    if (attempt !== this.#attempt) return
    if (status === 401) this.#held = new Held(status, headers, statusMessage)
    else this.#handler.onResponseStart?.(this.#controller, status, headers, statusMessage)
  }

  onResponseData(attempt: Attempt, chunk: Buffer): void {
    if (attempt !== this.#attempt) return
    if (this.#held === null) this.#handler.onResponseData?.(this.#controller, chunk)
    else if (this.#held.add(chunk) && !this.#held.isJudged) {
      attempt.pause()
      void this.#judge(this.#held, attempt)
    }
  }

  onResponseEnd(attempt: Attempt, trailers: IncomingHttpHeaders): void {
    if (attempt !== this.#attempt) return
    if (this.#held === null) {
      this.#ended = true
      this.#handler.onResponseEnd?.(this.#controller, trailers)
      return
    }
    this.#held.trailers = trailers ?? {}
    if (!this.#held.isJudged) void this.#judge(this.#held, attempt)
  }

  onResponseError(attempt: Attempt | null | undefined, error: Error): void {
    // That of an attempt which we have given up ourselves is none of anybody's business.
    if (attempt && attempt !== this.#attempt) return
    if (this.#held !== null && !this.#ended && !this.#controller.aborted) this.#release(this.#held)
    this.#fail(error)
  }

  async #judge(held: Held, attempt: Attempt): Promise<void> {
    held.isJudged = true
    try {
      const { status, headers, body } = held
      const refused = await isRefused(this.#manager, this.#header, { status, headers, body })
      if (this.#ended || this.#held !== held) return
      if (refused && !this.#repeated && isReplayable(this.#request.body)) {
        this.#repeated = true
        this.#held = null
        this.#attempt = null
        if (held.trailers === undefined) attempt.abort(new Error('the token was dead: the request is repeated'))
        await this.#send()
        return
      }
      this.#release(held)
      if (held.trailers === undefined) {
        if (!this.#controller.paused) attempt.resume()
      } else {
        this.#ended = true
        this.#handler.onResponseEnd?.(this.#controller, held.trailers)
      }
    } catch (error) {
      this.#fail(error as Error)
      attempt.abort(error as Error)
    }
  }

  /** The sender gets what was kept from it. */
  #release(held: Held): void {
    this.#held = null
    this.#handler.onResponseStart?.(this.#controller, held.status, held.headers, held.statusMessage)
    for (const chunk of held.chunks) this.#handler.onResponseData?.(this.#controller, chunk)
  }

  /** An attempt that is under way reports its end by itself. */
  #abort(reason: Error): void {
    this.#waiting.abort(reason)
    if (this.#attempt === null || this.#held?.trailers !== undefined) this.#fail(reason)
  }

  #fail(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#handler.onResponseError?.(this.#controller, error)
  }
}
