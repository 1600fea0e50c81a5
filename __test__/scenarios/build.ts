// A build of tokenkeep that scenarios can be played on: its API, and a clock that the play moves.

/** The public API, whatever is behind it. */
export type Api = typeof import('tokenkeep')

/** The clock of a build. Times are milliseconds. */
export interface Hands {
  /** Stops the clock, and starts whatever depends on time anew. */
  stop(wall: number): void
  readonly wall: number
  /** Time passes, and everything happens at its own moment. */
  advance(millis: number): Promise<void>
  /** The wall clock moves alone. */
  stepWall(millis: number): void
  /** Lets everything get as far as it can without time passing. `activity` counts what the play itself sees happen. */
  settle(activity: () => number): Promise<void>
}

export interface Build {
  name: string
  api: Api
  hands: Hands
  /** What it has of what a scenario may need, beside what all builds have. */
  has: ReadonlySet<string>
}

/** A build that is not there, and what makes it. */
export interface Missing {
  name: string
  missing: string
}
