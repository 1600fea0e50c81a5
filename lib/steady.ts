// Kept from before a test can put a fake one in its place: staleness must be noticed in real time.
const hrtime = (globalThis as { process?: { hrtime?: () => [seconds: number, nanoseconds: number] } }).process?.hrtime

/**
 * Milliseconds by a clock that is never set. Not `performance` where there is another way: Node 20 loads that when it is first
 * touched, which takes a program 2 ms of its start.
 */
export const steadyClock: () => number = hrtime === undefined ? performance.now.bind(performance) : sinceBoot

function sinceBoot(): number {
  const [seconds, nanoseconds] = hrtime!()
  return seconds * 1000 + nanoseconds / 1e6
}
