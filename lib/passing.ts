// Kept from before a test can put fake ones in their place: staleness must be noticed in real time.
const { performance } = globalThis
const wallClock = Date.now

/**
 * Time as it passes, by whichever clock says more: one of them may be set back, and the other may sleep with the machine
 * (life-cycle.md, "Ages").
 */
export class Passing {
  #wall = wallClock()
  #steady = performance.now()
  #passed = 0

  /** Milliseconds since it was made. */
  time(): number {
    const [wall, steady] = [wallClock(), performance.now()]
    this.#passed += Math.max(wall - this.#wall, steady - this.#steady)
    this.#wall = wall
    this.#steady = steady
    return this.#passed
  }
}
