import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER } from 'tokenkeep/testing'
import { expect } from 'vitest'

const KILLED_AFTER_MS = 20_000

export const CLI = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'cli.cjs')

/** Whatever the host or vitest has set must not decide about a test. */
const OURS_TO_SET = /^(NODE_|VITE|SSL_CERT_|BASEROW_|TOKENKEEP_|XDG_|NO_COLOR|FORCE_COLOR|TERM$)|_proxy$/i

/** How a command ended. */
export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A command that runs. */
export interface Running {
  child: ChildProcessWithoutNullStreams
  ended: Promise<Ended>
  stdout(): string
  stderr(): string
  /** Waits until stdout has what `pattern` asks for. */
  says(pattern: RegExp): Promise<RegExpExecArray>
}

export interface Options {
  env?: Record<string, string | undefined>
  input?: string
  cwd?: string
}

/** One person's shell: an account, a cache folder, and the commands that are run there. */
export class Shell {
  readonly folder = mkdtempSync(join(tmpdir(), 'tokenkeep-cli-'))
  readonly env: Record<string, string | undefined>
  /** Everything that every command has written, but for those whose job is a secret. */
  written = ''

  constructor(server: BaserowServer | undefined, env: Record<string, string> = {}) {
    const account = server && { BASEROW_URL: server.url, BASEROW_USER_EMAIL: DEFAULT_USER.email, BASEROW_USER_PASSWORD: DEFAULT_USER.password }
    this.env = { TOKENKEEP_CACHE_DIR: join(this.folder, 'cache'), ...account, ...env }
  }

  start(args: string[], { env = {}, input, cwd = this.folder }: Options = {}): Running {
    const inherited = Object.entries(process.env).filter(([name]) => !OURS_TO_SET.test(name))
    const child = spawn(process.execPath, [CLI, ...args], {
      cwd,
      env: { ...Object.fromEntries(inherited), ...this.env, ...env },
      timeout: KILLED_AFTER_MS,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdin.on('error', () => {})
    if (input !== undefined) child.stdin.end(input)
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        const isSecret = args.some((argument) => ['token', 'header', 'export', 'exec'].includes(argument))
        this.written += isSecret ? stderr : stdout + stderr
        resolve({ code, signal, stdout, stderr })
      })
    })
    const says = async (pattern: RegExp) => {
      await expect.poll(() => stdout, { interval: 10, timeout: 15_000 }).toMatch(pattern)
      return pattern.exec(stdout)!
    }
    return { child, ended, stdout: () => stdout, stderr: () => stderr, says }
  }

  run(args: string[], options?: Options): Promise<Ended> {
    return this.start(args, options).ended
  }

  /** Runs a command with `--json` and reads what it says, or the error that it ends with. */
  async json(args: string[], options?: Options): Promise<{ code: number | null; data: Record<string, unknown>; stderr: string }> {
    const { code, stdout, stderr } = await this.run([...args, '--json'], options)
    return { code, data: JSON.parse(stdout || stderr.trimEnd().split('\n').at(-1)!) as Record<string, unknown>, stderr }
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
