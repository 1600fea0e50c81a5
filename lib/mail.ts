import type { NativeLine, Settled } from './native'
import { NativeEnvironment } from './native'

/** Who reads the letters about one manager while it has something under way. */
export interface Desk {
  line(line: NativeLine): void
  settled(settled: Settled): void
  asked(question: number): void
}

const desks = new Map<number, Desk>()

/** Has letters about `manager` delivered to `desk`. */
export function open(manager: number, desk: Desk): void {
  desks.set(manager, desk)
}

/** Nothing more is expected: the manager may be collected with its desk. */
export function shut(manager: number): void {
  desks.delete(manager)
}

/** This thread, as the native side sees it. Its mail comes in the order in which things happened. */
export const environment: NativeEnvironment = new NativeEnvironment(deliver)

function deliver(): void {
  for (const letter of environment.collect()) {
    const desk = desks.get(letter.manager)
    if (desk === undefined) continue
    try {
      if (letter.line) desk.line(letter.line)
      if (letter.settled) desk.settled(letter.settled)
      if (letter.question) desk.asked(letter.question)
    } catch (error) {
      // The next letter is somebody else's. What went wrong here is still an uncaught exception, after all of them.
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
