/**
 * A moment that is asked how long ago it was. By whichever clock says longer: one of them stands still while a machine sleeps, and the
 * other may be set back.
 */
export class Moment {
  readonly #steady = performance.now()
  readonly #wall = Date.now()

  agoMs(): number {
    return Math.max(performance.now() - this.#steady, Date.now() - this.#wall)
  }
}
