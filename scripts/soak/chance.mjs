/** Chance that comes again: the same seed and name give the same numbers. What one part draws does not change another's. */
export class Chance {
  #state

  constructor(seed, name) {
    this.#state = [...`${seed}/${name}`].reduce((sum, letter) => Math.imul(sum ^ letter.codePointAt(0), 0x01000193), 0x811c9dc5) >>> 0
  }

  /** From 0 to less than 1 (mulberry32). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `least` to `most`. */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  /** One of these. */
  of(list) {
    return list[this.between(0, list.length - 1)]
  }
}
