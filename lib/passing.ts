import { steadyClock } from './steady'

// Kept from before a test can put a fake one in its place: staleness must be noticed in real time.
const wallClock = Date.now

/**
 * Time as it passes, by whichever clock says more: one of them may be set back, and the other may sleep with the machine
 * (life-cycle.md, "Ages").
 */
export class Passing {
  #wall = wallClock()
  #steady = steadyClock()
  #passed = 0

  /** Milliseconds since it was made. */
  time(): number {
    const [wall, steady] = [wallClock(), steadyClock()]
    this.#passed += Math.max(wall - this.#wall, steady - this.#steady)
    this.#wall = wall
    this.#steady = steady
    return this.#passed
  }
}
