// `npm test`: installs, builds and runs everything; ends in "N passed, N failed". `npm run test:long` repeats the short
// proofs many times over.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { addon, install, javascript } from './build.mjs'
import { isProof, lineOf, ofCargo, ofRuntimes, ofVitest } from './counts.mjs'
import { found } from './deny.mjs'
import { root, step, together } from './progress.mjs'
import { server } from './redis.mjs'
import * as wasm from './wasm.mjs'
import { compile, FEATURES, isPossible, place } from './waypoints.mjs'

const long = process.argv.includes('--long')
const LONG_ROUNDS = 20
/** What of the package is tested on both builds, in `npm test` the first two and every scenario; `__test__/on_wasm.ts` says which of these tests are the addon's alone. */
const ON_WASM = ['drop_in', 'manager', 'pool', 'hot_path', 'custom', 'custom_store', 'host_fetch', 'oauth2', 'two_factor', 'options', 'observability', 'redis', 'wasm'].map(
  (name) => `__test__/${name}.spec.ts`,
)
const HANGING = '__test__/processes/killed.spec.ts'
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

/** How often vitest was started: there may be two of it at once, and each writes a file. */
let reports = 0

function vitest(title, specs = [], more = {}) {
  const results = join(root, 'target', `vitest-${++reports}.json`)
  rmSync(results, { force: true })
  // What it has written, if it came so far.
  const report = () => (existsSync(results) ? readFileSync(results, 'utf8') : undefined)
  // It was built a moment ago: whoever misses it has not looked in the right place.
  const env = { ...(isPossible ? { TOKENKEEP_TEST_ADDON: 'required' } : {}), ...more }
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${results}`]
  return counted(title, process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...specs], { env }, () => ofVitest(report()))
}

console.log(`tokenkeep: ${long ? 'the long tests' : 'all tests'}, from the tools to the types\n`)
await install()
// Whatever needs no addon beside whatever is needed for it: one core has enough to do with the optimiser.
await together(packaged, proven)
place()

/** The addon and the package that users get, and its types. */
async function packaged() {
  await addon()
  await wasm.core()
  if (long && wasm.isCompiled()) {
    const face = ['--no-default-features', '--features', 'wasm', '--target', wasm.TARGET, '--lib']
    await whole('clippy: the WebAssembly build', 'cargo', ['clippy', '-q', ...face, '--', '-D', 'warnings'])
  }
  await javascript()
  await whole('TypeScript', process.execPath, ['node_modules/typescript-7/bin/tsc', '-p', 'tsconfig.json'])
}

/** What Rust can say about the Rust part. */
async function proven() {
  const core = ['--no-default-features']
  const denied = ['--', '-D', 'warnings']
  // Nobody will change a line and build again: what that would take costs more than it brings.
  const env = { CARGO_INCREMENTAL: '0' }
  await whole('rustfmt', 'cargo', ['fmt', '--check'])
  // All of it at once; by itself the core is compiled below, and warns as it is.
  await whole('clippy', 'cargo', ['clippy', '-q', ...FEATURES, '--all-targets', ...denied], { env })
  if (long) await whole('clippy: the core by itself', 'cargo', ['clippy', '-q', ...core, '--all-targets', ...denied], { env })
  if (long || found()) await whole('what comes from others, by cargo-deny', process.execPath, ['scripts/deny.mjs'])
  else console.log('  NOT RUN: cargo-deny, which is not installed (npm run supply-chain brings it); the package tests read the lock files')
  // The other tests know nothing of features.
  const native = [...FEATURES, '--lib', '--test', 'file_store', '--test', 'gated']
  await whole('rustdoc', 'cargo', ['doc', '-q', '--no-deps', '--document-private-items', ...FEATURES], {
    env: { ...env, RUSTDOCFLAGS: '-D warnings' },
  })
  await counted('the addon without Node, and the file store on a real disk', 'cargo', ['test', '-q', ...native], { env }, ofCargo)
  await compile(env)
  await counted(
    'the core, without runtime or network, and a little fuzzing',
    'cargo',
    ['test', '-q', ...core],
    { env: { ...env, TOKENKEEP_FUZZ_SECONDS: long ? '300' : '3' } },
    ofCargo,
  )
  await counted(
    'the flight and the freshness cells, in every order of their threads (loom)',
    'cargo',
    ['test', '-q', ...core, '--features', 'loom', '--profile', 'simulator', '--test', 'flight_loom', '--test', 'freshness_loom'],
    { env: { ...env, LOOM_MAX_PREEMPTIONS: long ? '5' : '3' } },
    ofCargo,
  )
}

/** As long as it takes, and at the least priority: it looks at no clock, and beside it are those who do. */
async function simulated() {
  const args = ['run', '-q', '--no-default-features', '--profile', 'simulator', '--example', 'simulate', '--', '--seeds', long ? '100000' : '10000']
  const [command, ...before] = process.platform === 'win32' ? ['cargo'] : ['nice', '-n', '19', 'cargo']
  await whole('ten thousand worlds full of faults over the core (the simulator)', command, [...before, ...args], {
    env: { CARGO_INCREMENTAL: '0' },
    summary: (output) => output.match(/^\d+ seeds held/m)?.[0] ?? 'not all held',
  })
}

// Once, before several files of tests look for it at the same time.
for (const name of long ? ['redis', 'valkey'] : ['redis']) {
  const { why, version } = server(name)
  console.log(why === undefined ? `  ${name} ${version} to test against` : `  NOT RUN: whatever needs a real ${name}: ${why}`)
}
// What is about a build that is not here.
const unbuilt = wasm.isCompiled() ? [] : ['--exclude=__test__/wasm.spec.ts', '--exclude=__test__/installed.spec.ts']
const sockets = () =>
  vitest('the package, over real sockets and in real processes (vitest)', ['--exclude=__test__/processes/**', ...unbuilt], {
    TOKENKEEP_LONG: long ? '1' : '',
  })
await together(sockets, simulated)
// The first waits for most of its minute, the second for other runtimes, the third for processes that hang.
await together(soaked, elsewhere, () => processes('processes that hang or are killed at each step', HANGING))
// By themselves, one file after another: dozens of processes at once would be in the way of whoever measures.
await processes('a host full of processes that share sessions, die and run out of disk', `--exclude=${HANGING}`, '__test__/processes')
for (let round = 1; long && round <= LONG_ROUNDS; round++) {
  // Exits, terminations and threads at moments that differ from run to run: hundreds of each.
  await vitest(`processes and workers, round ${round} of ${LONG_ROUNDS}`, ['__test__/process.spec.ts', '__test__/worker.spec.ts'])
}
await whole('the demo', process.execPath, ['examples/baserow-bridge/main.mjs'])

function processes(title, ...specs) {
  return vitest(title, ['--no-file-parallelism', ...specs], { TOKENKEEP_LONG: long ? '1' : '' })
}

async function soaked() {
  await whole('a minute of soaking, with a server that fails at random', process.execPath, ['scripts/soak.mjs', '--seconds', '60', '--built'], {
    summary: (output) => output.match(/^soak: (resident memory .*)$/m)?.[1] ?? 'not on this platform',
  })
}

/** The WebAssembly build, and whatever else than this Node runs one of the two. */
async function elsewhere() {
  if (!wasm.isCompiled()) {
    return console.log(`  NOT RUN: whatever needs the WebAssembly build, which was not built (rustup target add ${wasm.TARGET})`)
  }
  const specs = long ? ON_WASM : ON_WASM.slice(0, 2)
  await vitest('the same on the WebAssembly build, where it needs neither files nor threads (vitest)', specs, { TOKENKEEP_FORCE_WASM: '1' })
  await runtimes()
}

/** Whatever cannot be had here, for lack of a network or of a build for this platform, is said and has not failed. */
async function runtimes() {
  const title = long ? 'the package in every runtime that can be had' : 'the package in the newest Node, in Bun and in workerd'
  const options = { summary: (output) => lineOf(ofRuntimes(output)), isGood: (output) => ofRuntimes(output).failed === 0 }
  const { ok, output } = await step(title, process.execPath, ['scripts/runtimes.mjs', ...(long ? [] : ['--short'])], options)
  said += output
  for (const [, what] of output.matchAll(/^ {2}- (.*) \(\d+ s\)$/gm)) console.log(`  ${what}`)
  const { passed, failed } = ofRuntimes(output)
  count(passed, ok ? 0 : Math.max(1, failed))
}

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
