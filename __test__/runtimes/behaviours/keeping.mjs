import { equal, ok } from '../claims.mjs'

/** A store as a user writes one, over anything that outlives a manager. */
function storeOver(kept) {
  const generationOf = (key) => kept.get(key)?.generation ?? null
  return {
    load: async (key) => kept.get(key)?.record ?? null,
    save: async (key, record, expected, generation) => {
      if (generationOf(key) !== expected) return false
      kept.set(key, { record, generation })
      return true
    },
    clear: async (key, expected) => {
      if (generationOf(key) !== expected) return false
      return kept.delete(key)
    },
  }
}

export const keeping = [
  {
    name: 'a session in a customStore survives a restart: no second login, and its refresh token still works',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow()
      const kept = new Map()
      const open = () => tokenkeep.createBaserowJwtManager({ ...server.login, store: tokenkeep.customStore(storeOver(kept)) })
      const before = open()
      const token = await before.getToken()
      await before.close()
      ok(kept.size === 1, 'nothing was kept')
      const after = open()
      equal(await after.getToken(), token, 'the token after the restart')
      equal(after.status().source, 'store', 'where it is from')
      await after.getToken({ forceRefresh: true })
      const { logins, refreshes } = await server.counters()
      equal([logins, refreshes], [1, 1], 'the number of logins and refreshes')
      await after.close()
    },
  },
  {
    name: 'a store that fails costs a warning, and not the token',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow()
      const warnings = []
      const quiet = () => {}
      const logger = { debug: quiet, info: quiet, error: quiet, warn: (_, message) => warnings.push(message) }
      const fail = async () => {
        throw new Error('the disk is full')
      }
      const store = tokenkeep.customStore({ load: fail, save: fail, clear: fail })
      const manager = tokenkeep.createBaserowJwtManager({ ...server.login, store, logger })
      ok((await manager.getToken()).startsWith('eyJ'), 'there is no token')
      ok(warnings.length > 0, 'there is no warning')
      await manager.close()
    },
  },
  {
    name: 'logout() revokes the session at the server and forgets it',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow()
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const token = await manager.getToken()
      await manager.logout()
      equal(manager.peek(), null, 'what is left')
      ok((await server.counters()).blacklistRequests >= 1, 'the server was not told')
      ok((await manager.getToken()) !== token, 'the next token is the old one')
      await manager.close()
    },
  },
]
