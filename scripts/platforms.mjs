// The addon for platforms beside this one, built here and, where there is a way, tried here. `npm run build:platforms` takes the
// three of Linux that stand for the rest; `-- --target <triple>`, as often as wanted, takes others of package.json's `napi.targets`.
// Each build is optimised as a whole: two to ten minutes. `--no-trial` only builds; what is in target/addons then is for a release.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from './platforms/compile.mjs'
import { portrait } from './platforms/portrait.mjs'
import { trial } from './platforms/trial.mjs'
import { javascript, install } from './build.mjs'
import { root } from './progress.mjs'

const STANDING = ['x86_64-unknown-linux-gnu', 'x86_64-unknown-linux-musl', 'aarch64-unknown-linux-gnu']
const { targets } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).napi
const wanted = process.argv.flatMap((word, index) => (word === '--target' ? [process.argv[index + 1]] : []))
const triples = wanted.length > 0 ? wanted : STANDING
const isTried = !process.argv.includes('--no-trial')
for (const triple of triples) {
  if (!targets.includes(triple)) throw new Error(`${triple} is none of napi.targets in package.json: ${targets.join(', ')}`)
}

if (isTried) {
  await install()
  await javascript()
}
const rows = []
for (const triple of triples) {
  const addon = await compile(triple)
  const { size, gzip, glibc } = portrait(addon)
  const { ok, said } = isTried ? await trial(triple) : { ok: true, said: 'not tried' }
  if (!ok) process.exitCode = 1
  rows.push([triple, size, gzip, glibc, `${ok ? '' : 'FAILED: '}${said}`])
}
console.log('\n| triple | bytes | gzip | needs glibc | loads |\n| --- | ---: | ---: | --- | --- |')
for (const row of rows) console.log(`| ${row.join(' | ')} |`)
