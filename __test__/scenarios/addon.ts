// The addon of the tests (scripts/waypoints.mjs), whose clock can be stopped and moved.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import type { Api, Build, Hands, Missing } from './build'
import { Timers } from './timers'

const HOME = new URL('../../target/waypoints/', import.meta.url)

/** How often in a row nothing may happen before nothing is taken to happen any more. */
const QUIET_ROUNDS = 3

/** src/binding/time/movable.rs */
interface TestClock {
  readonly wall: number
  readonly alarms: number
  readonly isBack: boolean
  advance(millis: number): void
  stepWall(millis: number): void
  nextAlarm(): number | null
  lookAfter(): void
}

export async function addon(): Promise<Build | Missing> {
  const name = 'the addon'
  const library = [`tokenkeep.${process.platform}-${process.arch}-gnu.node`, `tokenkeep.${process.platform}-${process.arch}.node`]
  const found = library.map((file) => new URL(file, HOME)).find(existsSync)
  const entry = new URL('dist/index.mjs', HOME)
  if (found === undefined || !existsSync(entry)) return { name, missing: 'node scripts/waypoints.mjs' }
  const timers = new Timers()
  const api = await timers.under(() => import(/* @vite-ignore */ entry.href) as Promise<Api>)
  const { TestClock } = createRequire(import.meta.url)(found.pathname) as { TestClock?: new (wall: number) => TestClock }
  if (TestClock === undefined) return { name, missing: 'node scripts/waypoints.mjs (its addon is older than this test)' }
  return { name, api, hands: new AddonHands(TestClock, timers), has: new Set() }
}

class AddonHands implements Hands {
  readonly #TestClock: new (wall: number) => TestClock
  readonly #timers: Timers
  #clock!: TestClock
  #activity = () => 0

  constructor(TestClock: new (wall: number) => TestClock, timers: Timers) {
    this.#TestClock = TestClock
    this.#timers = timers
  }

  get wall(): number {
    return this.#clock.wall
  }

  stop(wall: number): void {
    this.#clock = new this.#TestClock(wall)
    this.#timers.forget()
  }

  async advance(millis: number): Promise<void> {
    for (let left = millis; ; ) {
      const next = Math.min(this.#clock.nextAlarm() ?? Infinity, this.#timers.next() ?? Infinity)
      const step = Math.min(left, next)
      this.#clock.advance(step)
      this.#timers.advance(step)
      left -= step
      await this.settle(this.#activity)
      if (left <= 0 && step === 0) return
      if (left <= 0 && next > step) return
    }
  }

  stepWall(millis: number): void {
    this.#clock.stepWall(millis)
  }

  /** A round: to the end of what is due on the thread of the flights, then of the mail that it sent here. */
  async settle(activity: () => number): Promise<void> {
    this.#activity = activity
    for (let quiet = 0; quiet < QUIET_ROUNDS; ) {
      const before = [activity(), this.#clock.alarms].join()
      this.#clock.lookAfter()
      do await turn()
      while (!this.#clock.isBack)
      await turn()
      quiet = before === [activity(), this.#clock.alarms].join() ? quiet + 1 : 0
    }
  }
}
