// Use-case 5: an SDK whose login takes an API key and lets 100 an hour in, used by many short-lived processes.
// sdk.mjs is the SDK, job.mjs one such process; here they meet an embedded server.
// How many processes start at once is the argument: node main.mjs 100 (default 20).
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DEFAULT_KEY, startTokenServer } from 'tokenkeep/testing'
import { beside, counting, run, tokenkeep } from '../processes.mjs'
import { check, finish, heading } from '../report.mjs'
import { leave, read, sessionIn, sessionsIn, temporaryFolder } from '../sessions.mjs'
import { Colony } from './sdk.mjs'

const JOB = beside(import.meta.url, 'job.mjs')
const processes = Number(process.argv[2] ?? 20)
const HOUR = 3_600_000
const OTHER_KEY = 'another-key-that-opens-test-servers-only'

const options = { keys: [DEFAULT_KEY, OTHER_KEY], accessLifetimeMs: HOUR, refreshTokens: false }
const hourly = { logins: 100, windowMs: HOUR }
const production = await startTokenServer({ ...options, rateLimit: hourly })
const staging = await startTokenServer({ ...options, rateLimit: hourly })
const folder = temporaryFolder()

heading(`An SDK on an embedded server (${production.url}) that lets ${hourly.logins} logins an hour in`)

let places = 0
const newPlace = () => join(folder, `place-${++places}`)
/** Wherever a process could write unasked is below `home`. */
const homeAt = (home) => ({ HOME: home, XDG_CACHE_HOME: join(home, 'cache'), LOCALAPPDATA: home, APPDATA: home })
const home = newPlace()
const job = (env = {}, more = {}) =>
  run(JOB, { env: { ...homeAt(home), COLONY_URL: production.url, COLONY_KEY: DEFAULT_KEY, COLONY_CACHE: 'yes', ...env }, ...more })
const succeeded = ({ code, stderr, lines }, who = 'key 1') => {
  assert.deepEqual({ code, stderr, last: lines.at(-1) }, { code: 0, stderr: '', last: `I am ${who}` })
}
const filesBelow = (path) =>
  existsSync(path) ? readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name) : []
/** The SDK in this very process. */
const colonyAt = (cacheDir, more = {}) => new Colony({ baseUrl: production.url, apiKey: DEFAULT_KEY, cache: true, cacheDir, ...more })

/** What another process has left in a folder. */
const seeded = async (place) => {
  const colony = colonyAt(place)
  await colony.whoAmI()
  await colony.close()
  return sessionIn(place)
}

await check('memory by default', async () => {
  const spent = counting(production.counters)
  succeeded(await job({ COLONY_CACHE: undefined }))
  assert.deepEqual(filesBelow(home), [])
  return `${spent().loginRequests} login, nothing on disk unasked`
})

await check('the platform’s cache folder', async () => {
  const spent = counting(production.counters)
  succeeded(await job())
  succeeded(await job())
  assert.equal(spent().loginRequests, 1)
  const found = readdirSync(home, { recursive: true }).filter((name) => name.endsWith('.json'))
  const expected = { darwin: 'Library/Caches/tokenkeep', win32: 'tokenkeep/Cache' }[process.platform] ?? 'cache/tokenkeep'
  assert.deepEqual(found.map(dirname), [join(expected)])
  return `~/${found[0]}; two processes, ${spent().loginRequests} login`
})

await check('the command line: the file', async () => {
  const spent = counting(production.counters)
  const place = newPlace()
  const provider = beside(import.meta.url, 'provider.json')
  const env = { ...homeAt(place), COLONY_URL: production.url, COLONY_KEY: DEFAULT_KEY, TOKENKEEP_PROVIDER: provider }
  const { code, stderr } = await tokenkeep('login', { env })
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.equal(filesBelow(place).filter((name) => /^[0-9a-f]{32}\.json$/.test(name)).length, 1)
  succeeded(await job(homeAt(place)))
  assert.equal(spent().loginRequests, 1)
  return `unasked; tokenkeep login and then a process: ${spent().loginRequests} login`
})

await check('TOKENKEEP_CACHE_DIR, an option', async () => {
  const [byVariable, byOption] = [newPlace(), newPlace()]
  await Promise.all([
    job({ TOKENKEEP_CACHE_DIR: byVariable }).then(succeeded),
    job({ TOKENKEEP_CACHE_DIR: newPlace(), COLONY_CACHE_DIR: byOption }).then(succeeded),
  ])
  assert.deepEqual([sessionsIn(byVariable).length, sessionsIn(byOption).length], [1, 1])
  return 'each puts the file elsewhere, the option first'
})

await check('TOKENKEEP_NO_CACHE=1', async () => {
  const spent = counting(production.counters)
  const place = newPlace()
  succeeded(await job({ COLONY_CACHE_DIR: place, TOKENKEEP_NO_CACHE: '1' }))
  assert.deepEqual([existsSync(place), spent().loginRequests], [false, 1])
  return 'no file for the whole host, although the program asks for one'
})

await check('many processes at once', async () => {
  const spent = counting(production.counters)
  const place = newPlace()
  const started = performance.now()
  // This very process starts them and is the server too: with a hundred on two cores it may answer later than after 10 s, and
  // a login that is tried again counts twice.
  const env = { COLONY_CACHE_DIR: place, COLONY_TIMEOUT_MS: '150000' }
  const ended = await Promise.all(Array.from({ length: processes }, () => job(env)))
  const ms = Math.round(performance.now() - started)
  for (const each of ended) succeeded(each)
  const told = ended.flatMap(({ lines }) => lines).filter((line) => !/using the stored token|^I am/.test(line))
  assert.equal(spent().loginRequests, 1, `${spent().loginRequests} logins; ${told.join('; ')}`)
  return `${processes} processes, ${spent().loginRequests} login, ${ms} ms`
})

await check('production and staging', async () => {
  const place = newPlace()
  const before = [counting(production.counters), counting(staging.counters)]
  const users = [
    [{}, 'key 1'],
    [{ COLONY_URL: staging.url }, 'key 1'],
    [{ COLONY_KEY: OTHER_KEY }, 'key 2'],
  ]
  await Promise.all(users.map(async ([env, who]) => succeeded(await job({ COLONY_CACHE_DIR: place, ...env }), who)))
  assert.deepEqual(before.map((spent) => spent().loginRequests), [2, 1])
  const names = sessionsIn(place).map((path) => basename(path))
  assert.equal(names.length, 3)
  const issuers = sessionsIn(place).map((path) => read(path).issuer).sort()
  assert.deepEqual(issuers, [production.loginUrl, production.loginUrl, staging.loginUrl].sort())
  return `one file per base URL and key: ${names.length} files`
})

await check('a name gives nothing away', async () => {
  const place = newPlace()
  const path = await seeded(place)
  assert.match(basename(path), /^[0-9a-f]{32}\.json$/)
  for (const name of readdirSync(place)) assert.match(name, /^[0-9a-f]{32}(\.bak)?\.(json|lock)$/)
  assert.equal(readFileSync(path, 'utf8').includes(DEFAULT_KEY), false)
  return `${basename(path)}, and the key is not inside`
})

await check('60 s or less is a miss', async () => {
  const place = newPlace()
  const spent = counting(production.counters)
  leave(await seeded(place), 75_000)
  succeeded(await job({ COLONY_CACHE_DIR: place }))
  assert.equal(spent().loginRequests, 1)
  leave(sessionIn(place), 60_000)
  succeeded(await job({ COLONY_CACHE_DIR: place }))
  assert.equal(spent().loginRequests, 2)
  return '75 s left: the stored token; 60 s left: a login'
})

await check('invalidate reaches the file', async () => {
  const place = newPlace()
  const colony = colonyAt(place)
  await colony.whoAmI()
  const { token } = read(sessionIn(place))
  await colony.forgetToken()
  assert.equal(readFileSync(sessionIn(place), 'utf8').includes(token), false)
  const shown = production.requests.length
  succeeded(await job({ COLONY_CACHE_DIR: place }))
  assert.equal(production.requests.slice(shown).some(({ headers }) => headers.authorization === `Bearer ${token}`), false)
  await colony.close()
  return 'no other process gets that token from disk'
})

await check('a 401 reaches the file', async () => {
  const place = newPlace()
  const { token } = read(await seeded(place))
  production.revokeAccessTokens()
  const shown = production.requests.length
  succeeded(await job({ COLONY_CACHE_DIR: place }))
  succeeded(await job({ COLONY_CACHE_DIR: place }))
  const dead = production.requests.slice(shown).filter(({ headers }) => headers.authorization === `Bearer ${token}`)
  assert.equal(dead.length, 1)
  for (const name of filesBelow(place)) assert.equal(readFileSync(join(place, name), 'utf8').includes(token), false)
  return 'the dead token is shown once, then it is in no file'
})

await check('logout reaches the file', async () => {
  const place = newPlace()
  const colony = colonyAt(place)
  await colony.whoAmI()
  await colony.logout()
  assert.deepEqual(filesBelow(place).filter((name) => name.endsWith('.json')), [])
  await colony.close()
  return 'the file is gone'
})

await check('a rotated key', async () => {
  const place = newPlace()
  const colony = colonyAt(place)
  await colony.whoAmI()
  const { token } = read(sessionIn(place))
  const arrived = production.requests.length
  await colony.rotateKey(OTHER_KEY)
  assert.deepEqual(filesBelow(place).filter((name) => name.endsWith('.json')), [])
  assert.equal(production.requests.length, arrived)
  assert.equal(await colony.whoAmI(), 'key 2')
  const later = production.requests.slice(arrived)
  assert.equal(later.some(({ headers }) => headers.authorization === `Bearer ${token}`), false)
  assert.equal(read(sessionIn(place)).token === token, false)
  await colony.close()
  return 'the old key’s session is gone from memory and disk before the new key is used'
})

const troubles = [
  ['an unreadable file', async (place) => {
    const path = await seeded(place)
    rmSync(path)
    mkdirSync(path)
  }],
  ['a corrupt file', async (place) => writeFileSync(await seeded(place), '{"version":1,"token":"eyJ')],
  ['an unwritable folder', async (place) => writeFileSync(place, 'a file where the folder should be')],
  ['a full disk', async () => ({ fullDisk: true })],
]
for (const [what, make] of troubles) {
  await check(`trouble: ${what}`, async () => {
    const place = newPlace()
    const more = await make(place)
    const spent = counting(production.counters)
    const ended = await job({ COLONY_CACHE_DIR: place }, more)
    succeeded(ended)
    const warnings = ended.lines.filter((line) => line.startsWith('warn'))
    assert.equal(warnings.length, 1, ended.stdout)
    assert.equal(spent().loginRequests, 1)
    return `a login, and one warning: ${warnings[0].replaceAll(folder, '…').slice(6, 110)}…`
  })
}

/** A server of its own, where waiting disturbs nobody. */
async function waitingAt(settings, ask) {
  const server = await startTokenServer({ ...options, ...settings })
  try {
    return await ask(server)
  } finally {
    await server.close()
  }
}
const loginsAt = (server) => server.requests.filter(({ path }) => path === '/auth/token').map(({ at }) => at)

await check('429 and Retry-After', async () => {
  const forms = ['seconds', 'date']
  const waits = await Promise.all(
    forms.map((retryAfter) =>
      waitingAt({ rateLimit: { logins: 1, windowMs: 900, retryAfter } }, async (server) => {
        const at = (apiKey) => new Colony({ baseUrl: server.url, apiKey })
        assert.equal(await at(DEFAULT_KEY).whoAmI(), 'key 1')
        assert.equal(await at(OTHER_KEY).whoAmI(), 'key 2')
        const [first, refused, third] = loginsAt(server)
        assert.deepEqual([loginsAt(server).length, server.counters.rateLimited], [3, 1])
        // Let in at the first try after it was told to wait: so it has waited as long as it was told.
        assert.ok(third - first >= 890, `${third - first} ms`)
        return Math.round(third - refused)
      }),
    ),
  )
  return forms.map((form, index) => `in ${form === 'date' ? 'a date' : form}: waited ${waits[index]} ms, then let in`).join('; ')
})

await check('a Retry-After of an hour', async () =>
  waitingAt({ rateLimit: { logins: 0, windowMs: HOUR } }, async (server) => {
    const place = newPlace()
    const colony = new Colony({ baseUrl: server.url, apiKey: DEFAULT_KEY, cache: true, cacheDir: place })
    const started = performance.now()
    const error = await colony.whoAmI().catch((reason) => reason)
    assert.deepEqual([error.code, error.statusCode], ['RATE_LIMITED', 429])
    assert.ok(error.retryAfterMs > 0.9 * HOUR && performance.now() - started < 2000)
    await assert.rejects(colony.whoAmI(), { code: 'COOLING_DOWN' })
    const { code, stderr } = await job({ COLONY_URL: server.url, COLONY_CACHE_DIR: place })
    assert.equal(code, 1)
    assert.match(stderr, /RATE_LIMITED/)
    assert.equal(server.counters.loginRequests, 1)
    await colony.close()
    return `fails at once (retryAfterMs ${Math.round(error.retryAfterMs / 1000)} s); nobody asks again meanwhile, in no process`
  }),
)

await check('outages are retried', async () => {
  const outages = [502, 503, 504, 'reset']
  const waits = await Promise.all(
    outages.map((outage) =>
      waitingAt({}, async (server) => {
        server.fail(outage === 'reset' ? 'reset' : { kind: 'status', status: outage }, { endpoint: 'login', times: 2 })
        assert.equal(await new Colony({ baseUrl: server.url, apiKey: DEFAULT_KEY }).whoAmI(), 'key 1')
        const [first, second, third, ...more] = loginsAt(server)
        assert.deepEqual(more, [])
        // 200 ms and 400 ms, half of each left to chance.
        assert.ok(second - first >= 95 && third - second >= 195, `${second - first}, ${third - second}`)
        return `${outage === 'reset' ? 'a connection that breaks' : outage}: ${Math.round(second - first)} and ${Math.round(third - second)} ms`
      }),
    ),
  )
  return waits.join('; ')
})

await check('fewer logins than the limit', async () => {
  const { logins, rateLimited } = production.counters
  assert.equal(rateLimited, 0)
  return `${logins} of ${hourly.logins} an hour for all of the above`
})

await production.close()
await staging.close()
finish()
