import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TokenErrorCode, TokenManager, TokenManagerOptions } from 'tokenkeep'
import { startTokenServer, type BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_KEY, DEFAULT_USER } from 'tokenkeep/testing'
import type { Line } from '../recorder'

type TokenServer = Awaited<ReturnType<typeof startTokenServer>>

const ours = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** A build that was broken on purpose, in place of both of ours: it must not pass. */
const BROKEN = process.env['TOKENKEEP_BROKEN']

/** The build that users get. */
export const PRODUCT = BROKEN ?? ours('dist')

/** The build in which TOKENKEEP_DIE_AT and TOKENKEEP_HANG_AT mean something (scripts/waypoints.mjs). */
const WAYPOINTS = BROKEN ?? ours('target/waypoints/dist')

/** Is that build here? `npm test` makes it. */
export const hasWaypoints = existsSync(WAYPOINTS)
const lack = 'kills at named steps. Their addon is missing: node scripts/waypoints.mjs'
if (!hasWaypoints && process.env['TOKENKEEP_TEST_ADDON'] === 'required') throw new Error(`NOT TESTED: ${lack}`)
if (!hasWaypoints) console.warn(`NOT TESTED: ${lack}`)

/** A machine that is busy with other tests is many times slower; a process that hangs for good must not outlive its test. */
const KILLED_AFTER_MS = 240_000

/** What a provider is made of, as JSON can say it. */
export type ProviderOf = { kind: 'baserow' | 'jsonLogin' } & Record<string, unknown>

/** How it reaches a Redis: by itself, or through a client that asks sentinels who is master. */
export type RedisOf = ({ url: string } | { sentinels: { host: string; port: number }[]; client: 'ioredis' | 'node-redis' }) & { leaseMs?: number }

/** What a keeper is given. */
export interface KeeperOptions {
  provider: ProviderOf
  store: { dir?: string; file?: string; encryptionKey?: string; redis?: RedisOf }
  options?: Omit<TokenManagerOptions, 'provider' | 'store' | 'logger'>
  /** Asks for a token before it can be told to. */
  atOnce?: boolean
  env?: Record<string, string>
  /** Uses the build with named steps. */
  waypoints?: boolean
  uid?: number
  /** A command in front of Node's own: prlimit, unshare. */
  through?: string[]
}

/** What came of a call. */
export type Answer =
  | { value: string; error?: undefined; died?: undefined }
  | { error: { code: TokenErrorCode; statusCode: number; message: string }; value?: undefined; died?: undefined }
  | { died: NodeJS.Signals | number; value?: undefined; error?: undefined }

type Call = keyof TokenManager | 'environment' | 'freshManager' | 'churn'

/** A process with one manager. */
export interface Keeper {
  readonly pid: number
  /** It has made its manager and listens. */
  readonly ready: Promise<void>
  /** What its `atOnce` call came to. */
  readonly first: Promise<Answer>
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; output: string }>
  /** What its logger was given. */
  readonly lines: Line[]
  readonly events: string[]
  ask(call: Call, ...args: unknown[]): Promise<Answer>
  kill(signal: NodeJS.Signals): void
  /** Ends what `churn` does, and resolves once it has: until then it may be about to spend a token. */
  stop(): Promise<unknown>
  /** Lets it end by itself, and waits for that. */
  leave(): Promise<void>
}

/** Those that a failed test has left behind. */
const alive = new Set<Keeper>()

/** Ends whatever still runs. */
export async function reap(): Promise<void> {
  const left = [...alive]
  for (const keeper of left) keeper.kill('SIGKILL')
  await Promise.all(left.map((keeper) => keeper.ended))
}

/** Starts a keeper. */
export function keep({ env = {}, waypoints = false, uid, through = [], ...rest }: KeeperOptions): Keeper {
  const [command, ...args] = [...through, process.execPath, ours('__test__/programs/keeper.mjs'), JSON.stringify(rest)]
  const inherited = Object.entries(process.env).filter(([name]) => !/^(NODE_|VITE|TOKENKEEP_|SSL_CERT_)|_proxy$/i.test(name))
  const child = spawn(command!, args, {
    env: { ...Object.fromEntries(inherited), KEEPER_DIST: waypoints ? WAYPOINTS : PRODUCT, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    timeout: KILLED_AFTER_MS,
    killSignal: 'SIGKILL',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const lines: Line[] = []
  const events: string[] = []
  const waiting = new Map<number, (answer: Answer) => void>()
  const first = new Promise<Answer>((resolve) => waiting.set(0, resolve))
  let last = 0
  let started!: () => void
  let died: Answer | undefined
  const ready = new Promise<void>((resolve) => (started = resolve))
  child.on('message', (message: 'ready' | { line?: Line; event?: string; id?: number } & Answer) => {
    if (message === 'ready') return started()
    if (message.line !== undefined) lines.push(message.line)
    else if (message.event !== undefined) events.push(message.event)
    else {
      waiting.get(message.id!)?.(message)
      waiting.delete(message.id!)
    }
  })
  const ended = new Promise<Awaited<Keeper['ended']>>((resolve, reject) => {
    child.once('error', reject)
    // After its last words, which may still be on their way when it exits.
    child.once('close', (code, signal) => {
      alive.delete(keeper)
      died = { died: signal ?? code ?? 0 }
      for (const settle of waiting.values()) settle(died)
      started()
      resolve({ code, signal, output })
    })
  })
  let churning: Promise<unknown> = Promise.resolve()
  const keeper: Keeper = {
    pid: child.pid!,
    ready,
    first,
    ended,
    lines,
    events,
    ask(call, ...args) {
      if (died !== undefined) return Promise.resolve(died)
      const id = ++last
      const answer = new Promise<Answer>((resolve) => {
        waiting.set(id, resolve)
        // An error is a process that has just died, which `close` answers.
        child.send({ id, call, args }, () => {})
      })
      if (call === 'churn') churning = answer
      return answer
    },
    kill: (signal) => void child.kill(signal),
    stop() {
      if (child.connected) child.send('stop', () => {})
      return churning
    },
    async leave() {
      // Not `child.disconnect()`: of a channel that the parent has closed, Node never says `close`.
      if (child.connected) child.send('leave', () => {})
      await ended
    },
  }
  alive.add(keeper)
  return keeper
}

/** The account of a Baserow. */
export const ofBaserow = ({ baseUrl }: BaserowServer, more: object = {}): ProviderOf => ({
  kind: 'baserow',
  baseUrl,
  ...DEFAULT_USER,
  ...more,
})

/** The account of a JSON login whose refresh tokens work once. */
export const ofTokenServer = ({ loginUrl, refreshUrl }: TokenServer): ProviderOf => ({
  kind: 'jsonLogin',
  url: loginUrl,
  refreshUrl,
  body: { api_key: DEFAULT_KEY },
})

/** The warnings and errors that a logger was given. */
export const complaints = ({ lines }: { lines: Line[] }) => lines.filter(({ level }) => level === 'warn' || level === 'error')
