/**
 * Names a moment of an exchange. `'connect'`: the connection is there, and nothing has been read. `'handshake'` (TLS only): half of our
 * hello has been sent. `'request'`: the request is here, and nothing has been sent. `'head'`, `'body'`: half of that has been sent.
 * `'end'`: all has been sent, of an answer that states no length, so that only the end of the connection would complete it.
 */
export type Moment = 'connect' | 'handshake' | 'request' | 'head' | 'body' | 'end'

/** Names what never ends: chunks of a body, a body that states no length, a status line, one header, headers, 1xx answers, trailers. */
export type Endless = 'chunks' | 'body' | 'status' | 'header' | 'headers' | 'interim' | 'trailers'

/** Describes one way for a connection to fail. */
export type NetworkFault =
  /** Says nothing more, and leaves the connection open. `at` default `'request'`, here and below. */
  | { kind: 'hang'; at?: Moment | undefined }
  /** Resets the connection (RST: the client sees ECONNRESET). */
  | { kind: 'reset'; at?: Moment | undefined }
  /** Says that nothing more will come (FIN), and goes on reading; `abruptly`: under TLS without the goodbye that tells an end from a cut. */
  | { kind: 'fin'; at?: Moment | undefined; abruptly?: boolean | undefined }
  /** Sends the answer bit by bit, its head too: `bytes` (default 1) every `everyMs` milliseconds (default 20). */
  | { kind: 'trickle'; bytes?: number | undefined; everyMs?: number | undefined }
  /** States a length that is `by` bytes off, or whatever `says` says, and then leaves the connection open. */
  | { kind: 'length'; by?: number | undefined; says?: string | readonly string[] | undefined }
  /** Sends one part of an answer for ever, no faster than the client reads. */
  | { kind: 'endless'; of: Endless }
  /** Answers with blanks, `bytes` of them (default 1 GiB), and then the answer, compressed with gzip; `layers` (default 1) times over. */
  | { kind: 'bomb'; bytes?: number | undefined; layers?: number | undefined }
  /** Answers with `count` more headers (default 100_000) whose values have `bytes` bytes each (default 16). */
  | { kind: 'headers'; count?: number | undefined; bytes?: number | undefined }
  /** Sends the answer, and in the same breath a second one (default: a copy) that nobody has asked for. */
  | { kind: 'twice'; second?: string | Uint8Array | undefined }
  /** Sends just these bytes in place of an answer; `then` default `'fin'`. */
  | { kind: 'raw'; bytes: string | Uint8Array; then?: 'fin' | 'hang' | 'reset' | undefined }
  /** Answers the client's TLS with plain HTTP. */
  | { kind: 'not-tls' }
  /** Shows another certificate, PEM. */
  | { kind: 'certificate'; key: string; cert: string }

/** Names the faults that need no further word. */
export type NetworkFaultKind = Exclude<NetworkFault['kind'], 'endless' | 'length' | 'raw' | 'certificate'>

/** A fault that says when. */
export type Stop = Extract<NetworkFault, { at?: unknown }>

export const MOMENTS: readonly string[] = ['connect', 'handshake', 'request', 'head', 'body', 'end'] satisfies Moment[]
export const PARTS: readonly string[] = ['chunks', 'body', 'status', 'header', 'headers', 'interim', 'trailers'] satisfies Endless[]
export const KINDS: Record<NetworkFault['kind'], 'answer' | 'connection'> = {
  hang: 'answer',
  reset: 'answer',
  fin: 'answer',
  trickle: 'answer',
  length: 'answer',
  endless: 'answer',
  bomb: 'answer',
  headers: 'answer',
  twice: 'answer',
  raw: 'answer',
  'not-tls': 'connection',
  certificate: 'connection',
}

/** Is there anything to break about it only where TLS is spoken? */
export function needsTls(fault: NetworkFault): boolean {
  return KINDS[fault.kind] === 'connection' || (fault as { at?: Moment }).at === 'handshake'
}

/** Is it met by a connection, before there is any request? */
export function isOfConnection(fault: NetworkFault): boolean {
  const { at } = fault as { at?: Moment }
  return KINDS[fault.kind] === 'connection' || at === 'connect' || at === 'handshake'
}
