// Kept from before a test can put fake ones in their place: these must tick with real time.
const { setInterval, clearInterval } = globalThis

const FOR_EVER_MS = 2 ** 31 - 1

interface KeepAlive {
  ref(): void
  unref(): void
}

/**
 * Keeps the process alive while somebody waits for an operation, and only then: not for its timers or threads, and no
 * longer when everybody who waited has left.
 */
export class Waiting {
  #waiters = 0
  readonly #timer = setInterval(() => {}, FOR_EVER_MS) as unknown as KeepAlive & Parameters<typeof clearInterval>[0]

  constructor() {
    this.#timer.unref?.()
  }

  enter(): void {
    if (this.#waiters++ === 0) this.#timer.ref?.()
  }

  leave(): void {
    if (--this.#waiters === 0) this.#timer.unref?.()
  }

  end(): void {
    clearInterval(this.#timer)
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
