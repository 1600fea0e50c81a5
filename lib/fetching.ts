import { isNative } from './native'
import type { Answer } from './questions'

// Kept from before a test can put fake ones in their place: an error page hangs in real time.
const { setTimeout, clearTimeout } = globalThis

/** What a request is, in the JSON of a question. */
interface Call {
  url: string
  method: string
  headers: [string, string][]
  body?: string
  /** Bytes of a good answer. */
  limit: number
  /** Bytes of any other: of an error page only a line is ever shown. */
  errorLimit: number
  /** An error page is not waited for any longer than this. */
  errorMs: number
}

/** Of a response, in whatever way its fetch streams it. */
interface Body {
  body: AsyncIterable<Uint8Array> | null
}

/** What answers for the network: the user's own fetch or, where there are no sockets, the host's. */
export function networkOf(fetch: typeof globalThis.fetch | null | undefined): { fetch: Answer } | undefined {
  if (fetch != null) return { fetch: fetching(fetch) }
  return isNative ? undefined : { fetch: fetching(hosts) }
}

/** The host's fetch, whichever that is when it is called. */
const hosts: typeof globalThis.fetch = (url, init) => {
  // A browser names itself; a header of ours would only have to be allowed by the server's CORS.
  if ('document' in globalThis || 'importScripts' in globalThis) delete (init!.headers as Record<string, string>)['user-agent']
  return globalThis.fetch(url, init)
}

/** Sends requests through `fetch`, once each and without following redirects. */
export function fetching(fetch: typeof globalThis.fetch): Answer {
  return async (payload, signal) => {
    try {
      return await send(fetch, JSON.parse(payload) as Call, signal)
    } catch (error) {
      forget(error)
      throw error
    }
  }
}

async function send(fetch: typeof globalThis.fetch, call: Call, waits: AbortSignal): Promise<string> {
  const { url, method, headers, body, limit, errorLimit, errorMs } = call
  const enough = new AbortController()
  const response = await fetch(url, {
    method,
    headers: Object.fromEntries(headers),
    ...(body === undefined ? undefined : { body }),
    redirect: 'manual',
    signal: AbortSignal.any([waits, enough.signal]),
  })
  // Of a mock it may be anything.
  if (typeof response?.headers?.get !== 'function') throw new TypeError('fetch answered something that is no Response')
  const header = (name: string) => response.headers.get(name) ?? undefined
  // Browsers show nothing of a redirect but that it is one.
  const status = response.status === 0 ? 302 : response.status
  // A status says enough: whoever is told to stay away hears so, even if the page about it never ends.
  const impatience = response.ok ? undefined : setTimeout(() => enough.abort(), errorMs)
  impatience?.unref?.()
  const text = response.ok ? await whole(response, limit) : await beginning(response, errorLimit)
  clearTimeout(impatience)
  return JSON.stringify({
    status,
    date: header('date'),
    age: header('age'),
    retryAfter: header('retry-after'),
    location: header('location'),
    body: text,
  })
}

/** Causes of causes beyond this many are nobody's. */
const DEEPEST = 5

/** Takes the answer out of an error of undici's parser, which keeps what it could not read: there may be tokens in it. */
function forget(thrown: unknown): void {
  for (let next = thrown, depth = 0; next instanceof Error && depth < DEEPEST; next = next.cause, depth++) {
    if (next.name === 'HTTPParserError') delete (next as { data?: unknown }).data
  }
}

/** The text of a body of at most that many bytes; of a larger one, nothing. */
async function whole({ body }: Body, limit: number): Promise<string | undefined> {
  const { text, isWhole } = await read(body, limit)
  return isWhole ? text : undefined
}

/** As much of a body as there is; a status says enough without it. */
async function beginning({ body }: Body, limit: number): Promise<string> {
  return read(body, limit).then(({ text }) => text, () => '')
}

async function read(body: AsyncIterable<Uint8Array> | null, limit: number): Promise<{ text: string; isWhole: boolean }> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  // By iteration and not by a reader: bodies of node-fetch are Node's own streams. To leave early is to cancel.
  for await (const chunk of body === null ? [] : chunksOf(body)) {
    bytes += chunk.byteLength
    if (bytes > limit) return { text, isWhole: false }
    text += decoder.decode(chunk, { stream: true })
  }
  return { text: text + decoder.decode(), isWhole: true }
}

/** The pieces of a body. Not every browser's streams are iterable. */
function chunksOf(body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in body ? (body as AsyncIterable<Uint8Array>) : byReader(body)
}

async function* byReader(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
  } finally {
    await reader.cancel()
  }
}
