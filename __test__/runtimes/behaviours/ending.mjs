import { equal, failure } from '../claims.mjs'

export const ending = [
  {
    name: 'close() lets a login that is under way end, with its callers; whoever comes later is told CLOSED',
    async run({ tokenkeep, stage }) {
      const server = await stage.baserow({ latencyMs: 200 })
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const waiting = manager.getToken()
      const closing = manager.close()
      equal((await waiting).startsWith('eyJ'), true, 'that the caller has a token')
      await closing
      equal((await failure(manager.getToken())).code, 'CLOSED', 'the code')
      await manager.close()
    },
  },
]
