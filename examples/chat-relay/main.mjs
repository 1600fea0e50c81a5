// Use-case 2: a chat relay in a container. Its login takes 10 to 15 s, its token lives a year.
// relay.mjs is the relay, login.mjs its login; here it is started, killed and restarted on an embedded server.
// RELAY_LOGIN_MS is how long a login takes (default 12 s); one login takes more than 10 s whatever it says.
import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startTokenServer } from 'tokenkeep/testing'
import { beside, counting, run, start, tokenkeep, until } from '../processes.mjs'
import { check, finish, heading } from '../report.mjs'
import { leave, read, sessionIn, sessionsIn, temporaryFolder } from '../sessions.mjs'

const RELAY = beside(import.meta.url, 'relay.mjs')
const DAY = 86_400_000
const LONGER_THAN_MOST_TIMEOUTS_MS = 10_500
const loginDelayMs = Number(process.env.RELAY_LOGIN_MS ?? 12_000)

const alice = { username: 'alice@example.com', password: 'alice’s own' }
const bob = { username: 'bob@example.com', password: 'bob’s own' }
const yearly = { users: [alice, bob], accessLifetimeMs: 365 * DAY, refreshTokens: false }
const server = await startTokenServer({ ...yearly, loginDelayMs })
const slowServer = await startTokenServer({ ...yearly, loginDelayMs: LONGER_THAN_MOST_TIMEOUTS_MS })
const folder = temporaryFolder()
const data = join(folder, 'srv', 'matterbridge')

heading(`A chat relay on an embedded server (${server.url}) whose login takes ${loginDelayMs} ms`)

const relayOf = ({ username, password }, env = {}) => ({
  env: {
    KOSMI_URL: server.url,
    KOSMI_EMAIL: username,
    KOSMI_PASSWORD: password,
    MATTERBRIDGE_DATA_DIR: data,
    ...env,
  },
})
const relay = (user = alice, env) => run(RELAY, relayOf(user, env))
/** The same account for the command line. */
const shell = (more = {}) => ({
  env: {
    ...relayOf(alice).env,
    TOKENKEEP_PROVIDER: beside(import.meta.url, 'provider.json'),
    TOKENKEEP_CACHE_DIR: data,
    TOKENKEEP_REFRESH_MARGIN_SECONDS: String((7 * DAY) / 1000),
  },
  ...more,
})
/** The tokens that the API has been shown, from now on. */
const showing = () => {
  const from = server.requests.length
  return () => server.requests.slice(from).filter(({ path }) => path === '/api/me').map(({ headers }) => headers.authorization)
}
const connected = ({ code, stderr, lines }, user = alice) => {
  assert.deepEqual({ code, stderr, last: lines.at(-1) }, { code: 0, stderr: '', last: `connected as ${user.username}` })
}

// Begun now and looked at in the end, so that nobody waits for it.
const patient = relay(alice, { KOSMI_URL: slowServer.url, MATTERBRIDGE_DATA_DIR: join(folder, 'patient') })

await check('not found: one login for all', async () => {
  const spent = counting(server.counters)
  const shown = showing()
  assert.equal(existsSync(data), false)
  const relays = await Promise.all(Array.from({ length: 4 }, () => relay()))
  for (const ended of relays) connected(ended)
  assert.equal(spent().loginRequests, 1)
  assert.equal(new Set(shown()).size, 1)
  return `4 relays started at once: ${spent().loginRequests} login, ${new Set(shown()).size} token`
})

await check('the file and its folder', async () => {
  const mode = (path) => `0${(statSync(path).mode & 0o777).toString(8)}`
  assert.deepEqual([mode(sessionIn(data)), mode(data), mode(join(folder, 'srv'))], ['0600', '0700', '0700'])
  return `the folder was made (0700), the file is ${mode(sessionIn(data))}`
})

await check('a restart', async () => {
  const spent = counting(server.counters)
  const shown = showing()
  connected(await relay())
  assert.deepEqual({ logins: spent().loginRequests, shown: shown() }, { logins: 0, shown: [`Bearer ${read(sessionIn(data)).token}`] })
  return 'the stored token is used: no login'
})

await check('its log, in words', async () => {
  leave(sessionIn(data), 363.5 * DAY)
  const { lines } = await relay()
  assert.equal(lines[0], 'info  using the stored token, expires in 363 days')
  return lines[0]
})

await check('good for more than 7 days', async () => {
  const spent = counting(server.counters)
  leave(sessionIn(data), 7 * DAY + 60_000)
  const ended = await relay()
  connected(ended)
  assert.equal(spent().loginRequests, 0)
  return `7 days and a minute left: no login; ${ended.lines[0]}`
})

await check('within 7 days of its end', async () => {
  const spent = counting(server.counters)
  const path = sessionIn(data)
  leave(path, 7 * DAY - 60_000)
  const before = read(path).token
  const ended = await relay()
  connected(ended)
  assert.equal(spent().loginRequests, 1)
  assert.notEqual(read(path).token, before)
  assert.match(ended.lines[0], /^info  logged in, the token expires in 36[45] days$/)
  return `a minute less than 7 days left: ${spent().loginRequests} login; ${ended.lines[0]}`
})

await check('tokenkeep status', async () => {
  const connections = counting(server.counters)
  const { code, stdout, stderr } = await tokenkeep('status', shell())
  assert.deepEqual({ code, stderr, connections: connections().connections }, { code: 0, stderr: '', connections: 0 })
  assert.match(stdout, /^account {4}alice@example\.com$/m)
  assert.match(stdout, /^expires {4}in 36[45] days \(/m)
  assert.match(stdout, /^renews {5}in 35[78] days \(/m)
  return stdout.trimEnd()
})

await check('the file is for jq', async () => {
  const { token, account, expires_at: expiresAt, saved_at: savedAt, issuer } = read(sessionIn(data))
  const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
  assert.match(expiresAt, utc)
  assert.match(savedAt, utc)
  assert.deepEqual({ account, issuer }, { account: alice.username, issuer: server.url })
  assert.match(token, /^eyJ/)
  const { code, stdout } = await tokenkeep('status --json', shell())
  const status = JSON.parse(stdout)
  assert.deepEqual([code, status.state, status.account, status.expiresAt], [0, 'valid', account, Date.parse(expiresAt)])
  return `jq .account,.expires_at *.json: ${account}, ${expiresAt}`
})

await check('tokenkeep refresh', async () => {
  const spent = counting(server.counters)
  const before = read(sessionIn(data)).token
  const { code, stdout, stderr } = await tokenkeep('refresh', shell())
  assert.deepEqual({ code, stderr, logins: spent().loginRequests }, { code: 0, stderr: '', logins: 1 })
  assert.notEqual(read(sessionIn(data)).token, before)
  connected(await relay())
  assert.equal(spent().loginRequests, 1)
  return `with the relay’s own login: ${stdout.split('\n')[0]} No further login for the relay`
})

await check('deleting it forces a login', async () => {
  const spent = counting(server.counters)
  const before = read(sessionIn(data)).token
  rmSync(sessionIn(data))
  assert.equal(readdirSync(data).some((name) => name.endsWith('.bak.json')), true)
  connected(await relay())
  assert.equal(spent().loginRequests, 1)
  assert.notEqual(read(sessionIn(data)).token, before)
  return 'although the session before it lies beside: 1 login'
})

await check('killed in the middle of a login', async () => {
  const spent = counting(server.counters)
  const shown = showing()
  rmSync(sessionIn(data))
  const first = start(RELAY, relayOf(alice))
  await until(() => spent().loginRequests === 1)
  const others = [relay(), relay()]
  first.kill('SIGKILL')
  assert.equal((await first.ended).signal, 'SIGKILL')
  for (const ended of await Promise.all(others)) connected(ended)
  assert.equal(spent().loginRequests, 2)
  assert.equal(new Set(shown()).size, 1)
  return 'its lock dies with it: of 2 siblings one logs in, the other takes that token'
})

await check('another account', async () => {
  const spent = counting(server.counters)
  const shown = showing()
  const [path] = sessionsIn(data)
  const { token } = read(path)
  connected(await relay(bob), bob)
  assert.equal(spent().loginRequests, 1)
  assert.equal(shown().includes(`Bearer ${token}`), false)
  const accounts = sessionsIn(data).map((each) => read(each).account)
  assert.deepEqual(accounts.sort(), [alice.username, bob.username])
  assert.equal(read(path).token, token)
  return `a login of its own, a file of its own; each names its account: ${accounts.join(', ')}`
})

await check('changed credentials', async () => {
  const spent = counting(server.counters)
  const shown = showing()
  const before = sessionsIn(data).map((path) => read(path).token)
  const changed = { ...alice, password: 'alice’s new one' }
  server.configure({ users: [changed, bob] })
  const refused = await tokenkeep('status', shell({ env: { ...shell().env, KOSMI_PASSWORD: changed.password } }))
  assert.equal(refused.code, 5)
  connected(await relay(changed))
  server.configure({ users: [alice, bob] })
  assert.equal(spent().loginRequests, 1)
  assert.equal(before.some((token) => shown().includes(`Bearer ${token}`)), false)
  return 'the old password’s token is not for the new one: 1 login'
})

await check('one known file', async () => {
  const spent = counting(server.counters)
  const shown = showing()
  const file = join(folder, 'known', 'kosmi.json')
  connected(await relay(alice, { KOSMI_TOKEN_FILE: file }))
  connected(await relay(alice, { KOSMI_TOKEN_FILE: file }))
  assert.equal(spent().loginRequests, 1)
  const { token, account } = read(file)
  assert.equal(account, alice.username)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const before = shown().length
  connected(await relay(bob, { KOSMI_TOKEN_FILE: file }), bob)
  assert.equal(shown().slice(before).includes(`Bearer ${token}`), false)
  assert.equal(read(file).account, bob.username)
  return 'kosmi.json is shared by restarts, and no other account gets what is in it'
})

await check('the relay’s old cache file', async () => {
  const grown = join(folder, 'grown')
  const old = join(folder, 'kosmi_token.json')
  const answer = await fetch(server.loginUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alice),
  })
  const { access_token: token } = await answer.json()
  const at = (ms) => new Date(Date.now() + ms).toISOString()
  writeFileSync(old, JSON.stringify({ token, email: alice.username, expires_at: at(99.5 * DAY), saved_at: at(-265.5 * DAY) }))
  chmodSync(old, 0o400)
  const before = readFileSync(old, 'utf8')
  const spent = counting(server.counters)
  const shown = showing()
  const env = { ...shell().env, TOKENKEEP_CACHE_DIR: grown }
  const { code, stdout, stderr } = await tokenkeep(`import ${old}`, { env })
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  const ended = await relay(alice, { MATTERBRIDGE_DATA_DIR: grown })
  connected(ended)
  assert.deepEqual({ logins: spent().loginRequests, shown: shown() }, { logins: 0, shown: [`Bearer ${token}`] })
  assert.equal(ended.lines[0], 'info  using the stored token, expires in 99 days')
  assert.equal(readFileSync(old, 'utf8'), before)
  const theirs = await tokenkeep(`import ${old}`, { env: { ...env, KOSMI_EMAIL: bob.username, KOSMI_PASSWORD: bob.password } })
  assert.equal(theirs.code, 1)
  return `tokenkeep import: ${stdout.split('\n')[0]} No login after it\nfor ${bob.username} it is refused: ${theirs.stderr.trim()}`
})

await check('a login of more than 10 s', async () => {
  connected(await patient)
  assert.equal(slowServer.counters.loginRequests, 1)
  return `waited for, ${LONGER_THAN_MOST_TIMEOUTS_MS} ms: ${slowServer.counters.loginRequests} login`
})

await server.close()
await slowServer.close()
finish()
