import { failure, json, page, PERMISSION_DENIED, SERVER_ERROR, throttled, type Answer } from './answers'
import { readBearer } from './authentication'
import type { Backend, Exchange } from './exchange'
import type { Endpoint, Fault } from './faults'
import type { Wire } from './wire'

/** Lets a request meet its fault; `handle` gives the answer that it would have got, `outage` what remains without a database. */
export function misbehave(
  fault: Fault,
  wire: Wire,
  { exchange, handle, outage }: { exchange: Exchange; handle: () => Answer; outage: () => Answer },
): void {
  switch (fault.kind) {
    case 'outage':
      return wire.send(outage())
    case 'status':
      return wire.send(anyAnswer(fault))
    case 'throttled':
      return wire.send(throttled(fault.retryAfterSeconds === undefined ? 29 : fault.retryAfterSeconds))
    case 'permission-denied':
      return wire.send(PERMISSION_DENIED)
    case 'hang':
      return
    case 'reset':
      return wire.reset()
    case 'torn':
      return wire.tear(handle())
    case 'slow':
      return wire.after(fault.ms, () => wire.send(handle()))
    case 'trickle':
      return wire.trickle(handle(), fault.bytes ?? 1, fault.everyMs ?? 20)
    case 'not-json':
      return wire.send(page(200, 'Baserow'))
    case 'no-token':
      return wire.send(json(200, { user: { first_name: 'Alice' }, permissions: [] }))
    case 'echo':
      return wire.send(echo(fault.status ?? 400, exchange.body.toString()))
    case 'redirect': {
      const location = fault.location ?? '/elsewhere/'
      return wire.send({ status: fault.status ?? 302, headers: { location, vary: 'origin' }, body: '' })
    }
    case 'huge':
      return wire.flood(json(200, ''), fault.bytes ?? 64 * 1024 * 1024)
  }
}

/** Without its database a Baserow still knows a dead token when it sees one (contract §6). */
export function outage(backend: Backend, exchange: Exchange, endpoint: Endpoint | undefined): Answer {
  if (endpoint !== 'api') return SERVER_ERROR
  const bearer = readBearer(backend, exchange)
  return bearer !== 'nobody' && 'refusal' in bearer ? bearer.refusal : SERVER_ERROR
}

function anyAnswer({ status, body, headers }: Extract<Fault, { kind: 'status' }>): Answer {
  const named = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  if (typeof body === 'object') return json(status, body, named)
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'text/plain; charset=utf-8' }
  return { status, headers: { ...type, ...named }, body: body ?? '' }
}

function echo(status: number, received: string): Answer {
  let quoted = JSON.stringify(received)
  try {
    JSON.parse(received)
    quoted = received
  } catch {
    // no JSON: it stays a string
  }
  const { body } = failure(status, 'ERROR_REQUEST_BODY_VALIDATION', 'This request could not be processed.')
  return json(status, `${body.slice(0, -1)},"received":${quoted}}`)
}
