// `npm run mutants`: breaks the rules of renewal one line at a time and lists what no test has noticed (docs/mutants.md). Hours on
// two cores, so it is no part of `npm test`. What comes after `--` goes to cargo-mutants: `npm run mutants -- --file src/policy.rs`.
import { spawnSync } from 'node:child_process'
import { root } from './progress.mjs'

const cargo = (...args) => spawnSync('cargo', args, { cwd: root, stdio: 'inherit' }).status
if (spawnSync('cargo', ['mutants', '--version']).status !== 0) {
  console.error('cargo-mutants is missing: cargo install cargo-mutants --locked')
  process.exit(1)
}
// One at a time: the tests of one use both cores.
process.exitCode = cargo('mutants', '--jobs', '1', '--output', 'target', ...process.argv.slice(2)) ?? 1
