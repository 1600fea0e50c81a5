// The servers, in a process of their own: their memory is not what is measured.
import { startBaserow, startFaultServer, startTokenServer } from '../../target/waypoints/dist/testing.mjs'
import { Chance } from './chance.mjs'
import { ANSWERS, NETWORK } from './faults.mjs'
import { LIFETIME_MS, USERS } from './cast.mjs'

/** More than are met in one period. */
const QUEUED = 400

const chance = new Chance(process.argv[2], 'faults')
const baserow = await startBaserow({ users: USERS, accessLifetimeMs: LIFETIME_MS })
const rotating = await startTokenServer({ accessLifetimeMs: LIFETIME_MS })
const fronts = await Promise.all([baserow, rotating].map(({ url }) => startFaultServer({ upstream: url })))

const commands = {
  /** Sets faults of either kind, or of both. */
  break: () => {
    const kinds = chance.of(['network', 'answers', 'both'])
    for (let queued = 0; queued < QUEUED; queued++) {
      const times = chance.between(1, 3)
      if (kinds !== 'answers') chance.of(fronts).fail(chance.of(NETWORK), { times })
      if (kinds !== 'network') chance.of([baserow, rotating]).fail(chance.of(ANSWERS), { times })
    }
    return kinds
  },
  clear: () => {
    for (const server of [baserow, rotating, ...fronts]) server.clearFaults()
  },
  counters: () => ({
    logins: baserow.counters.logins + rotating.counters.logins,
    refreshes: baserow.counters.refreshes + rotating.counters.refreshes,
    requests: fronts.reduce((sum, { counters }) => sum + counters.requests, 0),
  }),
}

process.on('message', ({ number, command }) => process.send({ number, answer: commands[command]() }))
process.on('disconnect', () => process.exit())
process.send({ baserow: `${fronts[0].url}/api`, rotating: fronts[1].url })
