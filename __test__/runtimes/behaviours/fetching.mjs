import { equal } from '../claims.mjs'

export const fetching = [
  {
    name: 'authFetch adds the header, and on a 401 renews and asks once more; for other origins it does neither',
    async run({ tokenkeep, authFetch, stage }) {
      const server = await stage.baserow()
      const stranger = await stage.baserow()
      const manager = tokenkeep.createBaserowJwtManager(server.login)
      const fetch = authFetch(manager, { origins: [server.url] })
      const tables = `${server.baseUrl}/database/tables/database/1/`
      equal((await fetch(tables)).status, 200, 'the status')
      await server.call('revokeAll')
      const answers = await Promise.all(Array.from({ length: 10 }, () => fetch(tables)))
      equal(answers.map(({ status }) => status), Array(10).fill(200), 'the statuses after every token was revoked')
      const { logins, refreshes } = await server.counters()
      equal(logins + refreshes <= 3, true, 'that there are few renewals')
      equal((await fetch(`${stranger.baseUrl}/database/tables/database/1/`)).status, 401, 'the status of a stranger')
      const sent = (await stranger.requests()).map(({ headers }) => headers.authorization ?? null)
      equal(sent.filter((header) => header !== null), [], 'what a stranger was sent')
      await manager.close()
    },
  },
]
