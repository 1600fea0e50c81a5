// Real servers on loopback, each in a folder and on a port of its own, stopped by its pid.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type Found, server } from '../../scripts/redis.mjs'
import { freePort } from '../free_port'

const PATIENCE_MS = 10_000

const found = new Map<string, Found>()

/** The server of this name, if it can be had here. Whoever goes without has to say so. */
export function installed(name: 'redis' | 'valkey'): Found {
  if (!found.has(name)) found.set(name, server(name))
  return found.get(name)!
}

/** Says aloud, once per file, that what follows cannot be run here. */
export function isThere(name: 'redis' | 'valkey'): boolean {
  const { why } = installed(name)
  if (why !== undefined) console.warn(`NOT RUN: whatever needs a real ${name}: ${why}`)
  return why === undefined
}

export interface RedisServer {
  readonly port: number
  readonly url: string
  readonly pid: number
  /** A client for the test itself. It is closed with the server. */
  admin: Redis
  kill(signal: NodeJS.Signals): void
  /** Ends it at once, as a crash would. */
  crash(): Promise<void>
  /** Starts it again in the same place, with what its disk has: by default nothing. */
  restart(): Promise<void>
  stop(): Promise<void>
}

export interface ServerOptions {
  name?: 'redis' | 'valkey'
  /** More of what redis.conf has: `['--maxmemory', '2mb']`. */
  args?: string[]
  /** Its first argument, where it is not a plain server. */
  config?: string
  port?: number
  /** It cannot be asked without a password. */
  password?: string
}

export async function startRedis({ name = 'redis', args = [], config, password, ...options }: ServerOptions = {}): Promise<RedisServer> {
  const binary = installed(name)
  if (binary.command === undefined) throw new Error(binary.why)
  const folder = mkdtempSync(join(tmpdir(), `tokenkeep-${name}-`))
  const port = options.port ?? (await freePort())
  const plain = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
  let child: ChildProcess
  let said = ''
  const launch = async () => {
    said = ''
    child = spawn(binary.command, [...(config === undefined ? [] : [config]), ...plain, ...args], {
      env: { ...process.env, ...binary.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child.stdout!.on('data', (text: Buffer) => (said += text.toString()))
    child.stderr!.on('data', (text: Buffer) => (said += text.toString()))
  }
  const ended = async () => {
    if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve))
  }
  const admin = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null, ...(password === undefined ? {} : { password }) })
  admin.on('error', () => {})
  const answers = async () => {
    const until = performance.now() + PATIENCE_MS
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${name} on port ${port} has ended:\n${said}`)
      const pong = await Promise.race([admin.ping().catch(() => undefined), sleep(500)])
      if (pong === 'PONG') return
      if (performance.now() > until) throw new Error(`${name} on port ${port} does not answer:\n${said}`)
      await sleep(20)
    }
  }
  await launch()
  await answers()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return child.pid!
    },
    admin,
    kill: (signal) => void child.kill(signal),
    async crash() {
      child.kill('SIGKILL')
      await ended()
    },
    async restart() {
      await launch()
      await answers()
    },
    async stop() {
      admin.disconnect()
      // One that was frozen hears nothing else.
      child.kill('SIGKILL')
      await ended()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
