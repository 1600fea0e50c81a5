// The mail of the core, and letters in its place once it is dead.
import type { NativeLetter } from '../../binding'
import { causeOfDeath, insideOr, onDeath } from './instance'
import * as machine from './machine'
import { read } from './shapes'

/** Operations that somebody has begun and whose end has not been told, by the numbers of their managers. */
const underway = new Map<number, Set<number>>()

/** The end of this operation will be told, whatever happens. */
export function began(manager: number, operation: number): void {
  const operations = underway.get(manager)
  if (operations === undefined) underway.set(manager, new Set([operation]))
  else operations.add(operation)
  if (causeOfDeath() !== undefined) machine.announceMail()
}

/** One that could not begin. */
export function ended(manager: number, operation: number): void {
  const operations = underway.get(manager)
  operations?.delete(operation)
  if (operations?.size === 0) underway.delete(manager)
}

export function collect(): NativeLetter[] {
  const letters = insideOr<NativeLetter[]>([], (core) => read(core.collect()))
  for (const { manager, settled } of letters) if (settled !== undefined) ended(manager, settled.operation)
  const death = causeOfDeath()
  if (death === undefined) return letters
  const { code, statusCode: status, message } = death
  for (const [manager, operations] of underway) {
    for (const operation of operations) {
      const failure = { code, status, message, causes: [] }
      letters.push({ manager, settled: { operation, failure, generation: 0, renewed: false, at: 0, durationMs: 0, droppedLines: 0 } })
    }
  }
  underway.clear()
  return letters
}

onDeath(() => machine.announceMail())
