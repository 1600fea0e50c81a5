// The processes that are measured, and the servers they talk to. None outlives the run or its own time limit.
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { BaserowServerOptions } from '../lib/testing/index'
import type { Generosity } from './measured/many'

const LIFETIME_MS = 300_000
const SHORT_LIFETIME_MS = 20_000

const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

function kept<C extends ChildProcess>(child: C, lifetimeMs: number): C {
  running.add(child)
  const end = setTimeout(() => child.kill('SIGKILL'), lifetimeMs)
  child.once('exit', () => {
    clearTimeout(end)
    running.delete(child)
  })
  return child
}

function scriptAt(name: string): string {
  return join(__dirname, `${name}.cjs`)
}

/** Runs a script of `measured/` that answers with one message. */
export async function measured<Result>(name: string, task: (string | number)[], flags: string[] = []): Promise<Result> {
  const child = kept(fork(scriptAt(name), task.map(String), { execArgv: ['--expose-gc', ...flags] }), LIFETIME_MS)
  let result: Result | undefined
  child.on('message', (message) => (result = message as Result))
  await once(child, 'exit')
  if (result === undefined) throw new Error(`${name} has brought nothing (exit code ${child.exitCode}, ${child.signalCode})`)
  return result
}

/** Runs a script as a user would: nothing but the script, from its start to its end. */
export async function timed<Said>(name: string, args: string[], env: NodeJS.ProcessEnv): Promise<Said & { wallMs: number }> {
  const started = performance.now()
  const child = kept(
    spawn(process.execPath, [scriptAt(name), ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] }),
    SHORT_LIFETIME_MS,
  )
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  let wallMs = 0
  child.once('exit', () => (wallMs = performance.now() - started))
  await once(child, 'close')
  if (child.exitCode !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${child.exitCode ?? child.signalCode}`)
  return { ...(JSON.parse(said) as Said), wallMs }
}

/** A server in a process of its own. */
export class Server {
  readonly baseUrl: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, baseUrl: string) {
    this.#child = child
    this.baseUrl = baseUrl
  }

  static async start(options: BaserowServerOptions | Generosity, script = 'server'): Promise<Server> {
    const child = kept(fork(scriptAt(script), [JSON.stringify(options)]), LIFETIME_MS * 2)
    const [baseUrl] = (await once(child, 'message')) as [string]
    return new Server(child, baseUrl)
  }

  /** Requests for a token, of either kind, since the start. */
  requests(): Promise<number> {
    return this.seen<number>()
  }

  /** What it tells when it is asked. */
  async seen<Seen>(): Promise<Seen> {
    const answer = once(this.#child, 'message') as Promise<[Seen]>
    this.#child.send('what have you seen?')
    return (await answer)[0]
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}
