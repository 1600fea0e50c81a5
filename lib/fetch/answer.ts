import { PEEKED_BYTES } from '../refusal'

/** The beginning of a body, read from a copy: the caller still gets all of it. `undefined` when there is none to be had. */
export async function peek(response: Response): Promise<string | undefined> {
  const reader = response.body === null ? undefined : response.clone().body?.getReader()
  if (reader === undefined) return undefined
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  try {
    while (size <= PEEKED_BYTES) {
      const { done, value } = await reader.read()
      if (done) break
      size += value.byteLength
      text += decoder.decode(value, { stream: true })
    }
    return text
  } catch {
    // Whoever reads the body will see what has happened to it.
    return undefined
  } finally {
    // Not awaited: it settles only when the other copy is done, too.
    reader.cancel().catch(() => {})
  }
}

/** Nobody will read it: its connection need not wait for that. */
export function discard(response: Response): void {
  if (response.body?.locked === false) response.body.cancel().catch(() => {})
}

/** The answer at the end of a chain of redirects. The platform has seen only its last hop, so it has to be told. */
export function arrived(response: Response, crossedOrigins: boolean): Response {
  const { clone: original } = response
  const clone = () => arrived(original.call(response), crossedOrigins)
  return Object.defineProperties(response, {
    redirected: { value: true, configurable: true },
    ...(crossedOrigins ? { type: { value: 'cors', configurable: true } } : undefined),
    clone: { value: clone, configurable: true, writable: true },
  })
}
