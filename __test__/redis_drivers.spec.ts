// How redisStore comes to a connection of its own, and is rid of it: through either library, without a Redis.
import Module from 'node:module'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { redisStore } from 'tokenkeep/redis'
import { startTokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { start } from './child'
import { callbacksOf } from './redis/inside'

const LIBRARIES = ['ioredis', 'redis']

const inner = Module as unknown as { _load(id: string, ...rest: unknown[]): unknown }

/** Whoever asks for one of these is told that it is not there. */
function without(names: string[], told = notThere): void {
  const load = inner._load
  vi.spyOn(inner, '_load').mockImplementation((id, ...rest) => {
    if (names.includes(id)) throw told(id)
    return load.call(Module, id, ...rest)
  })
}

const notThere = (name: string): Error => Object.assign(new Error(`Cannot find module '${name}'`), { code: 'MODULE_NOT_FOUND' })

afterEach(() => void vi.restoreAllMocks())

describe.each(LIBRARIES)('at a server that takes connections and says nothing, through %s,', (library) => {
  const others = LIBRARIES.filter((each) => each !== library)
  let server: Server
  let url: string
  let isFrozen: boolean
  let opened: number
  let open: number
  beforeEach(async () => {
    isFrozen = false
    opened = 0
    open = 0
    server = createServer((socket) => {
      opened++
      open++
      socket.on('close', () => open--)
      socket.on('error', () => {})
      // Whoever reads nothing does not hear that the other side has gone, either.
      if (!isFrozen) socket.resume()
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => void server.close())

  it.each([false, true])('a program gets its token and ends (frozen: %s)', async (frozen) => {
    isFrozen = frozen
    const auth = await startTokenServer()
    try {
      const program = start('silent.cjs', { args: [url, ...others], env: { LOGIN_URL: auth.loginUrl } })
      const { code, lines, lingeredMs } = await program.ended
      expect([code, lines]).toEqual([0, [expect.stringMatching(/^eyJ/)]])
      expect(opened).toBeGreaterThan(0)
      expect(lingeredMs).toBeLessThan(1000)
    } finally {
      await auth.close()
    }
  })

  it.each(['has just been opened', 'waits for a first answer'])('nothing stays of a connection that %s when its store is closed', async (when) => {
    without(others)
    const store = redisStore({ url, timeoutMs: 60_000 })
    const look = callbacksOf(store).load('key')
    look.catch(() => {})
    if (when === 'waits for a first answer') await vi.waitFor(() => expect(open).toBe(1))
    else await new Promise(setImmediate)
    store.close()
    await expect(look).rejects.toThrow()
    await vi.waitFor(() => expect(open).toBe(0))
    expect(opened).toBeLessThanOrEqual(1)
  })

  it('nothing stays of a connection that did not answer in time', async () => {
    without(others)
    const store = redisStore({ url, timeoutMs: 200 })
    await expect(callbacksOf(store).load('key')).rejects.toThrow('no answer within 200 ms')
    await vi.waitFor(() => expect([opened, open]).toEqual([1, 0]))
  })
})

it.each(['leaseMs', 'timeoutMs'])('%s is a day at most', (name) => {
  const client = { status: 'ready', eval: async () => [] }
  const made = (ms: number) => () => redisStore({ client, [name]: ms })
  expect(made(86_400_000)).not.toThrow()
  expect(made(86_400_001)).toThrow(new RegExp(`^INVALID_OPTION: ${name} must be a finite number .* and at most 86400000$`))
})

it('leaseMs is long enough for a look under it and the request that follows', () => {
  const made = (leaseMs: number) => () => redisStore({ client: { status: 'ready', eval: async () => [] }, leaseMs })
  expect(made(1200)).not.toThrow()
  expect(made(1199)).toThrow(/^INVALID_OPTION: leaseMs must be a finite number .*1200/)
})

it.each([
  ['MOVED 8000 10.0.0.7:6379', 'MOVED: it is part of a Cluster: give redisStore() a client of your own'],
  ['ASK 8000 10.0.0.7:6379', 'ASK: it is part of a Cluster: give redisStore() a client of your own'],
  ["CROSSSLOT Keys in request don't hash to the same slot", 'CROSSSLOT: it is part of a Cluster: give redisStore() a client of your own'],
  ["ERR unknown command 'EVAL', with args beginning with: 'the script'", 'ERR: it runs no scripts'],
])('%s is said with what to do about it', async (said, advice) => {
  const client = { status: 'ready', eval: async () => Promise.reject(new Error(said)) }
  await expect(callbacksOf(redisStore({ client })).load('key')).rejects.toThrow(new Error(advice))
})

describe.each([
  ['Node', notThere],
  ['Yarn', (name: string) => Object.assign(new Error(`tokenkeep tried to access ${name}, but it isn't declared in its dependencies`), { code: 'MODULE_NOT_FOUND' })],
  ['a bundle of esbuild', (name: string) => new Error(`Dynamic require of "${name}" is not supported`)],
])('a library that is not there, as %s says it,', (_, told) => {
  it('gives way to the other one', () => {
    without(['ioredis'], told)
    expect(() => redisStore({ url: 'redis://localhost' })).not.toThrow()
  })

  it('and the other one neither, is an error that says what to install, and why neither could be loaded', () => {
    without(LIBRARIES, told)
    expect(() => redisStore({ url: 'redis://localhost' })).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringContaining('npm install ioredis (or redis)'),
        cause: expect.objectContaining({ errors: expect.arrayContaining([told('ioredis'), told('redis')]) }),
      }),
    )
  })
})
