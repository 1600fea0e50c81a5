import { environment } from './mail'

const blocks: Int32Array[] = []

/** Never equal to a generation: these cells close the fast path for good, and every call asks the native side. */
const UNSHARED = new Int32Array(1).fill(-2)

/** Electron shows a copy of foreign memory, in which no write of the native side is ever seen. */
const shared = probe()

/** The cell in which the native side keeps the generation of a manager's session. */
export function cellOf(block: number, slot: number): { cells: Int32Array; index: number } {
  return shared ? { cells: blockAt(block), index: slot } : { cells: UNSHARED, index: 0 }
}

function blockAt(number: number): Int32Array {
  return (blocks[number] ??= environment.cells(number)!)
}

function probe(): boolean {
  const first = blockAt(0)
  environment.probe(1)
  const seen = first[0] === 1
  environment.probe(2)
  return seen && first[0] === 2
}
