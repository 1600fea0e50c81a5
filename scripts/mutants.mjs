// `npm run mutants`: breaks the rules of renewal one line at a time and lists what no test has noticed (docs/mutants.md). Minutes on
// two cores, so it is no part of `npm test`. Parts of it: `npm run mutants -- --file 'src/policy*'`, `-- --mutant 42`, `-- --list`.
import { spawnSync } from 'node:child_process'
import { root } from './progress.mjs'

const tool = ['run', '--quiet', '--manifest-path', `${root}/scripts/schemata/Cargo.toml`, '--target-dir', `${root}/target/schemata/tool`]
const env = { ...process.env, SCHEMATA_PROJECT: root.replace(/\/$/, '') }
process.exitCode = spawnSync('cargo', [...tool, '--', ...process.argv.slice(2)], { cwd: root, env, stdio: 'inherit' }).status ?? 1
