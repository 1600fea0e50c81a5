// Programs in processes of their own: what is promised across restarts and siblings cannot be shown in one process.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const CLI = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'cli.cjs')
// A hundred at once on a busy machine take their time.
const KILLED_AFTER_MS = 180_000

/** Whatever is set on the host must not decide what an example shows. */
const OURS_TO_SET = /^(NODE_|VITE|TOKENKEEP_|BASEROW_|XDG_|NO_COLOR|FORCE_COLOR)|_proxy$/i

/** Starts a program. With `fullDisk` no file can grow: what a disk without room is to whoever writes. */
export function start(program, { args = [], env = {}, input, fullDisk = false } = {}) {
  const inherited = Object.entries(process.env).filter(([name]) => !OURS_TO_SET.test(name))
  const words = [process.execPath, program, ...args]
  const [file, ...rest] = fullDisk ? ['sh', '-c', 'ulimit -f 0; exec "$0" "$@"', ...words] : words
  const child = spawn(file, rest, {
    env: { ...Object.fromEntries(inherited), ...env },
    timeout: KILLED_AFTER_MS,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  child.stdin.on('error', () => {})
  if (input !== undefined) child.stdin.end(input)
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr, lines: linesOf(stdout) }))
  })
  return {
    ended,
    kill: (signal) => child.kill(signal),
    tell: (line) => void child.stdin.write(`${line}\n`),
    /** Waits until it has said this so often. */
    says: (text, times = 1) => until(() => stdout.split(text).length > times),
  }
}

/** Runs a program to its end. */
export function run(program, options) {
  return start(program, options).ended
}

/** Runs the command `tokenkeep`. */
export function tokenkeep(words, options = {}) {
  return run(CLI, { ...options, args: words.split(' ') })
}

/** Starts the command `tokenkeep`. */
export function startTokenkeep(words, options = {}) {
  return start(CLI, { ...options, args: words.split(' ') })
}

/** The file beside the program that asks. */
export function beside(url, name) {
  return fileURLToPath(new URL(name, url))
}

/** Waits for what another process does, or the embedded server sees. */
export async function until(holds, withinMs = 20_000) {
  const deadline = Date.now() + withinMs
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${holds}`)
    await sleep(5)
  }
}

/** What has been counted from now on. */
export function counting(counters) {
  const before = { ...counters }
  return () => Object.fromEntries(Object.entries(counters).map(([name, count]) => [name, count - before[name]]))
}

function linesOf(text) {
  return text.split('\n').filter((line) => line !== '')
}
