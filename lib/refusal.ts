import { invalid } from './checks'
import type { ApiAnswer } from './dead_token'
import { TokenError } from './errors'

/** What has to be known of a manager in order to send requests for it. Any `TokenManager` is one, and so is a double in a test. */
export interface Authorizer {
  authorization(options?: { signal?: AbortSignal | undefined }): Promise<string>
  invalidate(token?: string): Promise<void>
  isDeadToken(answer: ApiAnswer): boolean
}

/** As much of a 401's body is looked at. An error is never as long. */
export const PEEKED_BYTES = 64 * 1024

export function checkAuthorizer(manager: unknown): void {
  const { authorization, invalidate, isDeadToken } = (manager ?? {}) as Record<string, unknown>
  if ([authorization, invalidate, isDeadToken].some((method) => typeof method !== 'function')) {
    throw invalid('manager', 'must be a token manager')
  }
}

/** The value of the header. The platform names one that no header can carry in its error, so that must not get there. */
export async function authorize(manager: Authorizer, signal?: AbortSignal | null): Promise<string> {
  const header = await manager.authorization(signal ? { signal } : undefined)
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(header)) return header
  throw new TokenError({ code: 'BAD_RESPONSE', message: 'BAD_RESPONSE: the token has characters that no HTTP header can carry' })
}

/** Does the answer say that the token in `header` is dead? Then that very token is forgotten: whoever is late finds its successor. */
export async function isRefused(manager: Authorizer, header: string, answer: ApiAnswer): Promise<boolean> {
  if (answer.status !== 401 || !manager.isDeadToken(answer)) return false
  await manager.invalidate(header.slice(header.indexOf(' ') + 1))
  return true
}

/** Can it be sent twice? What is read as it is sent cannot. */
export function isReplayable(body: unknown): boolean {
  if (body === undefined || body === null || typeof body === 'string') return true
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return true
  const { pipe, [Symbol.toStringTag]: tag } = body as { pipe?: unknown; [Symbol.toStringTag]?: unknown }
  // By name: every library has a FormData of its own, and one of them is a stream.
  return typeof pipe !== 'function' && ['FormData', 'URLSearchParams', 'Blob', 'File'].includes(tag as string)
}
