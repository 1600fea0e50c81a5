// Use-case 3: a runner in CI containers, whose tokens come from outside and whose refresh tokens work once.
// manager.mjs is all that it has to write, runner.mjs is one run; here it is run on an embedded server.
import assert from 'node:assert/strict'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromEnv } from 'tokenkeep'
import { DEFAULT_KEY, startTokenServer } from 'tokenkeep/testing'
import { beside, counting, run, start, startTokenkeep, tokenkeep } from '../processes.mjs'
import { check, finish, heading } from '../report.mjs'
import { leave, read, sessionIn, temporaryFolder } from '../sessions.mjs'
import { createManager, TOKENS_VARIABLE } from './manager.mjs'

const RUNNER = beside(import.meta.url, 'runner.mjs')
const MINUTE = 60_000
const account = 'backup@example.com'

const server = await startTokenServer({ accessLifetimeMs: 60 * MINUTE })
const folder = temporaryFolder()
const auditLog = join(folder, 'audit.log')

heading(`An OAuth runner on an embedded OAuth 2.0 server (${server.url})`)

let containers = 0
/** What a container has: a volume of its own and the variables. */
const container = (variables = {}) => ({
  DRIVE_URL: server.url,
  DRIVE_ACCOUNT: account,
  TOKENKEEP_CACHE_DIR: join(folder, `volume-${++containers}`),
  TOKENKEEP_PROVIDER: beside(import.meta.url, 'provider.json'),
  TOKENKEEP_REFRESH_MARGIN_SECONDS: '300',
  TOKENKEEP_AUDIT_LOG: auditLog,
  ...variables,
})
const job = (env) => run(RUNNER, { env })
const secrets = new Set([DEFAULT_KEY])
const base64 = (tokens) => Buffer.from(JSON.stringify(tokens)).toString('base64')
const toldWarnings = ({ lines }) => lines.filter((line) => line.startsWith('warn'))

/** Tokens as somebody provisions them, with a browser and a consent page. */
async function provision(changes = {}) {
  const response = await fetch(server.loginUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ api_key: DEFAULT_KEY }),
  })
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = await response.json()
  const expiresAt = Math.floor(Date.now() / 1000) + seconds
  const tokens = { access_token: accessToken, refresh_token: refreshToken, expires_at: expiresAt, account, ...changes }
  secrets.add(tokens.access_token).add(tokens.refresh_token)
  return tokens
}

/** A container with a stored session: what a run leaves behind that had its tokens from the environment. */
async function provisioned(variables) {
  const env = container(variables)
  process.env[TOKENS_VARIABLE] = base64(await provision())
  const manager = createManager({ env })
  await manager.getToken()
  await manager.close()
  delete process.env[TOKENS_VARIABLE]
  const path = sessionIn(env.TOKENKEEP_CACHE_DIR)
  return { env, path, backup: path.replace('.json', '.bak.json') }
}

const succeeded = ({ code, stderr, lines }) => {
  assert.deepEqual({ code, stderr, last: lines.at(-1) }, { code: 0, stderr: '', last: 'backed up to the drive of key 1' })
}
/** The tokens that the API has been shown, from now on. */
const showing = () => {
  const from = server.requests.length
  return () => server.requests.slice(from).filter(({ path }) => path === '/api/me').map(({ headers }) => headers.authorization.slice(7))
}

await check('no tokens anywhere', async () => {
  const { code, stderr } = await job(container())
  assert.equal(code, 1)
  assert.match(stderr, /^TOKEN_LOGIN_FAILED: refresh is not possible, because there is no refresh token .* for backup@example\.com at 127\.0\.0\.1/)
  assert.match(stderr, /There are no tokens to work with: set TOKENKEEP_TOKENS_B64/)
  return stderr.trim().replace(/^(.{60}).*/, '$1…')
})

await check('tokens from the environment', async () => {
  const tokens = await provision()
  const env = container()
  const spent = counting(server.counters)
  const shown = showing()
  succeeded(await job({ ...env, [TOKENS_VARIABLE]: base64(tokens) }))
  succeeded(await job(env))
  assert.deepEqual(shown(), [tokens.access_token, tokens.access_token])
  assert.deepEqual([spent().loginRequests, spent().tokenRequests], [0, 0])
  return 'used, and stored: the next run needs no variable'
})

await check('expired there: one refresh', async () => {
  const tokens = await provision({ expires_at: Math.floor(Date.now() / 1000) - 600 })
  const env = container({ [TOKENS_VARIABLE]: base64(tokens) })
  const spent = counting(server.counters)
  succeeded(await job(env))
  succeeded(await job(env))
  assert.deepEqual([spent().tokenRequests, spent().refreshes], [1, 1])
  return `2 runs, ${spent().tokenRequests} refresh with the refresh token of the variable`
})

await check('stored tokens come first', async () => {
  const { env, path } = await provisioned()
  const other = await provision()
  const spent = counting(server.counters)
  const shown = showing()
  succeeded(await job({ ...env, [TOKENS_VARIABLE]: base64(other) }))
  assert.deepEqual(shown(), [read(path).token])
  assert.deepEqual([spent().loginRequests, spent().tokenRequests], [0, 0])
  return 'although the environment has others: no request for a token'
})

await check('a read-only tokens file', async () => {
  const file = join(folder, 'tokens.json')
  const tokens = await provision()
  writeFileSync(file, JSON.stringify(tokens))
  chmodSync(file, 0o400)
  const before = statSync(file)
  const env = container()
  const { code, stdout, stderr } = await tokenkeep(`import ${file}`, { env })
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  const shown = showing()
  succeeded(await job(env))
  leave(sessionIn(env.TOKENKEEP_CACHE_DIR), MINUTE)
  succeeded(await job(env))
  assert.equal(shown()[0], tokens.access_token)
  assert.equal(new Set(shown()).size, 2)
  assert.deepEqual([statSync(file).mtimeMs, statSync(file).ino], [before.mtimeMs, before.ino])
  return `tokenkeep import: ${stdout.split('\n')[0]} Renewed since; the file is as it was`
})

await check('renews 5 minutes ahead', async () => {
  const { env, path } = await provisioned()
  const spent = counting(server.counters)
  leave(path, 5 * MINUTE + 20_000)
  succeeded(await job(env))
  assert.equal(spent().tokenRequests, 0)
  leave(path, 5 * MINUTE - 1000)
  succeeded(await job(env))
  assert.deepEqual([spent().tokenRequests, spent().loginRequests], [1, 0])
  return '5:20 left: the stored token; 4:59 left: 1 refresh'
})

await check('on disk before it is handed out', async () => {
  const { env, path } = await provisioned()
  const before = read(path)
  const spent = counting(server.counters)
  const { signal } = await run(beside(import.meta.url, 'proofs/killed.mjs'), { env })
  assert.deepEqual([signal, spent().refreshes], ['SIGKILL', 1])
  assert.notEqual(read(path).refresh_token, before.refresh_token)
  assert.notEqual(read(path).token, before.token)
  leave(path, MINUTE)
  succeeded(await job(env))
  assert.deepEqual([spent().refreshes, spent().reuses], [2, 0])
  return 'killed (-9) as it gets the new token: the next run refreshes with the refresh token that was rotated in'
})

await check('a disk that refuses', async () => {
  const { env, path } = await provisioned()
  const before = read(path)
  const spent = counting(server.counters)
  const program = start(beside(import.meta.url, 'proofs/full_disk.mjs'), { env })
  const step = async (name, times = 1) => {
    program.tell(name)
    await program.says(`done: ${name}`, times)
  }
  await step('refuse')
  await step('renew')
  assert.equal(read(path).refresh_token, before.refresh_token)
  assert.equal(spent().refreshes, 1)
  await step('accept')
  server.fail('outage', { endpoint: 'token', times: 3 })
  await step('renew', 2)
  const saved = read(path)
  // That renewal failed: what is on disk now is what had not been saved before.
  assert.notEqual(saved.token, before.token)
  assert.notEqual(saved.refresh_token, before.refresh_token)
  await step('renew', 3)
  program.kill('SIGTERM')
  const ended = await program.ended
  const renewals = ended.lines.filter((line) => line.startsWith('renewal'))
  assert.deepEqual(renewals, ['renewal: renewed', 'renewal: SERVER_ERROR', 'renewal: renewed'])
  assert.deepEqual([spent().refreshes, spent().reuses], [2, 0])
  const warnings = toldWarnings(ended).filter((line) => line.includes('going on without the stored session'))
  assert.equal(warnings.length, 1)
  return `the token is handed out with one warning, and saved before the next renewal\n${warnings[0].slice(0, 60)}…`
})

await check('renewal backs up what works', async () => {
  const { env, path, backup } = await provisioned()
  const { token } = read(path)
  leave(path, MINUTE)
  succeeded(await job(env))
  const { token: kept, refresh_token: spentToken } = read(backup)
  assert.deepEqual([kept, spentToken], [token, undefined])
  return 'the session before is in .bak.json, without its spent refresh token'
})

await check('it fails: the environment', async () => {
  const { env, path } = await provisioned()
  const other = await provision()
  leave(path, MINUTE)
  const shown = showing()
  server.fail({ kind: 'status', status: 400, body: { error: 'invalid_grant' } }, { endpoint: 'token' })
  const ended = await job({ ...env, [TOKENS_VARIABLE]: base64(other) })
  succeeded(ended)
  assert.deepEqual(shown(), [other.access_token])
  const warning = toldWarnings(ended).find((line) => line.includes('Using the tokens in the environment variable TOKENKEEP_TOKENS_B64 instead'))
  assert.ok(warning, ended.stdout)
  assert.equal(read(path).token, other.access_token)
  return `refresh refused: …${warning.slice(warning.indexOf(' Using'))}`
})

await check('it fails too: the backup', async () => {
  const { env, path, backup } = await provisioned()
  assert.equal((await tokenkeep('refresh', { env })).code, 0)
  leave(path, MINUTE)
  const shown = showing()
  server.fail('outage', { endpoint: 'token', times: 3 })
  const ended = await job({ ...env, [TOKENS_VARIABLE]: base64({ account: 'somebody else' }) })
  succeeded(ended)
  assert.deepEqual(shown(), [read(backup).token])
  const warning = toldWarnings(ended).find((line) => line.includes('Using the session before it instead'))
  assert.ok(warning, ended.stdout)
  return `refresh and environment fail: …${warning.slice(warning.indexOf(' Using'))}`
})

await check('the backup, once expired', async () => {
  const { env, path, backup } = await provisioned()
  assert.equal((await tokenkeep('refresh', { env })).code, 0)
  leave(path, -MINUTE)
  leave(backup, -1000)
  server.fail('outage', { endpoint: 'token', times: 3 })
  const { code, stderr } = await job(env)
  assert.equal(code, 1)
  assert.match(stderr, /^TOKEN_LOGIN_FAILED/)
  return 'is not used: the renewal fails'
})

await check('bad answers replace nothing', async () => {
  const { env, path } = await provisioned()
  const before = read(path)
  const manager = createManager({ env })
  const bad = [
    ['no JSON', 'not-json'],
    ['no token', 'no-token'],
    ['a token that fits in no header', { kind: 'status', status: 200, body: { access_token: 'eyJ\nnew', refresh_token: 'newer' } }],
    ['a token that is dead already', { kind: 'status', status: 200, body: { access_token: 'eyJnew', refresh_token: 'newer', expires_in: 0 } }],
  ]
  for (const [, fault] of bad) {
    server.fail(fault, { endpoint: 'token' })
    await assert.rejects(manager.getToken({ forceRefresh: true }), { name: 'TokenError' })
    const { token, refresh_token: refreshToken } = read(path)
    assert.deepEqual([token, refreshToken], [before.token, before.refresh_token])
    assert.equal(await manager.getToken(), before.token)
  }
  await manager.close()
  succeeded(await job(env))
  return bad.map(([what]) => what).join(', ')
})

await check('bad tokens are not taken', async () => {
  const seconds = Math.floor(Date.now() / 1000)
  const bad = [
    ['no base64', 'hello, world', 'neither a JSON object nor base64'],
    ['no token', base64({ account }), 'neither token nor access_token'],
    ['another account’s', base64(await provision({ account: 'other@example.com' })), 'those of other@example.com'],
    ['an expired one', base64({ access_token: 'a', expires_at: seconds - 60, account }), 'is dead'],
  ]
  await Promise.all(
    bad.map(async ([, value, why]) => {
      const env = container()
      const ended = await job({ ...env, [TOKENS_VARIABLE]: value })
      assert.equal(ended.code, 1)
      assert.ok(toldWarnings(ended).some((line) => line.includes(why)), ended.stdout)
      const { token, refresh_token: refreshToken } = read(sessionIn(env.TOKENKEEP_CACHE_DIR))
      assert.deepEqual([token, refreshToken], [undefined, undefined])
    }),
  )
  return `${bad.map(([what]) => what).join(', ')}: a warning says why, nothing is stored`
})

await check('renewal by interval, off unasked', async () => {
  const every = 0.15
  const [asked, unasked, byEnvironment, switchedOff] = [await provisioned(), await provisioned(), await provisioned(), await provisioned()]
  const timed = (env, more) => fromEnv({ ...env, TOKENKEEP_STORE: 'file', TOKENKEEP_REFRESH_INTERVAL: String(every), ...more })
  const managers = [
    createManager({ env: asked.env, refreshIntervalSeconds: every }),
    timed(byEnvironment.env),
    createManager({ env: unasked.env }),
    timed(switchedOff.env, { TOKENKEEP_AUTO_REFRESH: 'false' }),
  ]
  await Promise.all(managers.map((manager) => manager.getToken()))
  const renewals = (manager, times) => new Promise((resolve) => manager.on('refresh', () => --times === 0 && resolve()))
  await Promise.all([renewals(managers[0], 3), renewals(managers[1], 3)])
  const counts = managers.map((manager) => manager.status().counters.refreshes)
  await Promise.all(managers.map((manager) => manager.close()))
  assert.deepEqual(counts.slice(2), [0, 0])
  const watch = await tokenkeep('watch', { env: { ...switchedOff.env, TOKENKEEP_AUTO_REFRESH: 'false' } })
  assert.equal(watch.code, 1)
  assert.match(watch.stderr, /TOKENKEEP_AUTO_REFRESH switches renewals by timer off/)
  return `${counts[0]} and ${counts[1]} renewals where asked for; none by default, nor with TOKENKEEP_AUTO_REFRESH=false`
})

await check('tokenkeep status', async () => {
  const byHand = await provisioned()
  const { code, stdout } = await tokenkeep('status', byHand)
  assert.equal(code, 0)
  assert.match(stdout, /^account {4}backup@example\.com\nstate {6}valid$/m)
  leave(byHand.path, MINUTE)
  assert.equal((await tokenkeep('status', byHand)).code, 3)
  leave(byHand.path, -MINUTE)
  assert.equal((await tokenkeep('status', byHand)).code, 4)
  return 'exit 0 valid, 3 within the 5 minutes, 4 expired'
})

await check('tokenkeep refresh', async () => {
  const byHand = await provisioned()
  const before = read(byHand.path)
  const { code, stdout } = await tokenkeep('refresh', byHand)
  assert.equal(code, 0)
  assert.notEqual(read(byHand.path).refresh_token, before.refresh_token)
  return stdout.split('\n')[0]
})

await check('tokenkeep export, import', async () => {
  const byHand = await provisioned()
  const exported = await tokenkeep('export', byHand)
  assert.equal(exported.code, 0)
  const elsewhere = container()
  const spent = counting(server.counters)
  const shown = showing()
  assert.equal((await tokenkeep('import', { env: elsewhere, input: exported.stdout })).code, 0)
  succeeded(await job(elsewhere))
  assert.deepEqual([shown(), spent().loginRequests, spent().tokenRequests], [[read(byHand.path).token], 0, 0])
  succeeded(await job(container({ [TOKENS_VARIABLE]: exported.stdout.trim() })))
  return 'from one container to another, by file and by variable'
})

await check('tokenkeep watch', async () => {
  const { env } = await provisioned({ TOKENKEEP_REFRESH_INTERVAL: '0.1' })
  const spent = counting(server.counters)
  const watching = startTokenkeep('watch', { env })
  await watching.says('refreshed as', 2)
  watching.kill('SIGTERM')
  const { code, stderr, lines } = await watching.ended
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
  assert.equal(spent().refreshes, lines.filter((line) => line.includes('refreshed as')).length)
  assert.match(lines.at(-1), /stopping$/)
  return `${lines.find((line) => line.includes('refreshed as'))}\nSIGTERM: exit ${code}`
})

await check('the audit log', async () => {
  const before = readFileSync(auditLog, 'utf8')
  const { env } = await provisioned()
  assert.equal((await tokenkeep('refresh', { env })).code, 0)
  server.fail({ kind: 'status', status: 400, body: { error: 'invalid_grant' } }, { endpoint: 'token' })
  assert.equal((await tokenkeep('refresh', { env })).code, 1)
  const text = readFileSync(auditLog, 'utf8')
  assert.ok(text.startsWith(before), 'what was there is still there')
  const added = text.slice(before.length).trimEnd().split('\n').map((line) => JSON.parse(line))
  const told = added.map(({ event, how, outcome, code }) => [event, how, outcome, code].filter(Boolean).join(' '))
  assert.deepEqual(told, [
    'renewal refresh ok',
    'renewal refresh failed INVALID_CREDENTIALS',
    'failure failed INVALID_CREDENTIALS',
  ])
  for (const entry of added) assert.equal(entry.account, account)
  assert.equal(statSync(auditLog).mode & 0o777, 0o600)
  return told.join('; ')
})

await check('no secret in it', async () => {
  for (const { body, headers } of server.requests) {
    secrets.add(headers.authorization?.slice(7) ?? DEFAULT_KEY)
    const { refresh_token: refreshToken } = Object.fromEntries(new URLSearchParams(body))
    if (refreshToken) secrets.add(refreshToken)
  }
  const text = readFileSync(auditLog, 'utf8')
  assert.deepEqual([...secrets].filter((secret) => text.includes(secret)), [])
  assert.doesNotMatch(text, /eyJ/)
  return `${text.trimEnd().split('\n').length} lines, none of ${secrets.size} tokens`
})

await server.close()
finish()
