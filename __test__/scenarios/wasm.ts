// The WebAssembly build, whose clock and timers are the host's: those that it finds when it is loaded.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import type { Api, Build, Hands, Missing } from './build'
import { Timers } from './timers'

const ENTRY = new URL('../../dist/wasm/index.cjs', import.meta.url)

/** How often in a row nothing may happen before nothing is taken to happen any more. */
const QUIET_ROUNDS = 3

export async function wasm(): Promise<Build | Missing> {
  const name = 'the WebAssembly build'
  if (!existsSync(ENTRY)) return { name, missing: 'node scripts/wasm.mjs' }
  const timers = new Timers()
  const hands = new WasmHands(timers)
  const api = await timers.under(async () => hands.clocksUnder(() => createRequire(import.meta.url)(ENTRY.pathname) as Api))
  return { name, api, hands, has: new Set() }
}

class WasmHands implements Hands {
  readonly #timers: Timers
  #activity = () => 0
  #wall = 0
  // A steady clock starts anywhere but at the epoch; one that is taken for a wall clock is found out.
  #steady = 1_234_000

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Loads something that keeps whatever clocks it finds. */
  clocksUnder<T>(load: () => T): T {
    const { now } = Date
    const steady = performance.now
    Date.now = () => this.#wall
    performance.now = () => this.#steady
    try {
      return load()
    } finally {
      Date.now = now
      performance.now = steady
    }
  }

  get wall(): number {
    return this.#wall
  }

  stop(wall: number): void {
    this.#wall = wall
    this.#timers.forget()
  }

  async advance(millis: number): Promise<void> {
    for (let left = millis; ; ) {
      const next = this.#timers.next() ?? Infinity
      const step = Math.min(left, next)
      this.#wall += step
      this.#steady += step
      this.#timers.advance(step)
      left -= step
      await this.settle(this.#activity)
      if (left <= 0 && step === 0) return
      if (left <= 0 && next > step) return
    }
  }

  stepWall(millis: number): void {
    this.#wall += millis
  }

  /** A round: to the end of what is due in this turn of the event loop. */
  async settle(activity: () => number): Promise<void> {
    this.#activity = activity
    for (let quiet = 0; quiet < QUIET_ROUNDS; ) {
      const before = [activity(), this.#timers.next()].join()
      await turn()
      await turn()
      quiet = before === [activity(), this.#timers.next()].join() ? quiet + 1 : 0
    }
  }
}
