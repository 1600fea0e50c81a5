// `npm run soak`: ten minutes of a service whose server fails at random. `--seconds N` for less or more, `--seed S` to have the same
// faults in the same order again, `--built` where the addon of the tests is there already.
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build.mjs'
import { root } from './progress.mjs'
import { compile, place } from './waypoints.mjs'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, seed: { type: 'string' }, built: { type: 'boolean', default: false } },
})
const seed = values.seed ?? String(randomInt(2 ** 32))

if (!values.built) {
  await build()
  await compile()
  place()
}
if (!existsSync(join(root, 'target', 'waypoints', 'dist', 'index.mjs'))) {
  console.warn('NOT SOAKED: there is no addon whose constants can be scaled (node scripts/waypoints.mjs builds it, on a system with signals)')
  process.exit()
}
// Tokens that live 300 ms in the place of ten minutes: every constant of the life cycle is scaled to match.
// And what an engine and an allocator take in advance, which goes by the speed of the machine, is kept small, so that what grows is ours.
const env = { ...process.env, TOKENKEEP_PACE: '0.0005', MALLOC_ARENA_MAX: '1' }
const args = ['--expose-gc', '--max-semi-space-size=2', join(root, 'scripts', 'soak', 'run.mjs'), values.seconds, seed]
const child = spawn(process.execPath, args, { env, stdio: 'inherit' })
child.on('exit', (code) => {
  if (code !== 0) console.log(`\nThe same again: npm run soak -- --seconds ${values.seconds} --seed ${seed}`)
  process.exitCode = code ?? 1
})
