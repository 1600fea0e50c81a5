// N processes of one host and one account: one of them goes to the server, all of them have its answer.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_KEY, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { valuesOf } from './crew'
import { expectSound, LONG, modeOf, namesIn, tidy, workshop } from './folder'
import { type Answer, keep, type Keeper, type KeeperOptions, ofBaserow, ofTokenServer, reap } from './keeper'

const CROWD = 24
const KEY = 'ab'.repeat(32)

let server: BaserowServer
let dir: string

beforeEach(async () => {
  server = await startBaserow()
  dir = join(workshop(), 'store')
})
afterEach(async () => {
  await reap()
  await server.close()
  tidy()
})

const startAll = (options: KeeperOptions, count = CROWD) => Array.from({ length: count }, () => keep(options))

/** Lets all of them ask at the same moment, once the last of them is there. */
async function released(keepers: Keeper[]): Promise<Answer[]> {
  await Promise.all(keepers.map(({ ready }) => ready))
  return Promise.all(keepers.map((keeper) => keeper.ask('getToken')))
}


function expectPrivate(): void {
  const { records, locks } = namesIn(dir)
  expect([records.length, locks.length]).toEqual([1, 1])
  expect([modeOf(dir), modeOf(join(dir, records[0]!))]).toEqual(['700', '600'])
  expectSound(dir)
}

describe.each([
  ['in the clear', {}],
  ['sealed', { encryptionKey: KEY }],
])(`${CROWD} processes at once with a store of files, %s`, { timeout: 180_000 }, (kind, sealing) => {
  it('that is empty make one login and have one token', async () => {
    const keepers = startAll({ provider: ofBaserow(server), store: { dir, ...sealing } })
    const tokens = valuesOf(await released(keepers))
    expect(tokens).toEqual([expect.stringMatching(/^eyJ/)])
    expect(server.counters).toMatchObject({ loginRequests: 1, refreshRequests: 0 })
    expectPrivate()
    const text = readFileSync(join(dir, namesIn(dir).records[0]!), 'utf8')
    expect(text.includes(tokens[0]!)).toBe(kind !== 'sealed')
  })

  it('whose token has become stale make one refresh and no login', async () => {
    // The first token dies at once; the one that replaces it outlives the slowest of the crowd.
    server.configure({ accessLifetimeMs: 1500 })
    const earlier = keep({ provider: ofBaserow(server), store: { dir, ...sealing } })
    const { value: old } = await earlier.ask('getToken')
    await expect.poll(() => earlier.ask('status'), { timeout: 20_000 }).toMatchObject({ value: { state: 'expired' } })
    await earlier.leave()
    server.configure({ accessLifetimeMs: 600_000 })
    const tokens = valuesOf(await released(startAll({ provider: ofBaserow(server), store: { dir, ...sealing } })))
    expect(tokens).toEqual([expect.stringMatching(/^eyJ/)])
    expect(tokens[0]).not.toBe(old)
    expect(server.counters).toMatchObject({ loginRequests: 1, refreshRequests: 1 })
    expectPrivate()
  })

  it('with a wrong password make one login request, and each is told', async () => {
    const provider = ofBaserow(server, { password: 'wrong' })
    const answers = await released(startAll({ provider, store: { dir, ...sealing } }))
    expect(answers).toHaveLength(CROWD)
    for (const { error } of answers) expect(error).toMatchObject({ code: 'INVALID_CREDENTIALS', statusCode: 401 })
    expect(server.counters).toMatchObject({ loginRequests: 1, refreshRequests: 0 })
  })
})

it(`${CROWD} processes that nobody holds back make one login`, { timeout: 180_000 }, async () => {
  const keepers = startAll({ provider: ofBaserow(server), store: { dir }, atOnce: true })
  const tokens = valuesOf(await Promise.all(keepers.map(({ first }) => first)))
  expect(tokens).toEqual([expect.stringMatching(/^eyJ/)])
  expect(server.counters).toMatchObject({ loginRequests: 1, refreshRequests: 0 })
  expectPrivate()
})

it(`${CROWD} processes share one very file as well`, { timeout: 180_000 }, async () => {
  const keepers = startAll({ provider: ofBaserow(server), store: { file: join(dir, 'session.json') } })
  expect(valuesOf(await released(keepers))).toEqual([expect.stringMatching(/^eyJ/)])
  expect(server.counters.loginRequests).toBe(1)
  expect([modeOf(dir), modeOf(join(dir, 'session.json'))]).toEqual(['700', '600'])
})

it(`${CROWD} processes spend a refresh token that works once only once`, { timeout: 180_000 }, async () => {
  await using tokens = await startTokenServer({ accessLifetimeMs: 1500 })
  const earlier = keep({ provider: ofTokenServer(tokens), store: { dir } })
  await earlier.ask('getToken')
  await expect.poll(() => earlier.ask('status'), { timeout: 20_000 }).toMatchObject({ value: { state: 'expired' } })
  tokens.configure({ accessLifetimeMs: 600_000 })
  const crowd = [earlier, ...startAll({ provider: ofTokenServer(tokens), store: { dir } }, CROWD - 1)]
  expect(valuesOf(await released(crowd))).toEqual([expect.stringMatching(/^eyJ/)])
  expect(tokens.counters).toMatchObject({ loginRequests: 1, refreshRequests: 1, reuses: 0 })
})

// Use case 5: 100 logins an hour for the whole host, and processes that live for one call.
it.skipIf(!LONG)('a hundred short lives in waves of ten cost one login of the hundred that the hour has', { timeout: 600_000 }, async () => {
  await using tokens = await startTokenServer({ rateLimit: { logins: 1 }, keys: [DEFAULT_KEY] })
  const seen = new Set<string>()
  for (let wave = 0; wave < 10; wave += 1) {
    const keepers = startAll({ provider: ofTokenServer(tokens), store: { dir }, atOnce: true }, 10)
    for (const value of valuesOf(await Promise.all(keepers.map(({ first }) => first)))) seen.add(value)
    await Promise.all(keepers.map((keeper) => keeper.leave()))
  }
  expect([...seen]).toEqual([expect.stringMatching(/^eyJ/)])
  expect(tokens.counters).toMatchObject({ loginRequests: 1, rateLimited: 0, refreshRequests: 0 })
  expectPrivate()
})
