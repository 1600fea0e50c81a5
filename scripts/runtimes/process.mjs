// Runs a program that prints verdicts, a line of JSON each, and says whether it ended by itself.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** For all the verdicts, and after the last of them. */
const PATIENCE_MS = 240_000
const TO_END_MS = 5000

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** The verdicts, the one on its end among them. */
export function verdictsOf(program, args, { cwd, env = {}, warning } = {}) {
  const { TOKENKEEP_FORCE_WASM: _, ...outside } = process.env
  const child = spawn(program, args, { cwd, env: { ...outside, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  const verdicts = []
  let errors = ''
  let late = false
  /** All verdicts are there, and it is to end. */
  let isDone = false
  const hasty = (ms) => setTimeout(() => ((late = true), child.kill('SIGKILL')), ms)
  let timer = hasty(PATIENCE_MS)
  child.stderr.on('data', (chunk) => (errors += chunk))
  createInterface(child.stdout).on('line', (line) => {
    if (!line.startsWith('{')) return void (errors += `${line}\n`)
    const said = JSON.parse(line)
    if (!said.end) return void verdicts.push(said)
    isDone = true
    clearTimeout(timer)
    timer = hasty(TO_END_MS)
  })
  return new Promise((resolve) => {
    const end = (ok, why) => {
      clearTimeout(timer)
      running.delete(child)
      verdicts.push({ name: 'the process ends by itself', ok, why: `${why}\n${errors}`.trim() })
      if (warning !== undefined) verdicts.push({ name: warning.name, ...judgedBy(warning, errors) })
      resolve(verdicts)
    }
    child.on('error', (error) => end(false, error.message))
    child.on('close', (code, signal) => {
      if (late) end(false, `it had to be killed after ${isDone ? TO_END_MS : PATIENCE_MS} ms`)
      else end(code === 0 && isDone, `it ended with ${signal ?? code}`)
    })
  })
}

function judgedBy({ times, words }, errors) {
  const found = errors.split(words).length - 1
  return { ok: found === times, why: `it was said ${found} times:\n${errors}` }
}
