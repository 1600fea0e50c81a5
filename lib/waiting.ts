import { environment } from './mail'

/** Everybody on this thread who waits for an operation. */
let waiters = 0

/**
 * Those who wait for one operation. They keep the process alive, and only they do: not its timers or threads, and nothing at
 * all once everybody has left.
 */
export class Waiting {
  #here = 0

  enter(): void {
    this.#here++
    if (waiters++ === 0) environment.hold(true)
  }

  leave(): void {
    // Somebody who leaves after the end has been counted off already.
    if (this.#here > 0) this.#countOff(1)
  }

  end(): void {
    if (this.#here > 0) this.#countOff(this.#here)
  }

  #countOff(leaving: number): void {
    this.#here -= leaving
    waiters -= leaving
    if (waiters === 0) environment.hold(false)
  }
}

/** `promise`, for callers who may leave early. What it waits for goes on. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal, waiting: Waiting): Promise<T> {
  waiting.enter()
  return new Promise((resolve, reject) => {
    const abort = () => {
      waiting.leave()
      reject(signal.reason)
    }
    const settle = (settled: () => void) => {
      signal.removeEventListener('abort', abort)
      settled()
    }
    signal.addEventListener('abort', abort, { once: true })
    promise.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    )
  })
}
