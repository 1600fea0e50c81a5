import type { Endless } from './faults'
import type { Line } from './line'
import { headOf, type Reply } from './reply'

const PIECE = 1 << 16

/** Sends this part of an answer until the client has had enough. */
export async function pour(part: Endless, reply: Reply, line: Line): Promise<void> {
  const { first, again } = PARTS[part](reply)
  await line.send(first)
  const piece = repeated(again)
  await line.pour(() => piece)
}

/** What each begins with, and what is said over and over. */
const PARTS: Record<Endless, (reply: Reply) => { first: Uint8Array | string; again: string }> = {
  // The blanks before a JSON text mean nothing: only the end would show that this is no token.
  chunks: (reply) => ({ first: chunked(reply), again: `400\r\n${' '.repeat(0x400)}\r\n` }),
  body: (reply) => ({ first: headOf(reply, null), again: ' ' }),
  status: () => ({ first: 'HTTP/1.1 200 ', again: 'O' }),
  header: () => ({ first: 'HTTP/1.1 200 OK\r\nx-long: ', again: 'x' }),
  headers: () => ({ first: 'HTTP/1.1 200 OK\r\n', again: 'x-more: x\r\n' }),
  interim: () => ({ first: '', again: 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n' }),
  trailers: (reply) => ({
    first: Buffer.concat([chunked(reply), Buffer.from(`${reply.body.length.toString(16)}\r\n`), reply.body, Buffer.from('\r\n0\r\n')]),
    again: 'x-more: x\r\n',
  }),
}

function chunked(reply: Reply): Buffer {
  return headOf(reply, null, [['transfer-encoding', 'chunked']])
}

function repeated(text: string): Buffer {
  return Buffer.from(text.repeat(Math.ceil(PIECE / text.length)))
}
