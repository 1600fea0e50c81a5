// Runs the steps of a script, one line each while they run, their output only when they fail (or when asked for).
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

const interactive = process.stdout.isTTY && !process.env.CI

/** Runs a command. Resolves to { ok, output, seconds }. */
export async function step(title, command, args, options = {}) {
  const started = Date.now()
  const seconds = () => Math.round((Date.now() - started) / 1000)
  process.stdout.write(interactive ? `  … ${title}` : `  … ${title}\n`)
  // A build of minutes without a sign of life looks like a hang.
  const tick = setInterval(() => interactive && process.stdout.write(`\r  … ${title} (${seconds()} s)`), 1000)
  const { ok, output } = await run(command, args, options)
  clearInterval(tick)
  const detail = ok && options.summary ? `: ${options.summary(output)}` : ''
  process.stdout.write(`${interactive ? '\r\x1b[2K' : ''}  ${ok ? '✓' : '✗'} ${title}${detail} (${seconds()} s)\n`)
  if (!ok) process.stdout.write(`${output.trimEnd()}\n`)
  return { ok, output, seconds: seconds() }
}

function run(command, args, { env, cwd = root } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => resolve({ ok: false, output: `${output}${command}: ${error.message}\n` }))
    child.on('close', (code) => resolve({ ok: code === 0, output }))
  })
}

/** As `step`, but a failure ends the script. */
export async function must(title, command, args, options) {
  const result = await step(title, command, args, options)
  if (!result.ok) {
    console.error(`\nStopped: "${title}" failed; its output is above.`)
    process.exit(1)
  }
  return result
}
