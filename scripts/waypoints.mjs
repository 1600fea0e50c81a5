// A second addon for the tests that kill processes at named steps (src/waypoint.rs), beside a copy of the built JavaScript:
// what is published knows no such steps.
import { copyFileSync, cpSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must, root } from './progress.mjs'

const target = join(root, 'target')
const home = join(target, 'waypoints')

/** Where the loader of `dist/` looks for the addon of a local build, by platform. */
const LIBRARY = {
  'linux-x64': ['libtokenkeep.so', 'tokenkeep.linux-x64-gnu.node'],
  'linux-arm64': ['libtokenkeep.so', 'tokenkeep.linux-arm64-gnu.node'],
  'darwin-arm64': ['libtokenkeep.dylib', 'tokenkeep.darwin-arm64.node'],
}[`${process.platform}-${process.arch}`]

/** Can this platform have it? */
export const isPossible = LIBRARY !== undefined

/** What it has in common with the Rust tests of the addon: cargo compiles that once for both. */
export const FEATURES = ['--features', 'outside-node,waypoints']

/** Compiles it; `env` is what the tests are compiled with. */
export async function compile(env = {}) {
  if (!isPossible) return console.warn('  NOT BUILT: the addon that dies at named steps. It needs a system with signals.')
  // The profile of the Rust tests: no optimiser to wait for, and its overflow checks come for nothing.
  // With a test, so that dependencies have the features that they have for the tests.
  const args = ['build', '-q', '--lib', '--test', 'file_store', ...FEATURES, '--target-dir', target]
  await must('compile the addon that dies where it is told to', 'cargo', args, { env })
  mkdirSync(home, { recursive: true })
  const [built, named] = LIBRARY
  // At once: the next build, of other features, puts its own there. And never written over in place: a process that has it loaded
  // would die of it.
  copyFileSync(join(target, 'debug', built), join(home, `${named}.new`))
  renameSync(join(home, `${named}.new`), join(home, named))
}

/** Puts a copy of what `dist/` has now beside it. */
export function place() {
  rmSync(join(home, 'dist'), { recursive: true, force: true })
  cpSync(join(root, 'dist'), join(home, 'dist'), { recursive: true })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await compile()
  place()
}
