// Runs the steps of a script, also side by side: one line each while they run, their output only when they fail.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const interactive = process.stdout.isTTY && !process.env.CI
/** The steps that are under way, in the order in which they began. */
const running = new Set()
const children = new Set()
let tick

/** Runs a command. `isGood`: is its output, too? Resolves to { ok, output, seconds }. */
export async function step(title, command, args, options = {}) {
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  const line = () => `${title} (${seconds()} s)`
  running.add(line)
  // A build of minutes without a sign of life looks like a hang.
  if (interactive) tick ??= setInterval(draw, 1000)
  else process.stdout.write(`  … ${title}\n`)
  draw()
  const { ok: ended, output } = await run(command, args, options)
  const ok = ended && (options.isGood?.(output) ?? true)
  running.delete(line)
  const detail = (ok || options.isGood) && options.summary ? `: ${options.summary(output)}` : ''
  erase()
  process.stdout.write(`  ${ok ? '✓' : '✗'} ${title}${detail} (${seconds()} s)\n`)
  if (!ok) process.stdout.write(`${output.trimEnd()}\n`)
  if (running.size > 0) draw()
  else tick = clearInterval(tick)
  return { ok, output, seconds: seconds() }
}

/** Runs lanes of steps side by side. */
export async function together(...lanes) {
  await Promise.all(lanes.map((lane) => lane()))
}

/** The last line of a terminal says what is under way. */
function draw() {
  if (!interactive) return
  erase()
  const line = `  … ${[...running].map((each) => each()).join(' and ')}`
  process.stdout.write(line.slice(0, (process.stdout.columns || 80) - 1))
}

function erase() {
  if (interactive) process.stdout.write('\r\x1b[2K')
}

function run(command, args, { env, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    children.add(child)
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ ok: false, output: `${output}${command}: ${error.message}\n` }))
    child.on('close', (code) => {
      children.delete(child)
      resolve({ ok: code === 0, output })
    })
  })
}

/** As `step`, but a failure ends the script. */
export async function must(title, command, args, options) {
  const result = await step(title, command, args, options)
  if (!result.ok) {
    console.error(`\nStopped: "${title}" failed; its output is above.`)
    // Those beside it would go on without anybody to hear of them.
    for (const child of children) child.kill()
    process.exit(1)
  }
  return result
}
