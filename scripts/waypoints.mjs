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

export async function waypoints() {
  if (LIBRARY === undefined) return console.warn('  NOT BUILT: the addon that dies at named steps. It needs a system with signals.')
  // The profile of the Rust tests: no optimiser to wait for, and its overflow checks come for nothing.
  const args = ['rustc', '-q', '--lib', '--crate-type', 'cdylib', '--no-default-features', '--features', 'binding,waypoints']
  await must('compile the addon that dies where it is told to', 'cargo', [...args, '--target-dir', target])
  mkdirSync(home, { recursive: true })
  rmSync(join(home, 'dist'), { recursive: true, force: true })
  cpSync(join(root, 'dist'), join(home, 'dist'), { recursive: true })
  const [built, named] = LIBRARY
  // Never written over in place: a process that has it loaded would die of it.
  copyFileSync(join(target, 'debug', built), join(home, `${named}.new`))
  renameSync(join(home, `${named}.new`), join(home, named))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await waypoints()
