// `npm run test:runtimes`: the package as it is published, in every runtime that can be had, each of the behaviours in __test__/runtimes on each
// build. Prints a table and fails if anything did. `-- --only node26,workerd` takes some of them, `--short` those of `npm test`, side by side;
// `--screenshot <file>` keeps what the page in Chromium shows.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './progress.mjs'
import { layOut } from './runtimes/app.mjs'
import { ROWS } from './runtimes/rows.mjs'
import { openStage } from './runtimes/stage.mjs'
import { failures, table, totals } from './runtimes/table.mjs'

const after = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined)
const sets = new Set(ROWS.map(({ set }) => set))
const only = after('--only')?.split(',') ?? [...sets]
const short = process.argv.includes('--short')
const chosen = ROWS.filter((row) => (short ? row.isShort : only.includes(row.set)))
for (const set of only) if (!sets.has(set)) throw new Error(`--only ${set} is none of ${[...sets].join(', ')}`)
for (const file of ['dist/index.cjs', 'dist/wasm/web.mjs']) if (!existsSync(join(root, file))) throw new Error(`there is no ${file}: npm run build`)

const app = layOut()
const stage = await openStage()
const place = { app, home: stage.home, screenshot: after('--screenshot') }
const results = []
try {
  // They mostly wait for tokens to age. Each by itself is easier to follow, and disturbed by nobody.
  if (short) results.push(...(await Promise.all(chosen.map(tried))))
  else for (const row of chosen) results.push(await tried(row))
} finally {
  stage.close()
}

async function tried({ runtime, build, run }) {
  const started = Date.now()
  const given = await attempted(run)
  const result = { runtime, build, ...(Array.isArray(given) ? { verdicts: given } : given) }
  const { passed, failed } = totals([result])
  const said = result.missing === undefined ? `${passed} passed${failed > 0 ? `, ${failed} failed` : ''}` : `NOT RUN: ${result.missing}`
  console.log(`  ${failed > 0 ? '✗' : result.missing === undefined ? '✓' : '-'} ${result.runtime}, ${build}: ${said} (${Math.round((Date.now() - started) / 1000)} s)`)
  return result
}

/** What goes wrong around the behaviours is a failure, too. */
async function attempted(run) {
  try {
    return await run(place)
  } catch (error) {
    return [{ name: 'it runs at all', ok: false, why: String(error?.stack ?? error) }]
  }
}

console.log(`\n${table(results)}\n`)
const { passed, failed, notRun } = totals(results)
if (failed > 0) console.log(`${failures(results)}\n`)
console.log(`${passed} passed, ${failed} failed${notRun > 0 ? `, ${notRun} of ${results.length} runtimes NOT RUN` : ''}`)
process.exitCode = failed === 0 ? 0 : 1
