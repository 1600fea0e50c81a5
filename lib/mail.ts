import type { NativeLine, NativeQuestion, Settled } from './native'
import { NativeEnvironment } from './native'
import { setImmediate } from './turn'

/** Who reads the letters about one manager while it has something under way. */
export interface Desk {
  line(line: NativeLine): void
  settled(settled: Settled): void
  asked(question: NativeQuestion): void
}

const desks = new Map<number, Desk>()

let withdraw: (question: number) => void = () => {}

/** Has `listener` told of questions to which nobody waits for the answer any more. */
export function onWithdrawn(listener: (question: number) => void): void {
  withdraw = listener
}

let due: (number: number, accounts: string[]) => void = () => {}

/** Has `listener` told of the managers and pools whose sessions are to be renewed. */
export function onDue(listener: (number: number, accounts: string[]) => void): void {
  due = listener
}

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

/**
 * Once in each turn of the event loop until there is nothing left. An announcement for each lot would be served in the turn that
 * is under way, and while a pool logs in its thousands no timer would come to its turn for seconds.
 */
function deliver(): void {
  const letters = environment.collect()
  if (letters.length === 0) return
  setImmediate(deliver)
  for (const letter of letters) {
    const { manager, line, settled, question, withdrawn, due: accounts } = letter
    const desk = desks.get(manager)
    try {
      if (line) desk?.line(line)
      if (settled) desk?.settled(settled)
      if (question) {
        if (desk === undefined) environment.decline(question.number)
        else desk.asked(question)
      }
      // Also when the flight that asked has landed long ago, by its deadline.
      if (withdrawn !== undefined) withdraw(withdrawn)
      if (accounts) due(manager, accounts)
    } catch (error) {
      // The next letter is somebody else's. What went wrong here is still an uncaught exception, after all of them.
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
