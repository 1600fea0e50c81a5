import type { AsyncResource } from 'node:async_hooks'
import { TokenError } from './errors'
import { environment, onWithdrawn } from './mail'
import type { NativeAnswer, NativeQuestion } from './native'

/** What the native side asks for; `src/binding/host.rs` has the same names. */
export type Kind = 'totp'

/**
 * Answers the questions of one kind: with a text, with nothing, or by throwing. The signal fires when nobody waits for the answer
 * any more.
 */
export type Answer = (payload: string, signal: AbortSignal) => Promise<string | null> | string | null

/** The callbacks that somebody's questions go to. */
export type Answers = { readonly [kind in Kind]?: Answer }

/** A question on its way back. */
interface Open {
  controller: AbortController
  caller: AsyncResource
}

const open = new Map<number, Open>()

/**
 * Has a question answered in the AsyncLocalStorage of `caller`. Whatever the callback does, it ends here: `threw` hears of what it
 * threw while somebody still waited.
 */
export function answer(
  { number, payload }: NativeQuestion,
  callback: Answer,
  caller: AsyncResource,
  threw: (number: number, thrown: unknown) => void,
): void {
  const controller = new AbortController()
  open.set(number, { controller, caller })
  const asked = caller.runInAsyncScope(
    // Inside, so that to throw at once is to reject.
    () => new Promise<string | null>((resolve) => resolve(callback(payload, controller.signal))),
  )
  asked.then(
    (text) => close(number, text === null ? {} : { text }),
    (thrown: unknown) => {
      // Too late, it is the cause of nothing that is still to come.
      if (close(number, { thrown: described(thrown) })) threw(number, thrown)
    },
  )
}

onWithdrawn((number) => {
  const asked = open.get(number)
  open.delete(number)
  const late = () => new DOMException('tokenkeep waits no longer for this answer: it took too long', 'TimeoutError')
  asked?.caller.runInAsyncScope(() => asked.controller.abort(late()))
})

function close(number: number, answer: NativeAnswer): boolean {
  open.delete(number)
  return environment.answer(number, answer)
}

/** Causes of causes beyond this many explain nothing. */
const DEEPEST = 5

/** More of a message than this is never shown. */
const LONGEST = 4096

/** What was thrown, in words. It may be anything, and hostile to being looked at. */
function described(thrown: unknown): NonNullable<NativeAnswer['thrown']> {
  try {
    const messages: string[] = []
    for (let next = thrown; messages.length < DEEPEST; next = next.cause) {
      messages.push(wordsOf(next))
      if (!(next instanceof Error) || next.cause === undefined) break
    }
    return { messages, ...(thrown instanceof TokenError ? kindOf(thrown) : undefined) }
  } catch {
    return { messages: ['something that cannot be described'] }
  }
}

function wordsOf(thrown: unknown): string {
  const message: unknown = thrown instanceof Error ? thrown.message || thrown.name : thrown
  return String(message).slice(0, LONGEST)
}

function kindOf({ code, statusCode, retryAfterMs }: TokenError): Partial<NonNullable<NativeAnswer['thrown']>> {
  const isStatus = Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 599
  const isWait = typeof retryAfterMs === 'number' && retryAfterMs >= 0
  return {
    code: String(code),
    ...(isStatus ? { status: statusCode } : undefined),
    ...(isWait ? { retryAfterMs } : undefined),
  }
}
