// Builds everything, then measures it against a pure-TypeScript manager.
// `--quick` takes three minutes and keeps nothing; `--no-build` measures what is there; `--again` measures once more, and by itself, what
// a machine that is not quiet spoils most.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { must, root } from './progress.mjs'
import { server } from './redis.mjs'

if (process.platform !== 'linux') {
  console.error('The bench reads threads and memory from /proc: it runs on Linux only.')
  process.exit(1)
}
const quick = process.argv.includes('--quick')
const again = process.argv.includes('--again')
if (again && !existsSync(join(root, 'bench', 'results', 'figures.json'))) {
  console.error('--again repeats a part of a whole run, and there has been none: npm run bench')
  process.exit(1)
}
if (!process.argv.includes('--no-build')) {
  console.log('Building tokenkeep:')
  const { build } = await import('./build.mjs')
  await build()
}

const results = join(root, 'bench', 'results')
for (const name of mkdirSync(results, { recursive: true }) ? [] : readdirSync(results)) {
  if (name.endsWith('.cjs')) rmSync(join(results, name))
}
const scripts = readdirSync(join(root, 'bench', 'measured')).map((name) => `bench/measured/${name}`)
console.log(`Measuring tokenkeep against pure TypeScript${quick ? ', quickly' : again ? ', once more' : ' (twenty minutes)'}:`)
await must('compile the bench', join(root, 'node_modules', '.bin', 'esbuild'), [
  'bench/run.ts',
  'bench/baseline.ts',
  ...scripts,
  '--bundle',
  '--platform=node',
  '--target=node20',
  '--format=cjs',
  '--out-extension:.js=.cjs',
  '--entry-names=[name]',
  '--outdir=bench/results',
  '--external:../../dist/index.cjs',
  '--external:../../dist/redis.cjs',
  '--external:./index.cjs',
  '--external:./baseline.cjs',
])
const redis = server('redis')
if (redis.why === undefined) process.env.BENCH_REDIS = JSON.stringify(redis)
else console.warn(`  NOT MEASURED: a session in Redis: ${redis.why}`)
const { run } = createRequire(import.meta.url)(join(results, 'run.cjs'))
await run(root, { quick, again })
