// Breaks a rule of the core at a time, in a copy of the tree, and lets the simulator look for a seed that shows it.
// `npm run simulate:broken`; `-- --seeds <how many>` at most for each.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './progress.mjs'

const at = process.argv.indexOf('--seeds')
const seeds = at < 0 ? '3000' : process.argv[at + 1]
const patches = join(root, 'simulator', 'broken')
const rows = []
let unfound = 0
for (const name of readdirSync(patches).filter((each) => each.endsWith('.patch')).sort()) {
  const tree = mkdtempSync(join(tmpdir(), 'tokenkeep-broken-'))
  try {
    for (const part of ['src', 'simulator', 'tests', 'Cargo.toml', 'Cargo.lock', 'build.rs']) {
      cpSync(join(root, part), join(tree, part), { recursive: true })
    }
    run('git', ['apply', join(patches, name)], tree)
    const rule = readFileSync(join(patches, name), 'utf8').split('\n')[0]
    const build = ['build', '-q', '--no-default-features', '--profile', 'simulator', '--example', 'simulate']
    const target = join(root, 'target', 'broken')
    run('cargo', build, tree, { CARGO_TARGET_DIR: target })
    const { stdout } = spawnSync(join(target, 'simulator', 'examples', 'simulate'), ['--seeds', seeds], { encoding: 'utf8' })
    const found = stdout.match(/^seed (\d+) failed after ([\d.]+) s: (.*)$/m)
    if (!found) unfound += 1
    rows.push([name.replace('.patch', ''), rule, found?.[1] ?? 'none', found?.[3] ?? `not found in ${seeds} seeds`])
    console.log(`${found ? '✓' : '✗'} ${name}: ${found ? `seed ${found[1]} after ${found[2]} s: ${found[3]}` : `not found in ${seeds} seeds`}`)
  } finally {
    rmSync(tree, { recursive: true, force: true })
  }
}
console.log('\n| broken | the rule | seed | what the simulator said |\n| --- | --- | --- | --- |')
for (const row of rows) console.log(`| ${row.join(' | ')} |`)
process.exitCode = unfound === 0 ? 0 : 1

function run(command, args, cwd, env = {}) {
  const { status, stderr } = spawnSync(command, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stderr}`)
}
