// How many logins a pool has in flight, how many sessions it has in memory, and what an API that refuses every token can cost.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { TokenPool, TokenPoolOptions } from 'tokenkeep'
import { createTokenManager, createTokenPool, custom, jsonLogin, TokenError } from 'tokenkeep'
import { authFetch } from 'tokenkeep/fetch'
import { DEFAULT_KEY, startTokenServer, type TokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

let server: TokenServer
let open: TokenPool[]
let workers: Worker[]

beforeEach(async () => {
  server = await startTokenServer()
  open = []
  workers = []
})
afterEach(async () => {
  await Promise.all(open.map((pool) => pool.close()))
  await Promise.all(workers.map((worker) => worker.terminate()))
  await server.close()
})

const of = (account: string, changes = {}) =>
  jsonLogin({ url: server.loginUrl, body: { api_key: DEFAULT_KEY }, account, ...changes })

function pool(changes: Partial<TokenPoolOptions> = {}): TokenPool {
  const made = createTokenPool({ provider: (id) => of(id), timeoutMs: 5000, retry: { attempts: 1 }, ...changes })
  open.push(made)
  return made
}

/** The login of a token server on another thread, which answers while this one is busy. */
async function startedElsewhere(): Promise<string> {
  const script = `require('tokenkeep/testing').startTokenServer().then((server) => require('node:worker_threads').parentPort.postMessage(server.loginUrl))`
  const worker = new Worker(script, { eval: true })
  workers.push(worker)
  const [url] = (await once(worker, 'message')) as [string]
  return url
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => `${number}`)

/** After the tick that lets go of whoever is idle. Of those for whom there was no room, one more may have left. */
const settled = (all: TokenPool, accounts: number) =>
  vi.waitFor(() => expect([accounts, Math.max(1, accounts - 1)]).toContain(all.status().accounts), { timeout: 6000, interval: 100 })

describe('logins in flight', () => {
  it('are never more than the pool says, and all of two thousand accounts come to their turn', async () => {
    server.configure({ loginDelayMs: 5 })
    const all = pool({ maxConcurrentLogins: 7 })
    const tokens = await Promise.all(numbers(2000).map((id) => all.getToken(id)))
    expect(new Set(tokens).size).toBe(2000)
    expect(server.counters).toMatchObject({ logins: 2000, loginRequests: 2000, maxConcurrent: 7 })
    expect(all.status()).toMatchObject({ accounts: 2000, states: { valid: 2000 }, counters: { logins: 2000, failures: 0 } })
  })

  it('count those of handles too', async () => {
    server.configure({ loginDelayMs: 20 })
    const all = pool({ maxConcurrentLogins: 2 })
    const handles = numbers(10).map((id) => all.account(id))
    await Promise.all([...handles.map((handle) => handle.getToken()), ...numbers(20).map((id) => all.getToken(id))])
    expect(server.counters).toMatchObject({ logins: 20, maxConcurrent: 2 })
  })

  it('leave the event loop its turns: no more end in one of them than two lots of what is under way', async () => {
    const url = await startedElsewhere()
    const all = pool({ provider: (id) => of(`turns-${id}`, { url }) })
    const ids = numbers(2000)
    let ended = 0
    let most = 0
    let busy = true
    const turn = () => {
      most = Math.max(most, ended)
      ended = 0
      if (busy) setImmediate(turn)
    }
    turn()
    const caller = async () => {
      for (let id = ids.pop(); id !== undefined; id = ids.pop()) {
        await all.getToken(id)
        ended++
      }
    }
    await Promise.all(Array.from({ length: 32 }, caller))
    busy = false
    // One lot may be announced, and another found when that one is read.
    expect(most).toBeLessThanOrEqual(2 * 32)
  })

  it('that fail give their turn to the next', async () => {
    const all = pool({ maxConcurrentLogins: 1, provider: (id) => of(id, { body: { api_key: Number(id) % 2 ? DEFAULT_KEY : 'wrong' } }) })
    const ended = await Promise.allSettled(numbers(20).map((id) => all.getToken(id)))
    expect(ended.map(({ status }) => status)).toEqual(numbers(20).map((id) => (Number(id) % 2 ? 'fulfilled' : 'rejected')))
    expect(server.counters.maxConcurrent).toBe(1)
  })

  it('wait for their turn for as long as it takes, whatever deadlineMs says', async () => {
    server.configure({ loginDelayMs: 150 })
    const all = pool({ maxConcurrentLogins: 1, deadlineMs: 1000 })
    expect(new Set(await Promise.all(numbers(12).map((id) => all.getToken(id)))).size).toBe(12)
  })
})

describe('sessions in memory', () => {
  it('are as many as there is room for; whoever had to leave is asked for again, and the others are not', async () => {
    const provider = vi.fn((id: string) => of(id))
    const all = pool({ provider, capacity: 10 })
    for (const id of numbers(30)) await all.getToken(id)
    await settled(all, 10)
    const gone = numbers(30).filter((id) => all.peek(id) === null)
    expect(gone).toHaveLength(30 - all.status().accounts)
    provider.mockClear()
    const staying = numbers(30).filter((id) => !gone.includes(id))
    expect(staying.length).toBeGreaterThan(8)
    for (const id of staying) await all.getToken(id)
    expect(provider).not.toHaveBeenCalled()
    await all.getToken(gone[0]!)
    expect(provider.mock.calls).toEqual([[gone[0]]])
    expect(server.counters.loginRequests).toBe(31)
  })

  it('never include too few: nobody leaves in the middle of a flight', async () => {
    server.configure({ loginDelayMs: 200 })
    const all = pool({ capacity: 1, maxConcurrentLogins: 100 })
    const tokens = await Promise.all([...numbers(50), ...numbers(50)].map((id) => all.getToken(id)))
    expect(new Set(tokens).size).toBe(50)
    expect(server.counters.loginRequests).toBe(50)
    await settled(all, 1)
  })

  it('are bounded although another pool of this process knows the same accounts', async () => {
    const [small, large] = [pool({ capacity: 5 }), pool()]
    for (const id of numbers(40)) expect(await small.getToken(id)).toBe(await large.getToken(id))
    await settled(small, 5)
    expect([large.status().accounts, server.counters.loginRequests]).toEqual([40, 40])
    // Whoever has left here has a session there: no login, and again what is cached here is what is current.
    for (const id of numbers(40)) expect(await small.getToken(id)).toBe(await large.getToken(id))
    expect(server.counters.loginRequests).toBe(40)
  })

  it('come back as those of somebody new: what is served is never the token of the one who left', async () => {
    let round = 0
    const provider = (id: string) => custom({ account: `back-${id}`, login: async () => ({ token: `${id} of round ${round}`, expiresAt: Date.now() + 3_600_000 }) })
    const all = pool({ provider, capacity: 2 })
    for (round = 1; round <= 3; round++) {
      for (const id of numbers(8)) {
        const token = await all.getToken(id)
        expect(token.startsWith(`${id} of`)).toBe(true)
        expect(await all.getToken(id)).toBe(token)
        expect(all.peek(id)).toBe(token)
      }
      await settled(all, 2)
    }
  })

  it('come back whole: what is thrown away after somebody who left is nothing of theirs who is here again', async () => {
    let logins = 0
    const login = async () => ({ token: `login ${++logins}`, expiresAt: Date.now() + 3_600_000 })
    const all = pool({ provider: (id) => custom({ account: `whole-${id}`, login }), capacity: 1 })
    await all.getToken('a')
    // Nobody is at it any more.
    await sleep(2500)
    await all.getToken('b')
    expect(all.peek('a')).toBeNull()
    expect(await all.getToken('a')).toBe('login 3')
    await sleep(2500)
    expect(await all.getToken('a', { forceRefresh: true })).toBe('login 4')
  })
})

describe('a token that another manager has forgotten', () => {
  it('is not served by the very next call of the pool', async () => {
    const all = pool()
    const manager = createTokenManager({ provider: of('a'), retry: { attempts: 1 } })
    const token = await all.getToken('a')
    await all.getToken('a')
    expect(await manager.getToken()).toBe(token)
    void manager.invalidate(token)
    expect(await all.getToken('a')).not.toBe(token)
    expect(await manager.getToken()).toBe(all.peek('a'))
    await manager.close()
  })
})

describe('an API that refuses every token', () => {
  it('is answered with five renewals in half a minute and with COOLING_DOWN from then on, by handle and by manager', async () => {
    // The API of a server that does not know the tokens of the other.
    const api = await startTokenServer()
    const all = pool()
    const manager = createTokenManager({ provider: of('manager'), retry: { attempts: 1 } })
    for (const one of [all.account('handle'), manager]) {
      server.reset()
      const fetch = authFetch(one, { origins: [api.url] })
      const outcome = () => fetch(api.apiUrl).then(({ status }) => status, (error: unknown) => (error as TokenError).code)
      const answers: unknown[] = []
      // Each round has at least one token refused: the callers of a round may share it, those of the next have another.
      for (let round = 0; round < 8; round += 1) answers.push(...(await Promise.all(Array.from({ length: 4 }, outcome))))
      expect(server.counters.loginRequests + server.counters.refreshRequests).toBeLessThanOrEqual(5)
      expect(new Set(answers)).toEqual(new Set([401, 'COOLING_DOWN']))
      const error = await fetch(api.apiUrl).then(() => expect.unreachable(), (error: unknown) => error as TokenError)
      expect(error).toMatchObject({ code: 'COOLING_DOWN', message: expect.stringContaining('refused the last 5 tokens') })
      expect(error.retryAfterMs).toBeGreaterThan(20_000)
    }
    expect(await all.getToken('somebody else')).toEqual(expect.any(String))
    await manager.close()
    await api.close()
  })
})
