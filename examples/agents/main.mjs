// Use-case 4: one process that speaks for many agents, each with a session of its own and a token for each of its guilds.
// fabric.mjs is all that it has to write; here its agents meet a chat (server.mjs) whose tokens die after 15 minutes.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { counting, until } from '../processes.mjs'
import { check, finish, heading } from '../report.mjs'
import { createFabric } from './fabric.mjs'
import { startFabric } from './server.mjs'

const AGENTS = 100
const CALLERS = 100
const MINUTE = 60_000
/** A life that can be watched to its end. */
const SHORT_SECONDS = 4

const named = ['archivist', 'bard', 'courier', 'diver', 'envoy', 'forger', 'guard', 'herald', 'idler', 'joiner', 'keeper']
const crowd = Array.from({ length: AGENTS }, (_, index) => `agent-${index + 1}`)
const keys = Object.fromEntries([...named, ...crowd].map((agent) => [agent, `the key of ${agent}`]))
const server = await startFabric(keys)
const options = { url: server.url, keyOf: (agent) => keys[agent] }
const fabric = createFabric(options)
const hasty = createFabric({ ...options, ttlSeconds: SHORT_SECONDS })
const { pool } = fabric

heading(`${AGENTS} agents at a chat of their own (${server.url}) whose tokens die after 15 minutes`)

const times = (count, ask) => Promise.all(Array.from({ length: count }, ask))
const asking = (token, path = '/me') => fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } })
const sleepUntil = async (time) => {
  const ms = time - Date.now()
  assert.ok(ms <= SHORT_SECONDS * 1000, `${ms} ms are not to be waited for`)
  await sleep(Math.max(0, ms) + 20)
}
/** Until callers of the agent have to wait for a new token. The one it has is alive until its TTL ends. */
const untilStale = async ({ pool }, agent) => {
  await sleepUntil(pool.account(agent).status().refreshAt)
}

await check('nothing before it is asked for', async () => {
  assert.deepEqual([pool.peek('archivist'), pool.status().accounts, server.counters.loginRequests], [null, 0, 0])
  return 'two pools, no login'
})

// Their age is looked at further below: so that nobody waits for it, it begins now.
const young = {}
for (const agent of ['idler', 'keeper']) young[agent] = await hasty.pool.getToken(agent)

await check('a login for each agent', async () => {
  const spent = counting(server.counters)
  const answers = await Promise.all(crowd.map((agent) => fabric.whoAmI(agent)))
  assert.deepEqual(answers.map(({ agent }) => agent), crowd)
  assert.equal(new Set(crowd.map((agent) => pool.peek(agent))).size, AGENTS)
  assert.equal(spent().loginRequests, AGENTS)
  await Promise.all(crowd.map((agent) => fabric.whoAmI(agent)))
  assert.equal(spent().loginRequests, AGENTS)
  return `${AGENTS} agents, each with its own key: ${spent().loginRequests} logins, ${AGENTS} sessions; asked again: none`
})

await check('8 minutes, whatever it says', async () => {
  const lifeOf = async (agent) => {
    await pool.getToken(agent)
    return pool.account(agent).status().expiresAt - Date.now()
  }
  const told = await lifeOf('archivist')
  server.tell(false)
  const untold = await lifeOf('bard')
  server.tell(true)
  for (const life of [told, untold]) assert.ok(life <= 8 * MINUTE && life > 7.5 * MINUTE, `${life} ms`)
  return 'the chat says 15 minutes, or nothing: it is good for 8'
})

await check('one agent, many callers', async () => {
  const spent = counting(server.counters)
  const tokens = await times(CALLERS, () => pool.getToken('courier'))
  const count = new Set(tokens).size
  assert.deepEqual([spent().loginRequests, count], [1, 1])
  return `${CALLERS} callers, ${spent().loginRequests} login, ${count} token`
})

await check('no agent waits for another', async () => {
  const spent = counting(server.counters)
  const release = server.hold('diver')
  let isThere = false
  const held = pool.getToken('diver').then(() => (isThere = true))
  try {
    await until(() => spent().loginRequests === 1)
    const signal = AbortSignal.timeout(10_000)
    await pool.getToken('envoy', { signal })
    await pool.getToken('courier', { signal })
    assert.deepEqual([isThere, spent().loginRequests], [false, 2])
  } finally {
    release()
    await held
  }
  return 'while the login of diver hangs, envoy logs in, and courier has its token'
})

await check('a 401: invalidate(agent)', async () => {
  await pool.getToken('forger')
  server.advance(14 * MINUTE)
  const alive = counting(server.counters)
  await fabric.whoAmI('forger')
  assert.deepEqual([alive().loginRequests, alive().apiRefused], [0, 0])
  server.advance(MINUTE)
  const dead = pool.peek('forger')
  const theirs = pool.peek('courier')
  const spent = counting(server.counters)
  const answers = await times(10, () => fabric.whoAmI('forger'))
  for (const { agent } of answers) assert.equal(agent, 'forger')
  assert.deepEqual([spent().loginRequests, spent().apiRefused], [1, 10])
  assert.notEqual(pool.peek('forger'), dead)
  assert.equal(pool.peek('courier'), theirs)
  await pool.invalidate('forger', dead)
  assert.notEqual(pool.peek('forger'), null)
  await pool.invalidate('forger')
  assert.equal(pool.peek('forger'), null)
  await fabric.whoAmI('forger')
  assert.equal(spent().loginRequests, 2)
  return '15 minutes later at the chat: 10 callers are refused, 1 login, and no other agent’s session is touched'
})

await check('a guild’s token', async () => {
  server.grant('guard', 'lighthouse')
  const spent = counting(server.counters)
  const { guild } = await fabric.messages('guard', 'lighthouse')
  const token = await pool.getScopedToken('guard', 'lighthouse')
  assert.deepEqual([guild, spent().loginRequests], ['lighthouse', 1])
  assert.equal((await asking(pool.peek('guard'), '/messages')).status, 401)
  assert.deepEqual(pool.account('guard').status().scopes, ['lighthouse'])
  server.advance(15 * MINUTE)
  assert.equal((await fabric.messages('guard', 'lighthouse')).guild, 'lighthouse')
  assert.equal(spent().loginRequests, 2)
  assert.notEqual(await pool.getScopedToken('guard', 'lighthouse'), token)
  return 'comes with the session, no login of its own; dead after 15 minutes, and renewed with it'
})

await check('a guild that came later', async () => {
  await pool.getToken('herald')
  server.grant('herald', 'harbour')
  const spent = counting(server.counters)
  const tokens = await times(CALLERS, () => pool.getScopedToken('herald', 'harbour'))
  assert.deepEqual([spent().loginRequests, new Set(tokens).size], [1, 1])
  assert.equal((await asking(tokens[0], '/messages')).status, 200)
  return `the session lacks it: ${CALLERS} callers, ${spent().loginRequests} forced renewal, and it is there`
})

await check('a guild that is not granted', async () => {
  const before = await pool.getToken('herald')
  const spent = counting(server.counters)
  const error = await pool.getScopedToken('herald', 'treasury').catch((reason) => reason)
  assert.deepEqual([error.code, error.statusCode, spent().loginRequests], ['SCOPE_NOT_GRANTED', 403, 1])
  assert.match(error.message, /\btreasury\b/)
  assert.notEqual(pool.peek('herald'), before)
  await assert.rejects(pool.getScopedToken('herald', 'treasury'), { code: 'SCOPE_NOT_GRANTED' })
  assert.equal((await fabric.messages('herald', 'harbour')).guild, 'harbour')
  assert.equal(spent().loginRequests, 1)
  return `${spent().loginRequests} forced renewal, then ${error.code}; asked again: none\n${error.message}`
})

await check('renewed when its TTL says so', async () => {
  await untilStale(hasty, 'idler')
  const spent = counting(server.counters)
  const tokens = await times(CALLERS, () => hasty.pool.getToken('idler'))
  assert.deepEqual([spent().loginRequests, new Set(tokens).size, tokens.includes(young.idler)], [1, 1, false])
  return `a pool of ${SHORT_SECONDS} s: half of them later ${CALLERS} callers, ${spent().loginRequests} login`
})

await check('its login fails: nothing stale', async () => {
  await hasty.pool.getToken('joiner')
  await untilStale(hasty, 'joiner')
  const spent = counting(server.counters)
  server.fail('joiner', 503)
  const results = await Promise.allSettled(Array.from({ length: CALLERS }, () => hasty.pool.getToken('joiner')))
  const { expiresAt } = hasty.pool.account('joiner').status()
  assert.deepEqual(new Set(results.map(({ reason }) => reason?.code)), new Set(['SERVER_ERROR']))
  assert.deepEqual([expiresAt > Date.now(), spent().loginRequests], [true, 1])
  return `${CALLERS} callers, ${spent().loginRequests} login; SERVER_ERROR for all, although the old token has some life left`
})

await check('and may be tried again at once', async () => {
  const old = hasty.pool.peek('joiner')
  const spent = counting(server.counters)
  server.fail('joiner', 503)
  await assert.rejects(hasty.pool.getToken('joiner'), { code: 'SERVER_ERROR' })
  assert.notEqual(await hasty.pool.getToken('joiner'), old)
  assert.equal(spent().loginRequests, 2)
  return 'the next call logs in, and the one after it: no cool-down'
})

await check('peek: no I/O, no age', async () => {
  await sleepUntil(hasty.pool.account('keeper').status().expiresAt)
  const spent = counting(server.counters)
  assert.equal(hasty.pool.account('keeper').status().state, 'expired')
  assert.equal(hasty.pool.peek('keeper'), young.keeper)
  assert.equal(hasty.pool.peek('nobody'), null)
  // Whatever might have been sent would be there by then.
  await hasty.whoAmI('archivist')
  assert.deepEqual([spent().loginRequests, hasty.pool.peek('keeper')], [1, young.keeper])
  return 'an expired token is still shown, of an agent never seen there is none; no request'
})

await fabric.close()
await hasty.close()
await server.close()
finish()
