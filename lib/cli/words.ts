const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const

/** "9 minutes": in the largest unit of which there are two, rounded down, so that nobody is promised more than there is. */
export function span(exactly: number): string {
  // The moment that a command itself took is not worth a minute less.
  const ms = Math.round(exactly / 1000) * 1000
  const [unit, size] = UNITS.find(([, each]) => ms >= 2 * each) ?? UNITS[3]
  const count = Math.floor(ms / size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** "in 9 minutes", "3 days ago". */
export function relative(at: number, now: number): string {
  const away = at - now
  if (Math.abs(away) < 500) return 'now'
  return away > 0 ? `in ${span(away)}` : `${span(-away)} ago`
}

/** RFC 3339 to the second: what a person needs to find the line in another log. */
export function stamp(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** Columns as wide as their widest cell; the last one is left ragged. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)))
  const line = (row: readonly string[]) => row.map((cell, column) => (column < row.length - 1 ? cell.padEnd(widths[column]!) : cell))
  return rows.map((row) => `${indent}${line(row).join('  ')}`.trimEnd()).join('\n')
}
