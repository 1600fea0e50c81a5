import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Nothing a program does here takes nearly as long. */
const KILLED_AFTER_MS = 20_000

/** What a program of `programs/` is given. */
export interface ChildOptions {
  /** The server of its account: BASEROW_URL. */
  baseUrl?: string
  args?: Array<string | number>
  env?: Record<string, string | undefined>
  /** Flags of Node itself. */
  flags?: string[]
  /** For one that has more to do than others. */
  killedAfterMs?: number
}

/** How a program ended. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  /** Its lines on stdout. */
  lines: string[]
  stderr: string
  /** From its start to its end. */
  tookMs: number
  /** From its last line to its end: how long something kept it alive that had nothing more to say. */
  lingeredMs: number
}

/** A program that runs. */
export interface Child {
  ended: Promise<Ended>
  /** What it has said so far. */
  lines(): string[]
  /** Writes a line to its stdin. */
  tell(line: string): void
  kill(signal: NodeJS.Signals): void
}

/** Whatever the host or vitest has set must not decide about certificates, proxies or flags in a test. */
const OURS_TO_SET = /^(NODE_|VITE|SSL_CERT_)|_proxy$/i

/** Starts a program of `programs/` in a process of its own. It never outlives the test for long. */
export function start(program: string, options: ChildOptions = {}): Child {
  const { baseUrl, args = [], env = {}, flags = [], killedAfterMs = KILLED_AFTER_MS } = options
  const path = fileURLToPath(new URL(`programs/${program}`, import.meta.url))
  const inherited = Object.entries(process.env).filter(([name]) => !OURS_TO_SET.test(name))
  const started = performance.now()
  const child = spawn(process.execPath, [...flags, path, ...args.map(String)], {
    env: { ...Object.fromEntries(inherited), BASEROW_URL: baseUrl, ...env },
    timeout: killedAfterMs,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  let spoke = started
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    spoke = performance.now()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // A program that has ended does not read what it is told any more.
  child.stdin.on('error', () => {})
  const lines = () => stdout.split('\n').filter((line) => line !== '')
  const ended = new Promise<Ended>((resolve, reject) => {
    let exited = 0
    child.once('error', reject)
    child.once('exit', () => (exited = performance.now()))
    // After `exit`, once its last words have arrived too.
    child.once('close', (code, signal) => {
      const lingeredMs = Math.max(0, exited - spoke)
      resolve({ code, signal, lines: lines(), stderr, tookMs: exited - started, lingeredMs })
    })
  })
  return {
    ended,
    lines,
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: (signal) => void child.kill(signal),
  }
}

/** Runs a program of `programs/` to its end. */
export function run(program: string, options?: ChildOptions): Promise<Ended> {
  return start(program, options).ended
}
