// `npm run mutants`: breaks the rules of renewal one line at a time and lists what no test has noticed (docs/mutants.md). Hours on
// two cores, so it is no part of `npm test`. A part of it: `npm run mutants -- --file src/policy.rs`.
import { spawnSync } from 'node:child_process'
import { root } from './progress.mjs'

/** What the rules are in. */
const RULES = ['src/policy.rs', 'src/policy/*.rs', 'src/flight.rs', 'src/manager.rs', 'src/manager/*.rs']

const asked = process.argv.slice(2)
const files = asked.some((argument) => /^(-f|--file)\b/.test(argument)) ? [] : RULES.map((file) => `--file=${file}`)
if (spawnSync('cargo', ['mutants', '--version']).status !== 0) {
  console.error('cargo-mutants is missing: cargo install cargo-mutants --locked')
  process.exit(1)
}
// One at a time: the tests of one use both cores.
const args = ['mutants', '--jobs=1', '--output=target', ...files, ...asked]
process.exitCode = spawnSync('cargo', args, { cwd: root, stdio: 'inherit' }).status ?? 1
