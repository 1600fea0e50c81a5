// `npm test`: installs, builds and runs everything; ends in "N passed, N failed". `npm run test:long` repeats the short
// proofs many times over.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { addon, install, javascript } from './build.mjs'
import { isProof, lineOf, ofCargo, ofVitest } from './counts.mjs'
import { root, step, together } from './progress.mjs'
import { compile, FEATURES, isPossible, place } from './waypoints.mjs'

const long = process.argv.includes('--long')
const LONG_ROUNDS = 20
const results = join(root, 'target', 'vitest.json')
let passed = 0
let failed = 0
/** Whatever any step has printed. */
let said = ''

/** A step that is right or wrong as a whole. */
async function whole(title, command, args, options) {
  const { ok, output } = await step(title, command, args, options)
  said += output
  count(ok ? 1 : 0, ok ? 0 : 1)
}

/** A step that counts tests of its own. One in which none ran has failed. */
async function counted(title, command, args, options, countOf) {
  const summary = (output) => lineOf(countOf(output))
  const isGood = (output) => isProof(countOf(output))
  const { ok, output } = await step(title, command, args, { ...options, summary, isGood })
  said += output
  const sum = countOf(output)
  count(sum.passed, ok ? 0 : Math.max(1, sum.failed))
}

function count(good, bad) {
  passed += good
  failed += bad
}

/** What vitest has written, if it came so far. */
function report() {
  return existsSync(results) ? readFileSync(results, 'utf8') : undefined
}

function vitest(title, specs = [], more = {}) {
  rmSync(results, { force: true })
  // It was built a moment ago: whoever misses it has not looked in the right place.
  const env = { ...(isPossible ? { TOKENKEEP_TEST_ADDON: 'required' } : {}), ...more }
  const reports = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  return counted(title, process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reports, ...specs], { env }, () => ofVitest(report()))
}

console.log(`tokenkeep: ${long ? 'the long tests' : 'all tests'}, from the tools to the types\n`)
await install()
// Whatever needs no addon beside whatever is needed for it: one core has enough to do with the optimiser.
await together(packaged, proven)
place()

/** The addon and the package that users get, and its types. */
async function packaged() {
  await addon()
  await javascript()
  await whole('TypeScript', process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'])
  await whole('the committed types are those of the sources', 'git', ['diff', '--exit-code', '--', '*.d.ts', '*.d.mts'])
}

/** What Rust can say about the Rust part. */
async function proven() {
  const core = ['--no-default-features']
  const denied = ['--', '-D', 'warnings']
  // Nobody will change a line and build again: what that would take costs more than it brings.
  const env = { CARGO_INCREMENTAL: '0' }
  await whole('rustfmt', 'cargo', ['fmt', '--check'])
  await whole('clippy: the core', 'cargo', ['clippy', '-q', ...core, '--all-targets', ...denied], { env })
  // The other tests know nothing of features, and have been seen to.
  const native = [...FEATURES, '--lib', '--test', 'file_store']
  await whole('clippy: the addon', 'cargo', ['clippy', '-q', ...native, '--profile', 'test', ...denied], { env })
  await whole('rustdoc', 'cargo', ['doc', '-q', '--no-deps', '--document-private-items', ...FEATURES], {
    env: { ...env, RUSTDOCFLAGS: '-D warnings' },
  })
  await counted('the addon without Node, and the file store on a real disk', 'cargo', ['test', '-q', ...native], { env }, ofCargo)
  await compile(env)
  await counted(
    'the core, without runtime or network, and half a minute of fuzzing',
    'cargo',
    ['test', '-q', ...core],
    { env: { ...env, ...(long ? { TOKENKEEP_FUZZ_SECONDS: '300' } : {}) } },
    ofCargo,
  )
  await counted(
    'the flight and the freshness cells, in every order of their threads (loom)',
    'cargo',
    ['test', '-q', ...core, '--profile', 'loom', '--test', 'flight_loom', '--test', 'freshness_loom'],
    { env: { RUSTFLAGS: '--cfg loom', CARGO_TARGET_DIR: join(root, 'target', 'loom'), ...(long ? { LOOM_MAX_PREEMPTIONS: '5' } : {}) } },
    ofCargo,
  )
  await whole(
    'ten thousand worlds full of faults over the core (the simulator)',
    'cargo',
    ['run', '-q', ...core, '--profile', 'simulator', '--example', 'simulate', '--', '--seeds', long ? '100000' : '10000'],
    { env, summary: (output) => output.match(/^\d+ seeds held/m)?.[0] ?? 'not all held' },
  )
}

await vitest('the package, over real sockets and in real processes (vitest)', ['--exclude=__test__/processes/**'])
// By themselves, one file after another: dozens of processes at once would be in the way of whoever measures.
await vitest('a host full of processes that share sessions, die, hang and run out of disk', ['--no-file-parallelism', '__test__/processes'], {
  TOKENKEEP_LONG: long ? '1' : '',
})
for (let round = 1; long && round <= LONG_ROUNDS; round++) {
  // Exits, terminations and threads at moments that differ from run to run: hundreds of each.
  await vitest(`processes and workers, round ${round} of ${LONG_ROUNDS}`, ['__test__/process.spec.ts', '__test__/worker.spec.ts'])
}
await whole('a minute of soaking, with a server that fails at random', process.execPath, ['scripts/soak.mjs', '--seconds', '60', '--built'], {
  summary: (output) => output.match(/^soak: (resident memory .*)$/m)?.[1] ?? 'not on this platform',
})
await whole('the demo', process.execPath, ['examples/baserow-bridge/main.mjs'])

/** The passwords of the test servers, and whatever has the form of their tokens, must not be in anything that was printed. */
function searchForSecrets() {
  const { DEFAULT_KEY, DEFAULT_USER } = createRequire(import.meta.url)(join(root, 'dist', 'testing.cjs'))
  const planted = [DEFAULT_KEY, DEFAULT_USER.password].filter((secret) => said.includes(secret))
  const tokens = said.match(/eyJ[\w-]{10,}\.[\w-]{10,}/g) ?? []
  const hits = planted.length + tokens.length
  console.log(`  ${hits === 0 ? '✓' : '✗'} no password and no token in ${Math.round(said.length / 1024)} kB of output`)
  // Not which: this is output, too.
  if (hits > 0) console.log(`${planted.length} passwords and ${tokens.length} tokens were printed by the steps above`)
  count(hits === 0 ? 1 : 0, hits === 0 ? 0 : 1)
}

searchForSecrets()
console.log(failed === 0 ? '\nEverything passed.' : '\nSomething failed; its output is above.')
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
