// Rust's standard library for a target beside this machine's own, and what every target is compiled with.
// `node scripts/rust-target.mjs <triple>` brings one.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root, step } from './progress.mjs'

/** Where the tools of the founders' machines lie. There rustup cannot download. */
const INSTALLER = join(root, '..', 'shared', 'tools', 'install-rust-target')
const PATIENCE_MS = 300_000

/** Brings the library, if it is not there. Gives the reason why it cannot be had. `undefined`: it is there. */
export async function bring(triple) {
  if (isThere(triple)) return undefined
  // In a process of its own: rustup that fails has not failed this step, as long as another one can take its place.
  const { ok } = await step(`bring Rust's library for ${triple}`, process.execPath, [fileURLToPath(import.meta.url), triple])
  if (ok) return undefined
  return `there is no standard library of Rust for ${triple}. It is brought by: rustup target add ${triple} (where that cannot download, TOKENKEEP_RUST_TARGET may name a program that takes the triple and brings it)`
}

/** Panics name source files: not by the folders of whoever built it. scripts/cargo says the same for the addon of this machine. */
export function remapped() {
  const registries = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src')
  const folders = [root, ...(existsSync(registries) ? readdirSync(registries).map((name) => join(registries, name, sep)) : [])]
  return folders.map((folder) => `--remap-path-prefix=${folder}=`)
}

function isThere(triple) {
  const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { cwd: root, encoding: 'utf8' }).trim()
  const place = join(sysroot, 'lib', 'rustlib', triple, 'lib')
  return existsSync(place) && readdirSync(place).some((name) => /^libstd-.*\.rlib$/.test(name))
}

/** rustup is asked first, then whoever takes its place. Is it there now? */
function brought(triple) {
  const { TOKENKEEP_RUST_TARGET: named } = process.env
  const others = [...(named ? [named] : []), ...(existsSync(INSTALLER) ? [INSTALLER] : [])].map((program) => [program, [triple]])
  return [['rustup', ['target', 'add', triple]], ...others].some(([program, args]) => {
    // In `root`, so that it is added to the toolchain that builds there.
    const { error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', timeout: PATIENCE_MS })
    if (error !== undefined) console.error(`${program}: ${error.message}`)
    return isThere(triple)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = brought(process.argv[2]) ? 0 : 1
