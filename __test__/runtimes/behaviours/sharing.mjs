import { equal, failure, ok } from '../claims.mjs'

export const sharing = [
  {
    name: 'a thousand callers at once cause one login and get one token',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow({ latencyMs: 50 })
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const tokens = await Promise.all(Array.from({ length: 1000 }, () => manager.getToken()))
      equal(new Set(tokens).size, 1, 'the number of tokens')
      equal((await server.counters()).logins, 1, 'the number of logins')
      await manager.close()
    },
  },
  {
    name: 'later callers, peek(), authorization() and another manager of the account cost no request',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow()
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const sibling = tokenkeep.createTokenManager({ provider: tokenkeep.baserow(server.login) })
      equal(manager.peek(), null, 'the token before the first call')
      const token = await manager.getToken()
      equal(await manager.getToken(), token, 'a later token')
      equal(manager.peek(), token, 'what peek() shows')
      equal(await sibling.authorization(), `JWT ${token}`, 'the header of the other manager')
      equal(await server.posts(), 1, 'the number of requests')
      await Promise.all([manager.close(), sibling.close()])
    },
  },
  {
    name: 'a pool logs fifty accounts in once each, whatever the number of their callers, and keeps them apart',
    async run({ tokenkeep, stage }) {
      const users = Array.from({ length: 50 }, (_, number) => ({ username: `user${number}`, password: `word${number}` }))
      const server = await stage.tokens({ users })
      const pool = tokenkeep.createTokenPool({
        provider: (account) => tokenkeep.jsonLogin({ url: server.loginUrl, body: users[Number(account)], account: `user${account}` }),
      })
      const callers = Array.from({ length: 1000 }, (_, number) => pool.getToken(String(number % 50)))
      const tokens = await Promise.all(callers)
      equal(new Set(tokens).size, 50, 'the number of tokens')
      equal(tokens[0] === tokens[50] && tokens[0] !== tokens[1], true, 'that each account has its own')
      equal((await server.counters()).logins, 50, 'the number of logins')
      equal(await pool.getToken('7'), tokens[7], 'a later token')
      equal(pool.status().accounts, 50, 'the number of accounts')
      await pool.close()
    },
  },
  {
    name: 'a caller who leaves gets the reason of its signal, and the others get the token of the same login',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow({ latencyMs: 300 })
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const leaving = new AbortController()
      const left = failure(manager.getToken({ signal: leaving.signal }))
      const others = [manager.getToken(), manager.getToken()]
      leaving.abort(new Error('too slow for me'))
      equal((await left).message, 'too slow for me', 'the reason')
      const [token, same] = await Promise.all(others)
      ok(token.startsWith('eyJ') && token === same, 'the others have no token')
      equal((await server.counters()).logins, 1, 'the number of logins')
      await manager.close()
    },
  },
]
