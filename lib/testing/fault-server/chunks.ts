/** A body that came in chunks, and where it ends; null where it is not there in full. */
export interface Dechunked {
  readonly body: Buffer
  readonly end: number
}

/** Joins the chunks that begin at `from` (RFC 9112 §7.1). Throws where they are none. */
export function dechunked(bytes: Buffer, from: number): Dechunked | null {
  const pieces: Buffer[] = []
  for (let at = from; ; ) {
    const line = bytes.indexOf('\r\n', at)
    if (line === -1) return null
    const [digits = ''] = bytes.toString('latin1', at, line).split(';')
    if (!/^[0-9a-f]{1,8}$/i.test(digits.trim())) throw new TypeError('a chunk whose size is no number')
    const size = Number.parseInt(digits, 16)
    const start = line + 2
    if (size === 0) {
      const end = endOfTrailers(bytes, start)
      return end === null ? null : { body: Buffer.concat(pieces), end }
    }
    at = start + size + 2
    if (bytes.length < at) return null
    if (bytes.toString('latin1', at - 2, at) !== '\r\n') throw new TypeError('a chunk that is longer than it says')
    pieces.push(bytes.subarray(start, start + size))
  }
}

/** What comes after the last chunk says nothing that anybody here asks for. */
function endOfTrailers(bytes: Buffer, from: number): number | null {
  for (let at = from; ; ) {
    const line = bytes.indexOf('\r\n', at)
    if (line === -1) return null
    if (line === at) return line + 2
    at = line + 2
  }
}
