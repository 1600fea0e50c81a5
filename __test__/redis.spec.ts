// redisStore on a real server: the contract of a store through every client, what goes over the wire, and what lies there.
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { baserow, createTokenManager, createTokenPool, jsonLogin, type TokenManager, type TokenManagerOptions } from 'tokenkeep'
import { type RedisStore, redisStore, type RedisStoreOptions } from 'tokenkeep/redis'
import { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer, storeContract, type TokenServer } from 'tokenkeep/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { MOVED } from '../lib/shelves'
import { Shell } from './cli'
import { recorder } from './recorder'
import { callbacksOf } from './redis/inside'
import { isThere, type RedisServer, startRedis } from './redis/server'

/** The least that is taken. */
const BRIEF_LEASE_MS = 1200

describe.runIf(isThere('redis'))('on a real Redis,', () => {
  let redis: RedisServer
  let server: TokenServer
  let ioredis: Redis
  let nodeRedis: ReturnType<typeof createClient>
  let open: TokenManager[] = []
  let stores: RedisStore[] = []
  /** No two things that are named by it have one name. */
  let number = 0

  beforeAll(async () => {
    redis = await startRedis()
    ioredis = new Redis(redis.port)
    nodeRedis = createClient({ url: redis.url })
    await nodeRedis.connect()
  }, 150_000)
  afterAll(async () => {
    ioredis?.disconnect()
    nodeRedis?.destroy()
    await redis?.stop()
  })
  beforeEach(async () => {
    server = await startTokenServer()
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await Promise.all(open.map((manager) => manager.close()))
    stores.forEach((store) => store.close())
    open = []
    stores = []
    await server.close()
  })

  /** A store of its own, as another process would have it. */
  function store(options: Partial<RedisStoreOptions> = {}): RedisStore {
    const made = redisStore({ url: redis.url, ...options } as RedisStoreOptions)
    stores.push(made)
    return made
  }

  /** A client whose first command is carried out, and whose answer is lost with the error that `lose` makes. */
  function losingTheFirstAnswer(lose: () => Promise<Error>) {
    let isFirst = true
    return {
      status: 'ready',
      async eval(script: string, count: number, ...rest: string[]) {
        const answer = await ioredis.eval(script, count, ...rest)
        if (!isFirst) return answer
        isFirst = false
        throw await lose()
      },
    }
  }

  const provider = (changes = {}) => jsonLogin({ url: server.loginUrl, body: { api_key: DEFAULT_KEY }, account: 'alice', refreshUrl: server.refreshUrl, ...changes })

  function manager(changes: Partial<TokenManagerOptions> = {}) {
    const { logger, lines } = recorder()
    const made = createTokenManager({ provider: provider(), store: changes.store ?? store(), logger, ...changes })
    open.push(made)
    return { manager: made, lines, warnings: () => lines.filter(({ level }) => level === 'warn').map(({ message }) => message!) }
  }

  const ways: Record<string, () => RedisStore> = {
    'a URL': () => store(),
    ioredis: () => store({ client: ioredis, url: undefined } as never),
    'node-redis': () => store({ client: nodeRedis, url: undefined } as never),
  }
  describe.each(Object.entries(ways))('through %s,', (_, made) => {
    for (const { name, run } of storeContract(() => callbacksOf(made()))) it(name, run)
    for (const { name, run } of storeContract(() => made(), { kind: 'store' })) it(`as a store: ${name}`, run)
  })

  /** What clients say of themselves when they connect. */
  const CONNECTING = new Set(['hello', 'auth', 'select', 'client', 'info', 'ping'])

  /** All that clients ask for meanwhile, each of which is a round trip; what scripts do inside is none. */
  async function trips(work: () => Promise<unknown>): Promise<string[]> {
    const seen: string[] = []
    const over = `over-${number++}`
    const monitor = await redis.admin.monitor()
    try {
      monitor.on('monitor', (_time: string, [command, what]: string[], source: string) => {
        const name = command!.toLowerCase()
        if (source !== 'lua' && !CONNECTING.has(name)) seen.push(name === 'echo' ? what! : name)
      })
      await work()
      // Commands are told in their order.
      await redis.admin.echo(over)
      await vi.waitFor(() => expect(seen).toContain(over))
    } finally {
      monitor.disconnect()
    }
    return seen.filter((name) => name !== over)
  }

  it('keeps a hash that a person can read under a key that status() names, and nothing beside it', async () => {
    await redis.admin.flushall()
    const { manager: one } = manager()
    const token = await one.getToken()
    await one.close()
    const keys = await redis.admin.keys('*')
    expect(keys).toEqual([expect.stringMatching(/^tokenkeep:\{tokenkeep-jsonLogin-[0-9a-f]{32}\}$/)])
    const { record, generation } = (await redis.admin.hgetall(keys[0]!)) as { record: string; generation: string }
    expect(JSON.parse(record)).toMatchObject({ version: 1, account: 'alice', token, generation: Number(generation) })
    expect(one.status().location).toBe(`Redis at 127.0.0.1:${redis.port}, key ${/\{(.*)\}/.exec(keys[0]!)![1]}`)
  })

  it('makes one round trip for a start that finds a fresh session, and four for a renewal', async () => {
    await redis.admin.flushall()
    await using service = await startBaserow()
    // With refresh tokens that work more than once: before another is sent, and it takes long, there is one look more (docs/fleet.md).
    const each = () => manager({ provider: baserow({ baseUrl: service.baseUrl, ...DEFAULT_USER }) }).manager
    const [first, second] = [each(), each()]
    // Connected, and with the answers that a connection begins with behind it.
    await Promise.all([first.getToken(), second.getToken()])
    await vi.waitFor(async () => expect(await redis.admin.keys('*:lease')).toEqual([]))
    expect(await trips(() => first.getToken({ forceRefresh: true }).then(() => first.close()))).toEqual(['eval', 'eval', 'eval', 'eval'])
    const newcomer = each()
    expect(await trips(() => newcomer.getToken())).toEqual(['eval'])
    expect(await trips(() => newcomer.getToken())).toEqual([])
    expect(service.counters).toMatchObject({ logins: 1, refreshes: 1 })
  })

  describe('a lease', () => {
    const never = new AbortController().signal
    const lease = (key: string) => redis.admin.get(`tokenkeep:{${key}}:lease`)
    let key: string
    beforeEach(() => void (key = `lease-${number++}`))

    it('is said to be held again and again while it is, and is gone at once when it is let go of', async () => {
      const release = await callbacksOf(store({ leaseMs: 3000 })).lock(key, { timeoutMs: 1000, signal: never })
      const owner = await lease(key)
      const leftMs = () => redis.admin.pttl(`tokenkeep:{${key}}:lease`)
      await vi.waitFor(async () => expect(await leftMs()).toBeLessThan(2500))
      await vi.waitFor(async () => expect(await leftMs()).toBeGreaterThan(2700))
      expect(await lease(key)).toBe(owner)
      await release()
      expect(await lease(key)).toBeNull()
    })

    it('of one who is gone is free when it has run out, and not before', async () => {
      await redis.admin.set(`tokenkeep:{${key}}:lease`, 'a dead one', 'PX', 400)
      const started = performance.now()
      const release = await callbacksOf(store()).lock(key, { timeoutMs: 10_000, signal: never })
      const took = performance.now() - started
      expect(took).toBeGreaterThan(350)
      expect(took).toBeLessThan(5000)
      await release()
    })

    it('that is somebody else’s by now stays theirs', async () => {
      let answers = 0
      const counted = { status: 'ready', eval: (script: string, count: number, ...rest: string[]) => ioredis.eval(script, count, ...rest).finally(() => answers++) }
      const { lock } = callbacksOf(store({ client: counted, url: undefined, leaseMs: BRIEF_LEASE_MS } as never))
      const release = await lock(key, { timeoutMs: 1000, signal: never })
      await redis.admin.set(`tokenkeep:{${key}}:lease`, 'the successor', 'PX', 60_000)
      // That it was granted, and that it is lost.
      await vi.waitFor(() => expect(answers).toBeGreaterThan(1))
      expect(await lease(key)).toBe('the successor')
      expect(await redis.admin.pttl(`tokenkeep:{${key}}:lease`)).toBeGreaterThan(20_000)
      await release()
      expect(await lease(key)).toBe('the successor')
    })

    it('that Redis has forgotten is taken again while it is held', async () => {
      const release = await callbacksOf(store({ leaseMs: BRIEF_LEASE_MS })).lock(key, { timeoutMs: 1000, signal: never })
      await redis.admin.flushall()
      await vi.waitFor(async () => expect(await lease(key)).not.toBeNull())
      await release()
      expect(await lease(key)).toBeNull()
    })

    it('that was granted, but whose answer was lost, is still this caller’s when it asks again, and for its whole length', async () => {
      const losing = losingTheFirstAnswer(async () => {
        // Most of it is over by then; who took it for somebody else's would have to wait for the rest.
        await redis.admin.pexpire(`tokenkeep:{${key}}:lease`, 20_000)
        return new Error('Connection is closed.')
      })
      const started = performance.now()
      const one = store({ client: losing, url: undefined, leaseMs: 60_000 } as never)
      const release = await callbacksOf(one).lock(key, { timeoutMs: 30_000, signal: never })
      expect(performance.now() - started).toBeLessThan(5000)
      expect(await redis.admin.pttl(`tokenkeep:{${key}}:lease`)).toBeGreaterThan(50_000)
      await release()
      expect(await lease(key)).toBeNull()
    })

    it('whose answer came late is said to be held while it still is', async () => {
      const answers: unknown[] = []
      // The clocks are kept when the module is loaded.
      const clock = vi.spyOn(Date, 'now')
      vi.resetModules()
      const { redisStore: kept } = await import('../lib/redis')
      const slow = {
        status: 'ready',
        async eval(script: string, count: number, ...rest: string[]) {
          const [what] = (await ioredis.eval(script, count, ...rest)) as unknown[]
          // A third of the lease would be 20 s, and by then somebody else could have it.
          if (answers.push(what) === 1) clock.mockReturnValue(Date.now() + 50_000)
          return [what]
        },
      }
      const release = await callbacksOf(kept({ client: slow, leaseMs: 60_000 })).lock(key, { timeoutMs: 5000, signal: never })
      await expect.poll(() => answers).toEqual(['taken', 'extended'])
      await release()
    })

    it('is waited for in real time, though a test has put clocks of its own in the place of the real ones', async () => {
      await redis.admin.set(`tokenkeep:{${key}}:lease`, 'somebody else', 'PX', 60_000)
      const { lock } = callbacksOf(store({ client: ioredis, url: undefined } as never))
      vi.useFakeTimers()
      try {
        await expect(lock(key, { timeoutMs: 200, signal: never })).rejects.toMatchObject({ name: 'TimeoutError' })
      } finally {
        vi.useRealTimers()
      }
    })

    it('is looked for at moments of chance, so that those who began to wait together do not ask together', async () => {
      await redis.admin.set(`tokenkeep:{${key}}:lease`, 'a slow one', 'PX', 3000)
      const asked: number[][] = []
      const waiters = Array.from({ length: 8 }, async () => {
        const mine: number[] = []
        asked.push(mine)
        const counted = { status: 'ready', eval: (script: string, count: number, ...rest: string[]) => (mine.push(performance.now()), ioredis.eval(script, count, ...rest)) }
        const release = await callbacksOf(store({ client: counted, url: undefined } as never)).lock(key, { timeoutMs: 10_000, signal: never })
        await release()
      })
      await Promise.all(waiters)
      // By their fifth look they are far apart, and none has asked more often than needed: every 20 ms that would have been 150 times.
      for (const each of asked) expect(each.length).toBeGreaterThan(4)
      const fifth = asked.map((each) => each[4]! - each[0]!)
      expect(Math.max(...fifth) - Math.min(...fifth)).toBeGreaterThan(20)
      for (const each of asked) expect(each.length).toBeLessThan(80)
    })

    it('that goes from hand to hand is looked for no less often by those who have waited for long', async () => {
      const asked: number[] = []
      const counted = { status: 'ready', eval: (script: string, count: number, ...rest: string[]) => (asked.push(performance.now()), ioredis.eval(script, count, ...rest)) }
      const held = `tokenkeep:{${key}}:lease`
      await redis.admin.set(held, 'the first', 'PX', 5000)
      const lock = callbacksOf(store({ client: counted, url: undefined } as never)).lock(key, { timeoutMs: 10_000, signal: never })
      for (let hand = 0; hand < 60; hand++) {
        await redis.admin.set(held, `the ${hand}th`, 'PX', 5000)
        await sleep(20)
      }
      const over = performance.now()
      await redis.admin.del(held)
      await (await lock)()
      // One who looked every 250 ms by then would have looked two or three times.
      expect(asked.filter((at) => at > over - 700).length).toBeGreaterThan(6)
    })

    it('is no longer waited for once its holder has saved: all take over the session while it is still held', async () => {
      await redis.admin.flushall()
      const waiting = Array.from({ length: 5 }, () => manager().manager)
      const [token] = await Promise.all(waiting.map((each) => each.getToken()))
      const [account] = (await redis.admin.keys('tokenkeep:*}')) as [string]
      await redis.admin.set(`${account}:lease`, 'one who renews', 'PX', 60_000)
      const calls = waiting.map((each) => each.getToken({ forceRefresh: true }))
      await sleep(300)
      const other = await fetch(server.loginUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ api_key: DEFAULT_KEY }) })
      const { access_token: next } = (await other.json()) as { access_token: string }
      const record = JSON.parse((await redis.admin.hget(account, 'record'))!) as { generation: number }
      const generation = record.generation + 1
      await redis.admin.hset(account, 'generation', generation, 'record', JSON.stringify({ ...record, generation, token: next }))
      expect(next).not.toBe(token)
      expect(new Set(await Promise.all(calls))).toEqual(new Set([next]))
      expect(await redis.admin.get(`${account}:lease`)).toBe('one who renews')
      expect(server.counters.refreshRequests).toBe(0)
      await redis.admin.del(`${account}:lease`)
    })

    it('that is granted to a request without an answer, after news have ended the wait, is still this caller’s when it asks again', async () => {
      const [record, held] = [`tokenkeep:{${key}}`, `tokenkeep:{${key}}:lease`]
      await redis.admin.hset(record, 'generation', 1, 'record', 'one')
      await redis.admin.set(held, 'one who renews', 'PX', 60_000)
      let asked = 0
      let isFree = false
      let [open, granted] = [() => {}, () => {}]
      const opened = new Promise<void>((resolve) => (open = resolve))
      const wasGranted = new Promise<void>((resolve) => (granted = resolve))
      const slow = {
        status: 'ready',
        async eval(script: string, count: number, ...rest: string[]) {
          const isLost = ++asked === 2
          await (isLost ? opened : isFree && wasGranted)
          return ioredis.eval(script, count, ...rest).finally(() => isLost && granted())
        },
      }
      const lock = callbacksOf(store({ client: slow, url: undefined, timeoutMs: 100, leaseMs: 20_000 } as never)).lock(key, { timeoutMs: 10_000, signal: never })
      await vi.waitFor(() => expect(asked).toBe(2))
      await redis.admin.hset(record, 'generation', 2)
      // After a silence the line rests for a second.
      await vi.waitFor(() => expect(asked).toBeGreaterThan(3), { timeout: 10_000 })
      isFree = true
      await redis.admin.del(held)
      open()
      await (await lock)()
      expect(await lease(key)).toBeNull()
    })

    /** Runs the first command only when it is let go. */
    function slowAtFirst() {
      let asked = 0
      let [letGo, granted] = [() => {}, () => {}]
      const isLetGo = new Promise<void>((resolve) => (letGo = resolve))
      const wasGranted = new Promise<void>((resolve) => (granted = resolve))
      const client = {
        status: 'ready',
        async eval(script: string, count: number, ...rest: string[]) {
          const isFirst = ++asked === 1
          if (isFirst) await isLetGo
          return ioredis.eval(script, count, ...rest).finally(() => isFirst && granted())
        },
      }
      return { options: { client, url: undefined, timeoutMs: 100, leaseMs: 60_000 } as never, letGo, wasGranted }
    }

    it('that came when nobody wanted it any more is let go of', async () => {
      const { options, letGo, wasGranted } = slowAtFirst()
      const lock = callbacksOf(store(options)).lock(key, { timeoutMs: 5000, signal: never })
      await expect(lock).rejects.toThrow('no answer within 100 ms')
      letGo()
      await wasGranted
      await expect.poll(() => lease(key)).toBeNull()
    })

    it('that came again after it had been let go of is let go of again', async () => {
      const { options, letGo, wasGranted } = slowAtFirst()
      const { lock } = callbacksOf(store(options))
      await expect(lock(key, { timeoutMs: 5000, signal: never })).rejects.toThrow('no answer within 100 ms')
      // After a silence the line rests for a second.
      const release = await vi.waitFor(() => lock(key, { timeoutMs: 5000, signal: never }), { timeout: 10_000 })
      await release()
      expect(await lease(key)).toBeNull()
      letGo()
      await wasGranted
      await expect.poll(() => lease(key)).toBeNull()
    })
  })

  it('whoever was paused under its lease for longer than that lasts, looks again only when it has it again', async () => {
    const paused = callbacksOf(store({ leaseMs: BRIEF_LEASE_MS }))
    await paused.save('paused', 'before', null, 1)
    const release = await paused.lock('paused', { timeoutMs: 1000, signal: new AbortController().signal })
    standStill(BRIEF_LEASE_MS)
    await redis.admin.set('tokenkeep:{paused}:lease', 'the successor', 'PX', 400)
    const successor = sleep(200).then(async () => {
      await callbacksOf(store()).save('paused', 'of the successor', 1, 2)
      await redis.admin.del('tokenkeep:{paused}:lease')
    })
    const started = performance.now()
    expect(await paused.load('paused')).toBe('of the successor')
    expect(performance.now() - started).toBeGreaterThan(150)
    await successor
    await release()
    expect(await redis.admin.exists('tokenkeep:{paused}:lease')).toBe(0)
  })

  it('whoever was paused under its lease takes what was saved meanwhile, though the lease goes from hand to hand', async () => {
    const paused = callbacksOf(store({ leaseMs: BRIEF_LEASE_MS }))
    await paused.save('crowded', 'before', null, 1)
    const release = await paused.lock('crowded', { timeoutMs: 1000, signal: new AbortController().signal })
    standStill(BRIEF_LEASE_MS)
    await redis.admin.set('tokenkeep:{crowded}:lease', 'the second to come after it', 'PX', 60_000)
    await redis.admin.hset('tokenkeep:{crowded}', 'generation', 2, 'record', 'of the first')
    expect(await paused.load('crowded')).toEqual({ [MOVED]: 'of the first' })
    expect(await redis.admin.get('tokenkeep:{crowded}:lease')).toBe('the second to come after it')
    // Who has no use for that may want to spend something next, and needs the lease for it.
    const again = paused.load('crowded')
    await redis.admin.pexpire('tokenkeep:{crowded}:lease', 100)
    expect(await again).toBe('of the first')
    expect(await redis.admin.get('tokenkeep:{crowded}:lease')).toMatch(`${process.pid}-`)
    await redis.admin.set('tokenkeep:{crowded}:lease', 'the second to come after it')
    await release()
    expect(await redis.admin.get('tokenkeep:{crowded}:lease')).toBe('the second to come after it')
  })

  it('whoever was paused under its lease sees what is there while somebody else keeps it, and is told that it may not spend that', async () => {
    const paused = callbacksOf(store({ leaseMs: BRIEF_LEASE_MS }))
    await paused.save('kept', 'before', null, 1)
    const release = await paused.lock('kept', { timeoutMs: 1000, signal: new AbortController().signal })
    standStill(BRIEF_LEASE_MS)
    await redis.admin.set('tokenkeep:{kept}:lease', 'somebody who takes long', 'PX', 60_000)
    expect(await paused.load('kept')).toEqual({ [MOVED]: 'before' })
    await redis.admin.del('tokenkeep:{kept}:lease')
    // Whoever looks twice at once does not wait for its own lease.
    expect(await Promise.all([paused.load('kept'), paused.load('kept')])).toEqual(['before', 'before'])
    await release()
    expect(await redis.admin.exists('tokenkeep:{kept}:lease')).toBe(0)
  })

  it('whoever was paused under its lease does not wait to have it again once its lock is given up, nor connects again', async () => {
    const clients = async () => /^connected_clients:(\d+)/m.exec(await redis.admin.info('clients'))![1]
    const before = await clients()
    const closed = store({ leaseMs: BRIEF_LEASE_MS })
    const paused = callbacksOf(closed)
    const release = await paused.lock('given up', { timeoutMs: 1000, signal: new AbortController().signal })
    standStill(BRIEF_LEASE_MS)
    await redis.admin.set('tokenkeep:{given up}:lease', 'somebody who takes long', 'PX', 60_000)
    const look = paused.load('given up')
    look.catch(() => {})
    await release()
    closed.close()
    const started = performance.now()
    await expect(look).rejects.toMatchObject({ name: 'AbortError' })
    expect(performance.now() - started).toBeLessThan(1000)
    await expect.poll(clients).toBe(before)
    await redis.admin.del('tokenkeep:{given up}:lease')
  })

  it('an answer that came while its process stood still is heard, for however long that was', async () => {
    const one = callbacksOf(store({ timeoutMs: 100 }))
    await one.save('asleep', 'what lies there', null, 1)
    const asked = one.load('asleep')
    // Until it is on its way, without a look at what comes back.
    for (let turn = 0; turn < 20; turn++) await null
    standStill(300)
    expect(await asked).toBe('what lies there')
  })

  it('needs no more rights than docs/fleet.md says, through every client', async () => {
    const rules = /^user tokenkeep on >(\S+) (.*)$/m.exec(readFileSync(new URL('../docs/fleet.md', import.meta.url), 'utf8'))!
    await redis.admin.flushall()
    await redis.admin.call('ACL', 'SETUSER', 'tokenkeep', 'reset', 'on', `>${rules[1]}`, ...rules[2]!.split(' '))
    const url = `redis://tokenkeep:${rules[1]}@127.0.0.1:${redis.port}`
    const clients = [new Redis(url, { enableReadyCheck: false }), await createClient({ url }).connect()] as const
    try {
      for (const options of [{ url }, { client: clients[0] }, { client: clients[1] }] as RedisStoreOptions[]) {
        const one = manager({ store: redisStore(options) })
        await one.manager.getToken()
        await one.manager.getToken({ forceRefresh: true })
        const other = manager({ store: redisStore(options) })
        expect(await other.manager.getToken()).toBe(one.manager.peek())
        // The beat of a lease, and what is done with one that is held.
        const { lock } = callbacksOf(redisStore({ ...options, leaseMs: BRIEF_LEASE_MS }))
        const held = await lock('rights', { timeoutMs: 1000, signal: new AbortController().signal })
        const next = lock('rights', { timeoutMs: 1000, signal: new AbortController().signal })
        await sleep(BRIEF_LEASE_MS / 2)
        await held()
        await (await next)()
        await other.manager.logout()
        expect([...one.warnings(), ...other.warnings()]).toEqual([])
      }
      await expect(clients[0].get('something else')).rejects.toThrow(/NOPERM/)
    } finally {
      clients[0].disconnect()
      clients[1].destroy()
    }
  })

  describe('a save', () => {
    it('that comes after that of a successor is refused, and changes nothing', async () => {
      const [one, successor] = [callbacksOf(store()), callbacksOf(store())]
      await one.save('fenced', 'the first', null, 100)
      expect(await successor.save('fenced', 'of the successor', 100, 101)).toBe(true)
      expect(await one.save('fenced', 'of one who was paused', 100, 101)).toBe(false)
      expect(await one.load('fenced')).toBe('of the successor')
    })

    it('does not mix with somebody else’s hash, and a clear leaves it alone', async () => {
      await redis.admin.hset('tokenkeep:{theirs}', 'colour', 'green')
      const { load, save, clear } = callbacksOf(store())
      await expect(load('theirs')).rejects.toThrow('was not put there by tokenkeep')
      await expect(save('theirs', 'text', null, 1)).rejects.toThrow('was not put there by tokenkeep')
      expect(await clear('theirs', 1)).toBe(false)
      expect(await redis.admin.hgetall('tokenkeep:{theirs}')).toEqual({ colour: 'green' })
    })

    it('whose answer was lost is not done twice, and is not refused when it is sent again', async () => {
      const losing = losingTheFirstAnswer(async () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
      expect(await callbacksOf(store({ client: losing, url: undefined } as never)).save('lost', 'text', null, 7)).toBe(true)
      expect(await redis.admin.hget('tokenkeep:{lost}', 'generation')).toBe('7')
    })
  })

  describe('sealed records', () => {
    const keys = ['11'.repeat(32), Buffer.alloc(32, 0x22), Buffer.alloc(32, 0x33).toString('base64')] as const

    it('show no token, and open with the key alone', async () => {
      await redis.admin.flushall()
      const { manager: one } = manager({ store: store({ encryptionKey: keys[0] }) })
      const token = await one.getToken()
      const [key] = await redis.admin.keys('*}')
      const { record } = (await redis.admin.hgetall(key!)) as { record: string }
      expect(Object.keys(JSON.parse(record))).toEqual(['version', 'nonce', 'sealed', 'generation'])
      expect(record).not.toContain(token)
      expect(record).not.toContain('alice')
      await one.close()
      const same = manager({ store: store({ encryptionKey: keys[0] }) })
      expect(await same.manager.getToken()).toBe(token)
      expect(same.warnings()).toEqual([])
      await same.manager.close()
      for (const encryptionKey of [undefined, keys[1]]) {
        const other = manager({ store: store({ encryptionKey }) })
        expect(await other.manager.getToken()).not.toBe(token)
        expect(other.warnings()).toEqual([expect.stringMatching(/cannot be used/)])
        await other.manager.close()
      }
    })

    it('of an older key open while it is in the list, and are sealed with the first at the next save', async () => {
      await redis.admin.flushall()
      const use = async (encryptionKey: RedisStoreOptions['encryptionKey'], forceRefresh = false) => {
        const { manager: one, warnings } = manager({ store: store({ encryptionKey }) })
        const token = await one.getToken({ forceRefresh })
        await one.close()
        expect(warnings()).toEqual([])
        return token
      }
      const token = await use(keys[0])
      expect(await use([keys[1], keys[0]])).toBe(token)
      const next = await use([keys[1], keys[0], keys[2]], true)
      expect(next).not.toBe(token)
      expect(await use(keys[1])).toBe(next)
      expect(server.counters.logins).toBe(1)
    })
  })

  it('is what TOKENKEEP_STORE names: for the command line on one host, and for fromEnv() in a program on another, which ends when it is done', { timeout: 60_000 }, async () => {
    const baserow = await startBaserow()
    const keys = { TOKENKEEP_STORE: redis.url, TOKENKEEP_ENCRYPTION_KEY: `${'ab'.repeat(32)},${'cd'.repeat(32)}` }
    const [shell, elsewhere] = [new Shell(baserow, keys), new Shell(baserow, keys)]
    try {
      expect(await shell.run(['login'])).toMatchObject({ code: 0, stderr: '' })
      const { stdout: token } = await elsewhere.run(['token'])
      expect((await elsewhere.run(['status'])).stdout).toContain(`Redis at 127.0.0.1:${redis.port}, key tokenkeep-baserow-`)
      const program = `
        const { fromEnv } = require(${JSON.stringify(fileURLToPath(new URL('../dist/index.cjs', import.meta.url)))})
        fromEnv().getToken().then((token) => { console.log(token); console.error(performance.now()) })
        process.on('exit', () => console.error(performance.now()))`
      const ended = await promisify(execFile)(process.execPath, ['-e', program], { env: { ...process.env, ...shell.env } as NodeJS.ProcessEnv })
      expect(ended.stdout.trim()).toBe(token.trim())
      const [had, left] = ended.stderr.trim().split('\n').map(Number)
      expect(left! - had!).toBeLessThan(5000)
      expect(baserow.counters.loginRequests).toBe(1)
      expect((await shell.run(['logout'])).code).toBe(0)
      expect((await elsewhere.run(['status'])).code).toBe(5)
      expect((await shell.run(['token'], { env: { TOKENKEEP_STORE: 'redis://:hunter2@127.0.0.1:1' } })).stderr).not.toContain('hunter2')
    } finally {
      shell.clear()
      elsewhere.clear()
      await baserow.close()
    }
  })

  it('connects to a URL by redis where there is no ioredis, ends with its program, and says what to install where there is neither', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tokenkeep-redis-')))
    try {
      copyFileSync(fileURLToPath(new URL('../dist/redis.cjs', import.meta.url)), join(folder, 'redis.cjs'))
      const program = `
        const { callbacks } = require('./redis.cjs').redisStore({ url: process.argv[1] })[Symbol.for('tokenkeep.Store')]()
        const options = { timeoutMs: 1000, signal: new AbortController().signal }
        // A connection of ours keeps no process; whoever waits for a token does.
        const waiting = setInterval(() => {}, 1000)
        callbacks.lock('by-node-redis', options).then(async (release) => {
          console.log(await callbacks.save('by-node-redis', 'text', null, 1), await callbacks.load('by-node-redis'))
          await release()
          clearInterval(waiting)
        })`
      const run = () => promisify(execFile)(process.execPath, ['-e', program, redis.url], { cwd: folder, timeout: 10_000 })
      await expect(run()).rejects.toThrow('npm install ioredis (or redis)')
      mkdirSync(join(folder, 'node_modules'))
      symlinkSync(fileURLToPath(new URL('../node_modules/redis', import.meta.url)), join(folder, 'node_modules', 'redis'))
      expect((await run()).stdout).toBe('true text\n')
      expect(await redis.admin.exists('tokenkeep:{by-node-redis}:lease')).toBe(0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it.runIf(process.env['TOKENKEEP_LONG'] === '1')('holds 10,000 accounts, and says what each weighs', { timeout: 300_000 }, async () => {
    await redis.admin.flushall()
    const memory = async () => Number(/^used_memory:(\d+)/m.exec(await redis.admin.info('memory'))![1])
    const before = await memory()
    const kept = store()
    const accounts = createTokenPool({ provider: (account) => provider({ account }), store: kept })
    const ids = Array.from({ length: 10_000 }, (_, index) => `account-${index}@example.com`)
    for (let from = 0; from < ids.length; from += 500) await Promise.all(ids.slice(from, from + 500).map((id) => accounts.getToken(id)))
    await accounts.close()
    expect((await redis.admin.keys('tokenkeep:*}')).length).toBe(10_000)
    const each = (await memory() - before) / 10_000
    const [key] = await redis.admin.keys('tokenkeep:*}')
    const text = (await redis.admin.hget(key!, 'record'))!.length
    console.log(`10,000 accounts: ${Math.round(each)} bytes each in Redis, of which its record is ${text}; ${(each / 100).toFixed(1)} MB in all but the server's own`)
    expect(each).toBeLessThan(4096)
  })

  it('of two who have the wrong password one asks, and both are told why; with Retry-After nobody asks again', async () => {
    const wrong = { body: { api_key: 'another' }, account: 'mallory' }
    const made = Array.from({ length: 4 }, () => manager({ provider: provider(wrong), store: store() }).manager)
    const ended = await Promise.allSettled(made.map((each) => each.getToken()))
    expect(ended.map((each) => (each as PromiseRejectedResult).reason?.code)).toEqual(made.map(() => 'INVALID_CREDENTIALS'))
    expect(server.counters.loginRequests).toBe(1)
    server.fail({ kind: 'throttled', retryAfterSeconds: 3600 }, { endpoint: 'login' })
    const busy = manager({ provider: provider({ account: 'bob' }) })
    await expect(busy.manager.getToken()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await busy.manager.close()
    const { loginRequests } = server.counters
    await expect(manager({ provider: provider({ account: 'bob' }) }).manager.getToken()).rejects.toMatchObject({ code: expect.stringMatching(/RATE_LIMITED|COOLING_DOWN/) })
    expect(server.counters.loginRequests).toBe(loginRequests)
  })
})

/** As if the process were stopped: no beat, no answer, and the clock goes on. */
function standStill(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}
