// Whatever goes wrong with a Redis costs one warning and no token, and is over when it is over.
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { createTokenManager, jsonLogin, type TokenManager } from 'tokenkeep'
import { type RedisStore, redisStore, type RedisStoreOptions } from 'tokenkeep/redis'
import { DEFAULT_KEY, startTokenServer, type TokenServer } from 'tokenkeep/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from './free_port'
import { recorder } from './recorder'
import { startProxy } from './redis/proxy'
import { isThere, type RedisServer, startRedis } from './redis/server'

let server: TokenServer
let open: TokenManager[] = []
let stores: RedisStore[] = []
let account = 0

beforeEach(async () => {
  server = await startTokenServer()
  account++
})
afterEach(async () => {
  await Promise.all(open.map((manager) => manager.close()))
  stores.forEach((store) => store.close())
  open = []
  stores = []
  await server.close()
})

/** A manager with a store of its own, as another process would have it; all of one test have one account. */
function manager(options: RedisStoreOptions, changes = {}) {
  const { logger, lines } = recorder()
  const store = redisStore(options)
  stores.push(store)
  const provider = jsonLogin({ url: server.loginUrl, body: { api_key: DEFAULT_KEY }, account: `troubled-${account}`, refreshUrl: server.refreshUrl })
  const made = createTokenManager({ provider, store, logger, ...changes })
  open.push(made)
  const warnings = () => lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ message }) => message!)
  return { manager: made, lines, warnings }
}

const CLIENTS = {
  'a URL': (url: string): RedisStoreOptions => ({ url }),
  ioredis: (url: string): RedisStoreOptions => {
    const client = new Redis(url)
    client.on('error', () => {})
    tidied.push(() => client.disconnect())
    return { client }
  },
  'node-redis': (url: string): RedisStoreOptions => {
    const client = createClient({ url })
    client.on('error', () => {})
    client.connect().catch(() => {})
    tidied.push(() => client.destroy())
    return { client }
  },
}
/** In the short run through a URL, which goes through ioredis; through all of them in the long one. */
const SOME = Object.entries(CLIENTS).slice(0, process.env['TOKENKEEP_LONG'] === '1' ? undefined : 1)

const tidied: Array<() => void> = []
afterEach(() => tidied.splice(0).forEach((tidy) => tidy()))

describe('where no server is,', () => {
  it.each(Object.entries(CLIENTS))('through %s, one warning says so, and each process is on its own', async (_, options) => {
    const url = `redis://:hunter2@127.0.0.1:${await freePort()}`
    const { manager: one, warnings, lines } = manager(options(url))
    const started = performance.now()
    const token = await one.getToken()
    expect(performance.now() - started).toBeLessThan(3500)
    expect(await one.getToken({ forceRefresh: true })).not.toBe(token)
    expect(warnings()).toEqual([expect.stringMatching(/^.*Redis.*load\(\) failed/)])
    expect(JSON.stringify(lines)).not.toContain('hunter2')
    expect(server.counters.logins).toBe(1)
  })
})

describe.runIf(isThere('redis'))('a real Redis', () => {
  let redis: RedisServer
  beforeAll(async () => void (redis = await startRedis()), 150_000)
  afterAll(() => redis?.stop())
  beforeEach(() => redis.admin.flushall())

  const KEY = /tokenkeep:\{[^}]*\}/

  /** The only record there is. */
  const recordKey = async () => (await redis.admin.keys('tokenkeep:*}'))[0]!

  /** Renews until what comes of it is stored: for a while after a Redis did not answer nobody is kept waiting by it. */
  async function joined(one: TokenManager): Promise<string> {
    const renewed = async () => {
      const token = await one.getToken({ forceRefresh: true })
      const record = await redis.admin.hget((await recordKey()) ?? 'none', 'record')
      return { token, stored: record === null ? null : (JSON.parse(record) as { token: string }).token }
    }
    await expect.poll(renewed).toSatisfy(({ token, stored }) => token === stored)
    return one.peek()!
  }

  /** What goes wrong costs one warning; when it is mended, all share one session again. */
  async function costsOneWarning(breaks: () => Promise<unknown>, says: RegExp, mends: () => Promise<unknown>, isSilent = false) {
    const [before, one] = [manager({ url: redis.url }), manager({ url: redis.url })]
    const first = await before.manager.getToken()
    await before.manager.close()
    await breaks()
    try {
      const token = await one.manager.getToken()
      expect(token).toMatch(/^eyJ/)
      await one.manager.getToken({ forceRefresh: true })
      expect(one.warnings()).toEqual([expect.stringMatching(says)])
    } finally {
      await mends()
    }
    const again = isSilent ? await joined(one.manager) : await one.manager.getToken({ forceRefresh: true })
    expect(again).not.toBe(first)
    const newcomer = manager({ url: redis.url })
    expect(await newcomer.manager.getToken()).toBe(again)
    expect(newcomer.warnings()).toEqual([])
    expect(one.warnings()).toHaveLength(1)
  }

  it('that takes no writes, for it is a replica', async () => {
    await costsOneWarning(
      () => redis.admin.replicaof('127.0.0.1', 1),
      /lock\(\) failed \(READONLY: it is a replica that only reads/,
      () => redis.admin.replicaof('NO', 'ONE'),
    )
  })

  it('that is full', async () => {
    await costsOneWarning(
      async () => {
        await redis.admin.config('SET', 'maxmemory', '1mb', 'maxmemory-policy', 'noeviction')
      },
      /lock\(\) failed \(OOM: it is full/,
      () => redis.admin.config('SET', 'maxmemory', '0'),
    )
  })

  it('that wants a password', async () => {
    await costsOneWarning(
      () => redis.admin.config('SET', 'requirepass', 'hunter2'),
      /load\(\) failed \(NOAUTH: it wants a password/,
      () => redis.admin.config('SET', 'requirepass', ''),
      true,
    )
  })

  it('that refuses the password', async () => {
    await redis.admin.acl('SETUSER', 'someone', 'reset', 'on', '>another', '~*', '+@all')
    const { manager: one, warnings, lines } = manager({ url: `redis://someone:hunter2@127.0.0.1:${redis.port}` })
    await one.getToken()
    expect(warnings()).toEqual([expect.stringMatching(/WRONGPASS: it refuses the user name or the password/)])
    expect(JSON.stringify(lines)).not.toContain('hunter2')
  })

  it('whose ACL does not allow it', async () => {
    await redis.admin.acl('SETUSER', 'someone', 'reset', 'on', '>secret', '~other:*', '+@all')
    const { manager: one, warnings } = manager({ url: `redis://someone:secret@127.0.0.1:${redis.port}` })
    await one.getToken()
    expect(warnings()).toEqual([expect.stringMatching(/its ACL does not allow this: docs\/fleet\.md/)])
  })

  it('that has something of another kind under our key, which stays', async () => {
    let key = ''
    await costsOneWarning(
      async () => {
        key = await recordKey()
        await redis.admin.del(key)
        await redis.admin.rpush(key, 'a list')
      },
      /load\(\) failed \(WRONGTYPE: what lies under the key was not put there by tokenkeep: delete it/,
      async () => {
        expect(await redis.admin.lrange(key, 0, -1)).toEqual(['a list'])
        await redis.admin.del(key)
      },
    )
  })

  it('that has somebody else’s hash under our key, which stays', async () => {
    let key = ''
    await costsOneWarning(
      async () => {
        key = await recordKey()
        await redis.admin.del(key)
        await redis.admin.hset(key, 'colour', 'green')
      },
      /load\(\) failed \(what lies under .* was not put there by tokenkeep: delete it/,
      async () => {
        expect(await redis.admin.hgetall(key)).toEqual({ colour: 'green' })
        await redis.admin.del(key)
      },
    )
  })

  it.each([
    ['torn', '{"version":1,"provi', /cannot be used: .*delete it/],
    ['another account’s', '{"version":1,"provider":"jsonLogin","issuer":"x","account":"eve","generation":5}', /cannot be used/],
  ])('whose record is %s', async (_, text, says) => {
    let key = ''
    await costsOneWarning(
      async () => {
        key = await recordKey()
        await redis.admin.hset(key, 'record', text)
      },
      says,
      () => redis.admin.del(key),
    )
  })

  it('that has evicted the keys costs a login, and no warning', async () => {
    const one = manager({ url: redis.url })
    await one.manager.getToken()
    await redis.admin.flushall()
    await one.manager.getToken({ forceRefresh: true })
    expect(await recordKey()).toMatch(KEY)
    const other = manager({ url: redis.url })
    expect(await other.manager.getToken()).toBe(one.manager.peek())
    expect([...one.warnings(), ...other.warnings()]).toEqual([])
    expect(server.counters.logins).toBe(2)
  })

  it.each(SOME)('that is frozen keeps a caller waiting for a second, and not for each step, through %s', async (_, options) => {
    const own = options(redis.url)
    const one = manager(own)
    await one.manager.getToken()
    redis.kill('SIGSTOP')
    try {
      const started = performance.now()
      await one.manager.getToken({ forceRefresh: true })
      expect(performance.now() - started).toBeLessThan(2500)
      expect(one.warnings()).toEqual([expect.stringMatching(/no answer within 1000 ms/)])
    } finally {
      redis.kill('SIGCONT')
    }
    const token = await joined(one.manager)
    const newcomer = manager({ url: redis.url })
    expect(await newcomer.manager.getToken()).toBe(token)
  })

  it.each(SOME)('that crashes and comes back empty is joined again, through %s', async (_, options) => {
    const one = manager(options(redis.url))
    await one.manager.getToken()
    await redis.crash()
    try {
      await one.manager.getToken({ forceRefresh: true })
    } finally {
      await redis.restart()
    }
    const token = await joined(one.manager)
    const newcomer = manager({ url: redis.url })
    expect(await newcomer.manager.getToken()).toBe(token)
    expect(one.warnings().length).toBeLessThanOrEqual(2)
    expect(server.counters.logins).toBe(1)
  })

  it.each(SOME)('whose answers are cut in the middle costs no token, and no session that works once, through %s', async (_, options) => {
    const proxy = await startProxy(redis.port)
    try {
      const one = manager(options(proxy.url))
      await one.manager.getToken()
      for (let round = 0; round < 12; round++) {
        proxy.cutAfter(1 + round * 3)
        expect(await one.manager.getToken({ forceRefresh: true })).toMatch(/^eyJ/)
      }
      expect(proxy.cuts()).toBeGreaterThan(3)
      proxy.cutAfter(Infinity)
      const token = await joined(one.manager)
      expect(await manager({ url: redis.url }).manager.getToken()).toBe(token)
      expect(server.counters).toMatchObject({ logins: 1, reuses: 0 })
    } finally {
      await proxy.close()
    }
  })

  it('whose lease is held by somebody else keeps a token that works once from being spent', async () => {
    const one = manager({ url: redis.url }, { deadlineMs: 500 })
    await one.manager.getToken()
    const key = await recordKey()
    await redis.admin.set(`${key}:lease`, 'somebody else', 'PX', 60_000)
    await expect(one.manager.getToken({ forceRefresh: true })).rejects.toMatchObject({ code: 'TIMEOUT' })
    expect(server.counters.refreshRequests).toBe(0)
    await redis.admin.del(`${key}:lease`)
  })

  it('of which somebody else was seen to hold the lease is waited for, should it go away, until that must be over', async () => {
    const one = manager({ url: redis.url })
    await one.manager.getToken()
    const key = await recordKey()
    const begun = Date.now()
    await redis.admin.set(`${key}:lease`, 'somebody else', 'PX', 1800)
    await redis.admin.config('RESETSTAT')
    const renewal = one.manager.getToken({ forceRefresh: true })
    // For how long it is held is asked only by those who have to wait for it.
    await expect.poll(() => redis.admin.info('commandstats'), { interval: 5 }).toContain('cmdstat_pttl')
    await redis.crash()
    try {
      await renewal
      const refresh = server.requests.find(({ path }) => path === '/auth/refresh')!
      expect(refresh.at - begun).toBeGreaterThanOrEqual(1700)
      expect(server.counters).toMatchObject({ refreshRequests: 1, logins: 1 })
    } finally {
      await redis.restart()
    }
  })
})
