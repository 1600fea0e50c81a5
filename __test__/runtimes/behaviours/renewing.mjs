import { claimsOf, equal, ok, sleep, until } from '../claims.mjs'

export const renewing = [
  {
    name: 'a token is renewed before it expires: whoever asks, for three lives, gets a live one, by refreshes alone',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow({ accessLifetimeMs: 2000 })
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const seen = new Set()
      for (const end = Date.now() + 4500; Date.now() < end; await sleep(100)) {
        const token = await manager.getToken()
        seen.add(token)
        const left = claimsOf(token).exp * 1000 - Date.now()
        ok(left > 0, `a token was handed out ${-left} ms after its expiry`)
      }
      ok(seen.size >= 3, `there were only ${seen.size} tokens in 4.5 s`)
      equal((await server.counters()).logins, 1, 'the number of logins')
      equal((await server.counters()).refreshes, seen.size - 1, 'the number of refreshes')
      await manager.close()
    },
  },
  {
    name: 'an expired token is refreshed, and not logged in for again',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow({ accessLifetimeMs: 1000 })
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const first = await manager.getToken()
      await sleep(1200)
      const tokens = await Promise.all(Array.from({ length: 100 }, () => manager.getToken()))
      ok(new Set(tokens).size === 1 && tokens[0] !== first, 'it was not one new token')
      const { logins, refreshes } = await server.counters()
      equal([logins, refreshes], [1, 1], 'the number of logins and refreshes')
      await manager.close()
    },
  },
  {
    name: "refresh: 'background' renews while nobody asks",
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow({ accessLifetimeMs: 1500 })
      const manager = tokenkeep.createBaserowJwtManager({ ...server.login, refresh: 'background' })
      const first = await manager.getToken()
      await until(async () => (await server.counters()).refreshes > 0, 'a refresh that nobody asked for')
      await until(() => manager.peek() !== first, 'another token')
      await manager.close()
    },
  },
  {
    name: 'ten callers whose token was refused invalidate it, and cause one renewal',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow()
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const refused = await manager.getToken()
      const again = async () => {
        await manager.invalidate(refused)
        return manager.getToken()
      }
      const tokens = await Promise.all(Array.from({ length: 10 }, again))
      ok(new Set(tokens).size === 1 && tokens[0] !== refused, 'it was not one new token')
      const { logins, refreshes } = await server.counters()
      equal(logins + refreshes, 2, 'the number of renewals')
      equal(await manager.getToken({ forceRefresh: true }) === tokens[0], false, 'that forceRefresh brings the same token')
      await manager.close()
    },
  },
  {
    name: 'listeners and status() tell of logins and refreshes',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow()
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const told = []
      for (const name of ['login', 'refresh', 'failure']) manager.on(name, (event) => told.push(event.name))
      await manager.getToken()
      await manager.getToken({ forceRefresh: true })
      equal(told, ['login', 'refresh'], 'what was told')
      const { state, source, counters, account } = manager.status()
      equal([state, source, account], ['valid', 'refresh', server.login.email], 'the status')
      equal([counters.logins, counters.refreshes, counters.failures], [1, 1, 0], 'the counters')
      await manager.close()
    },
  },
]
