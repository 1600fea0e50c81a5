// The whole bench: measure, print the table, write the page and the chart.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Machine, thisMachine } from './machine'
import { type Figures, FULL, measure, QUICK } from './measurements'
import { minutesOf } from './pools'
import { chart } from './report/chart'
import { page } from './report/page'
import { terminalTable } from './report/terminal'
import { rowsOf } from './targets'

/** What there is of a run. */
interface Run {
  machine: Machine
  figures: Figures
}

/**
 * `quick` measures less and keeps nothing: `again` would make a page of it. `again` measures only the minute in which all tokens end,
 * for a machine that was not quiet when its turn came; the rest is what the run before has left, and the page says so.
 */
export async function run(root: string, { quick, again }: { quick: boolean; again: boolean }): Promise<void> {
  const file = join(root, 'bench', 'results', 'figures.json')
  const say = (step: string) => console.log(`  … ${step}`)
  const { machine, figures } = again ? await oneMore(JSON.parse(readFileSync(file, 'utf8')) as Run, say) : await whole(quick, root, say)
  const rows = rowsOf(figures)
  console.log(`\n${terminalTable(rows)}\n`)
  const missed = rows.filter((row) => row.met === false)
  if (!quick) {
    writeFileSync(file, JSON.stringify({ machine, figures }, null, 1))
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

async function whole(quick: boolean, root: string, say: (step: string) => void): Promise<Run> {
  const machine = thisMachine()
  return { machine, figures: await measure(quick ? QUICK : FULL, root, say) }
}

async function oneMore({ machine, figures }: Run, say: (step: string) => void): Promise<Run> {
  const { pool } = figures
  const expiries = await minutesOf(pool.accounts, FULL.minutes, say)
  const before = [...(figures.again?.before ?? []), ...pool.expiries]
  return { machine, figures: { ...figures, pool: { ...pool, expiries }, again: { at: new Date().toISOString(), before } } }
}
