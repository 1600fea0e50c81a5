/** For one HTTP attempt: long enough for servers that have to share two cores with whatever else there is. */
export const TIMEOUT_MS = 3000

/**
 * The server is up from this long after its last fault on: an attempt that has met one may still hang for its time limit, the
 * longest Retry-After among the faults is a second from the end of its reply on, which a busy machine may be late with, and a cool-down is at
 * most 60 s at the pace of the soak, which is 30 ms. The rest is for whoever waits to be told.
 */
export const GRACE_MS = TIMEOUT_MS + 1000 + 30 + 70

const FAULTY = 0
const PERIODS = 1
const CLEARED_AT = 2

/** Whether the server is failing, as every thread sees it. */
export class Weather {
  /** What to hand to a worker. */
  memory
  #cells

  constructor(memory = new SharedArrayBuffer(3 * Float64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory
    this.#cells = new Float64Array(memory)
  }

  /** Before the first fault is set. */
  breaks() {
    this.#cells[PERIODS] += 1
    this.#cells[FAULTY] = 1
  }

  /** After the last fault is gone. */
  clears() {
    this.#cells[CLEARED_AT] = Date.now()
    this.#cells[FAULTY] = 0
  }

  /** The server is up as long as this stays the same and is no null. */
  get spell() {
    const isUp = this.#cells[FAULTY] === 0 && Date.now() - this.#cells[CLEARED_AT] >= GRACE_MS
    return isUp ? this.#cells[PERIODS] : null
  }
}
