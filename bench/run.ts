// The whole bench: measure, print the table, write the page and the chart.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { thisMachine } from './machine'
import { FULL, measure, QUICK } from './measurements'
import { chart } from './report/chart'
import { page } from './report/page'
import { terminalTable } from './report/terminal'
import { rowsOf } from './targets'

/** `quick` measures less and writes no page. */
export async function run(root: string, quick: boolean): Promise<void> {
  const machine = thisMachine()
  const figures = await measure(quick ? QUICK : FULL, root, (step) => console.log(`  … ${step}`))
  const rows = rowsOf(figures)
  console.log(`\n${terminalTable(rows)}\n`)
  writeFileSync(join(root, 'bench', 'results', 'figures.json'), JSON.stringify({ machine, figures }, null, 1))
  const missed = rows.filter((row) => row.met === false)
  if (!quick) {
    mkdirSync(join(root, 'docs'), { recursive: true })
    writeFileSync(join(root, 'docs', 'performance.md'), page(machine, rows, figures))
    writeFileSync(join(root, 'docs', 'performance.svg'), chart(rows))
    console.log('Written: docs/performance.md, docs/performance.svg')
  }
  const promised = rows.filter((row) => row.met !== null).length
  if (missed.length === 0) console.log(`All ${promised} promises are kept.`)
  else console.log(`${missed.length} of ${promised} promises MISSED: ${missed.map((row) => row.what).join('; ')}.`)
  if (quick && missed.length > 0) console.log('This was the quick run: only `npm run bench` has enough rounds to tell noise from loss.')
}
