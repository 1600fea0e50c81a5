import { atLeast, finite } from '../checks'
import { MOMENTS, needsTls, PARTS, KINDS, type NetworkFault, type NetworkFaultKind } from './faults'

const STOPS: readonly string[] = ['fin', 'hang', 'reset']

/** A fault as it was given, with a mistake in it refused: what cannot be played is not to be found out by a client. */
export function checked(given: NetworkFaultKind | NetworkFault, isTls: boolean): NetworkFault {
  const fault = (typeof given === 'string' ? { kind: given } : given) as NetworkFault | null | undefined
  if (typeof fault !== 'object' || fault === null) throw new TypeError("fail: give a fault, such as 'hang' or { kind: 'hang', at: 'body' }")
  if (!Object.hasOwn(KINDS, fault.kind)) throw new TypeError(`fail: there is no fault ${JSON.stringify(fault.kind)}`)
  checkParts(fault)
  if (needsTls(fault) && !isTls) throw new TypeError(`fail: the fault '${fault.kind}' needs a server with tls`)
  return fault
}

/** The origin of a server that can be asked, which is a plain-HTTP one. */
export function checkUpstream(upstream: unknown): void {
  if (upstream === undefined) return
  const url = typeof upstream === 'string' && URL.canParse(upstream) ? new URL(upstream) : undefined
  if (url?.protocol === 'http:') return
  // Not what was given: there may be a password in it.
  const what = url === undefined ? 'and is no URL' : `and not of an ${url.protocol} one`
  throw new TypeError(`startFaultServer: upstream must be the origin of an http: server, such as http://127.0.0.1:8080, ${what}`)
}

function checkParts(fault: NetworkFault): void {
  switch (fault.kind) {
    case 'hang':
    case 'reset':
    case 'fin':
      if (fault.at !== undefined && !MOMENTS.includes(fault.at)) throw new TypeError(`fail: there is no moment ${JSON.stringify(fault.at)}`)
      return
    case 'trickle':
      whole(1, fault, { bytes: fault.bytes })
      if (fault.everyMs !== undefined) atLeast(0, nameOf(fault, 'everyMs'), fault.everyMs)
      return
    case 'length':
      if ((fault.by === undefined) === (fault.says === undefined)) throw new TypeError("fail: the fault 'length' needs either by or says")
      if (fault.by !== undefined) finite(nameOf(fault, 'by'), fault.by)
      for (const says of [fault.says ?? []].flat()) if (typeof says !== 'string') throw wrong(fault, 'says', 'a text or a list of texts')
      return
    case 'endless':
      if (!PARTS.includes(fault.of)) throw new TypeError(`fail: there is no part ${JSON.stringify(fault.of)} of an answer`)
      return
    case 'bomb':
      return whole(1, fault, { bytes: fault.bytes, layers: fault.layers })
    case 'headers':
      return whole(0, fault, { count: fault.count, bytes: fault.bytes })
    case 'twice':
      if (fault.second !== undefined) bytes(fault, 'second', fault.second)
      return
    case 'raw':
      bytes(fault, 'bytes', fault.bytes)
      if (fault.then !== undefined && !STOPS.includes(fault.then)) throw wrong(fault, 'then', "'fin', 'hang' or 'reset'")
      return
    case 'certificate':
      for (const part of ['key', 'cert'] as const) if (typeof fault[part] !== 'string') throw wrong(fault, part, 'PEM text')
      return
    case 'not-tls':
      return
  }
}

function whole(least: number, fault: NetworkFault, parts: Record<string, number | undefined>): void {
  for (const [name, value] of Object.entries(parts)) {
    if (value === undefined) continue
    if (!Number.isSafeInteger(atLeast(least, nameOf(fault, name), value))) throw wrong(fault, name, 'a whole number')
  }
}

function bytes(fault: NetworkFault, name: string, value: unknown): void {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) throw wrong(fault, name, 'a text or bytes')
}

function wrong(fault: NetworkFault, name: string, what: string): TypeError {
  return new TypeError(`${nameOf(fault, name)} must be ${what}`)
}

function nameOf(fault: NetworkFault, name: string): string {
  return `fail: ${name} of the fault '${fault.kind}'`
}
