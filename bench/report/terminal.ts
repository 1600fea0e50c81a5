import type { Row } from '../targets'

/** The table for a terminal. */
export function terminalTable(rows: readonly Row[]): string {
  const lines = [['what', 'at least', 'measured', 'middle half', '']]
  for (const row of rows) {
    const verdict = row.met === null ? '' : row.met ? 'ok' : 'MISSED'
    lines.push([row.what.replaceAll('`', ''), row.target, row.measured, row.spread, verdict])
  }
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  const drawn = lines.map((line) => line.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd())
  drawn.splice(1, 0, '-'.repeat(Math.max(...drawn.map((line) => line.length))))
  return drawn.join('\n')
}
