import { gzipSync } from 'node:zlib'
import { pour } from './endless'
import type { NetworkFault, Stop } from './faults'
import type { Line } from './line'
import { headOf, whole, type Reply } from './reply'

/** What of a bomb is compressed at a time: gzip is happy with one piece after the other. */
const BLANKS = 1 << 24
/** A reset throws away what the client has not read: a moment for it to arrive. */
const ARRIVAL_MS = 10

/** Answers as the fault has it. Resolves to whether the connection may be used again. */
export async function play(fault: NetworkFault | undefined, reply: Reply, line: Line): Promise<boolean> {
  switch (fault?.kind) {
    case undefined:
      await line.send(whole(reply))
      return true
    case 'hang':
    case 'reset':
    case 'fin':
      await sendUntil(fault, reply, line)
      await stop(fault, line)
      return false
    case 'trickle':
      await trickle(whole(reply), line, fault.bytes ?? 1, fault.everyMs ?? 20)
      return true
    case 'length': {
      const says = fault.says ?? String(Math.max(0, reply.body.length + (fault.by ?? 0)))
      await line.send(headOf(reply, typeof says === 'string' ? [says] : says))
      await line.send(reply.body)
      return false
    }
    case 'endless':
      await pour(fault.of, reply, line)
      return false
    case 'bomb':
      await line.send(bomb(reply, fault.bytes ?? 1 << 30, fault.layers ?? 1))
      return true
    case 'headers': {
      const value = 'x'.repeat(fault.bytes ?? 16)
      await line.send(whole(reply, Array.from({ length: fault.count ?? 100_000 }, (_, at) => [`x-${at}`, value] as const)))
      return true
    }
    case 'twice':
      await line.send(Buffer.concat([whole(reply), fault.second === undefined ? whole(reply) : Buffer.from(fault.second)]))
      return true
    case 'raw':
      await line.send(fault.bytes)
      await stop({ kind: fault.then ?? 'fin' }, line)
      return false
    // These have been met before there was a request.
    case 'not-tls':
    case 'certificate':
      return false
  }
}

/** Ends what is left of a conversation. */
export async function stop(fault: Stop, line: Line): Promise<void> {
  if (fault.kind === 'fin') return line.end(fault.abruptly ?? false)
  if (fault.kind === 'hang') return
  await line.wait(ARRIVAL_MS)
  line.reset()
}

async function sendUntil({ at }: Stop, reply: Reply, line: Line): Promise<void> {
  const { body } = reply
  const head = headOf(reply, at === 'end' ? null : [String(body.length)])
  if (at === 'head') return line.send(half(head))
  if (at !== 'body' && at !== 'end') return
  await line.send(head)
  await line.send(at === 'end' ? body : half(body))
}

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.ceil(bytes.length / 2))
}

async function trickle(bytes: Buffer, line: Line, size: number, everyMs: number): Promise<void> {
  for (let from = 0; from < bytes.length && line.isOpen; from += size) {
    await line.send(bytes.subarray(from, from + size))
    await line.wait(everyMs)
  }
}

function bomb({ headers, ...reply }: Reply, bytes: number, layers: number): Buffer {
  const blanks = gzipSync(Buffer.alloc(BLANKS, ' '))
  let body = Buffer.concat([...Array.from({ length: Math.ceil(bytes / BLANKS) }, () => blanks), gzipSync(reply.body)])
  for (let layer = 1; layer < layers; layer++) body = gzipSync(body)
  const encoding = Array.from({ length: layers }, () => 'gzip').join(', ')
  return whole({ ...reply, headers: [...headers, ['content-encoding', encoding]], body })
}
