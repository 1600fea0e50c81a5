import { equal, failure, ok } from '../claims.mjs'

export const providing = [
  {
    name: 'oauth2: client_credentials',
    async run({ tokenkeep, stage }) {
      const server = await stage.tokens()
      const manager = tokenkeep.createTokenManager({
        provider: tokenkeep.oauth2({ tokenUrl: server.tokenUrl, clientId: 'a client', clientSecret: server.key, grant: 'client_credentials' }),
      })
      const tokens = await Promise.all(Array.from({ length: 100 }, () => manager.authorization()))
      ok(new Set(tokens).size === 1 && tokens[0].startsWith('Bearer '), 'it is not one token')
      equal((await server.counters()).tokenRequests, 1, 'the number of requests')
      await manager.close()
    },
  },
  {
    name: 'a JSON login with one-time refresh tokens: none is used twice',
    async run({ tokenkeep, stage }) {
      const server = await stage.tokens()
      const manager = tokenkeep.createTokenManager({
        provider: tokenkeep.jsonLogin({ url: server.loginUrl, refreshUrl: server.refreshUrl, body: { api_key: server.key }, account: 'runner' }),
      })
      await manager.getToken()
      for (let round = 0; round < 3; round++) {
        await Promise.all(Array.from({ length: 20 }, () => manager.getToken({ forceRefresh: true })))
      }
      const { logins, refreshes, reuses } = await server.counters()
      equal([logins, refreshes, reuses], [1, 3, 0], 'the number of logins, refreshes and tokens used twice')
      await manager.close()
    },
  },
  {
    name: 'a login of your own: one call for all who wait, and what it throws is the cause',
    async run({ tokenkeep }) {
      let calls = 0
      const made = tokenkeep.custom({
        account: 'mine',
        issuer: 'https://vault.example',
        login: async () => {
          if (++calls === 1) throw new Error('the vault is sealed')
          return { token: `token ${calls}`, expiresAt: Date.now() + 60_000 }
        },
      })
      const manager = tokenkeep.createTokenManager({ provider: made })
      const error = await failure(manager.getToken())
      ok(error instanceof tokenkeep.TokenError, 'it is no TokenError')
      equal(error.cause?.message, 'the vault is sealed', 'the cause')
      const again = tokenkeep.createTokenManager({
        provider: tokenkeep.custom({ account: 'another', login: async () => ({ token: `token ${++calls}`, expiresAt: Date.now() + 60_000 }) }),
      })
      equal(await Promise.all([again.getToken(), again.getToken()]), ['token 2', 'token 2'], 'the tokens')
      await Promise.all([manager.close(), again.close()])
    },
  },
]
