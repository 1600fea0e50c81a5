// What a fresh machine must have before anything can be built, said in one sentence when it has not.
import { execFileSync } from 'node:child_process'

const NODE = [20, 19]
const RUST = [1, 89]

export function checkToolchain() {
  if (!atLeast(process.versions.node, NODE)) {
    stop(`tokenkeep needs Node ${NODE.join('.')} or newer; this is ${process.versions.node}. See https://nodejs.org`)
  }
  let rustc
  try {
    rustc = execFileSync('rustc', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    execFileSync('cargo', ['--version'], { stdio: 'ignore' })
  } catch {
    stop(`tokenkeep is built with Rust ${RUST.join('.')} or newer, and no rustc and cargo were found on the PATH. See https://rustup.rs`)
  }
  const version = /\d+\.\d+\.\d+/.exec(rustc)?.[0] ?? '0.0.0'
  if (!atLeast(version, RUST)) {
    stop(`tokenkeep needs Rust ${RUST.join('.')} or newer; this is ${version}. Try: rustup update stable`)
  }
}

function atLeast(version, [major, minor]) {
  const [hasMajor, hasMinor] = version.split('.').map(Number)
  return hasMajor > major || (hasMajor === major && hasMinor >= minor)
}

function stop(sentence) {
  console.error(`\n${sentence}\n`)
  process.exit(1)
}
