import { createRequire } from 'node:module'
import { join } from 'node:path'
import { TokenError } from '../errors'
import type { Server } from './client'
import { serverOf } from './client'
import type { Place } from './place'

declare const require: (id: string) => unknown

/** A connection of our own: it keeps no process alive, and ends for good when it breaks. */
export interface Connection extends Server {
  end(): void
}

/**
 * Connects to `place`; `ended` is called when the connection is no more. It can be ended while it waits for its first answer, which may never
 * come.
 */
export type Driver = (place: Place, timeoutMs: number, ended: () => void) => Connection

interface Ioredis {
  new (options: object): {
    status: string
    stream: { unref(): void }
    on(event: string, listener: (error?: unknown) => void): void
    connect(): Promise<void>
    disconnect(): void
    eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
  }
}

interface NodeRedis {
  createClient(options: object): {
    isOpen: boolean
    on(event: string, listener: () => void): void
    connect(): Promise<unknown>
    destroy?(): void
    disconnect?(): Promise<void>
    unref(): void
    hmGet: unknown
    eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  }
}

/** Whichever of the two is installed, beside us or where the program was started. */
export function driver(): Driver {
  const whyNot: unknown[] = []
  const ioredis = ioredisBesideUs(whyNot) ?? fromHere('ioredis', whyNot)
  if (ioredis !== undefined) return byIoredis(ioredis as Ioredis)
  const redis = redisBesideUs(whyNot) ?? fromHere('redis', whyNot)
  if (redis !== undefined) return byNodeRedis(redis as NodeRedis)
  const message =
    'INVALID_OPTION: url needs a client of Redis, and none can be loaded: npm install ioredis (or redis), or give redisStore() a client of your own'
  throw new TokenError({ code: 'INVALID_OPTION', message, cause: new AggregateError(whyNot) })
}

// Each name to the letter and in a `try` of its own: bundlers bring what is there, and leave alone what is not. What is told of one that is
// not there differs with whoever looks for it (Node, Yarn, bundlers), so nothing depends on that.
function ioredisBesideUs(whyNot: unknown[]): unknown {
  try {
    return require('ioredis')
  } catch (error) {
    return void whyNot.push(error)
  }
}

function redisBesideUs(whyNot: unknown[]): unknown {
  try {
    return require('redis')
  } catch (error) {
    return void whyNot.push(error)
  }
}

/** A command that is installed for the whole host has not what the project has. */
function fromHere(name: string, whyNot: unknown[]): unknown {
  try {
    return createRequire(join(process.cwd(), 'package.json'))(name)
  } catch (error) {
    return void whyNot.push(error)
  }
}

function byIoredis(Redis: Ioredis): Driver {
  return ({ host, port, path, username, password, db, tls }, timeoutMs, ended) => {
    const client = new Redis({
      ...(path === undefined ? { host, port } : { path }),
      ...(username === undefined ? undefined : { username }),
      ...(password === undefined ? undefined : { password }),
      ...(tls ? { tls: {} } : undefined),
      db,
      connectTimeout: timeoutMs,
      // A server that does not answer does not hear that we go, either, and would keep the process.
      disconnectTimeout: 100,
      lazyConnect: true,
      // It would go on for ever, and keep the process. We connect when there is something to ask.
      retryStrategy: null,
      maxRetriesPerRequest: 0,
      // Asks for INFO, which needs a right of its own.
      enableReadyCheck: false,
      disableClientInfo: true,
    })
    // Whoever does not listen has it printed; and who is told that the connection is closed is told nothing.
    let why: unknown
    client.on('error', (error) => (why = error))
    client.on('end', ended)
    client.on('connect', () => client.stream.unref())
    const saying = (error: unknown) => {
      throw error instanceof Error && error.message === 'Connection is closed.' ? (why ?? error) : error
    }
    const { run } = serverOf(client)
    const opened = client.connect()
    opened.catch(ended)
    return { run: (...all) => opened.then(() => run(...all)).catch(saying), end: () => client.disconnect() }
  }
}

function byNodeRedis({ createClient }: NodeRedis): Driver {
  return ({ host, port, path, username, password, db, tls }, timeoutMs, ended) => {
    const client = createClient({
      socket: {
        ...(path === undefined ? { host, port } : { path }),
        ...(tls ? { tls: true } : undefined),
        connectTimeout: timeoutMs,
        reconnectStrategy: false,
      },
      ...(username === undefined ? undefined : { username }),
      ...(password === undefined ? undefined : { password }),
      database: db,
      disableClientInfo: true,
      // What is asked while there is no connection fails at once, and is not asked later.
      disableOfflineQueue: true,
    })
    client.on('error', ended)
    client.on('end', ended)
    let isConnected = false
    let isOver = false
    const end = () => {
      isOver = true
      // It forgets a socket that is not connected yet, and leaves it open.
      if (!isConnected || !client.isOpen) return
      if (client.destroy === undefined) client.disconnect?.().catch(() => {})
      else client.destroy()
    }
    client.on('connect', () => {
      isConnected = true
      client.unref()
      if (isOver) end()
    })
    const { run } = serverOf(client)
    const opened = client.connect()
    opened.catch(ended)
    return { run: (...all) => opened.then(() => run(...all)), end }
  }
}
