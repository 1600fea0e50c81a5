// The command line as its users have it: real processes, a real server, real files (cli.md).
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawn, spawnSync } from 'node:child_process'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_KEY, DEFAULT_USER, signJwt, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CLI, Shell } from './cli'

const JWT = /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/
const COMMANDS = ['login', 'token', 'header', 'status', 'refresh', 'invalidate', 'logout', 'import', 'export', 'watch', 'exec', 'demo']

const openedNew = (path: string) => (writeFileSync(path, ''), path)

let server: BaserowServer
let shell: Shell

beforeEach(async () => {
  server = await startBaserow()
  shell = new Shell(server)
})
afterEach(async () => {
  // Whatever a test was about: only those commands print secrets whose job that is.
  expect(shell.written).not.toMatch(/eyJ[\w-]+\.|eyJ[\w-]{40}/)
  expect(shell.written).not.toContain(DEFAULT_USER.password)
  await server.close()
  shell.clear()
})

const session = { account: DEFAULT_USER.email, state: 'valid', location: expect.stringContaining('cache') }
const times = { expiresAt: expect.any(Number), refreshAt: expect.any(Number), savedAt: expect.any(Number) }

describe('login', () => {
  it('stores the session and says who and until when', async () => {
    const { code, stdout, stderr } = await shell.run(['login'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^Logged in as \S+@\S+\.\nThe token expires in (9|10) minutes \(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\)\.\nStored in \/.*\/cache\/[\da-f]{32}\.json\n$/,
    )
    const [file] = readdirSync(join(shell.folder, 'cache')).filter((name) => /^[\da-f]{32}\.json$/.test(name))
    expect(statSync(join(shell.folder, 'cache', file!)).mode & 0o777).toBe(0o600)
  })

  it('logs in although there is a session', async () => {
    await shell.run(['login'])
    const { code, data } = await shell.json(['login'])
    expect({ code, data }).toEqual({ code: 0, data: { ...session, ...times, source: 'login' } })
    expect(server.counters).toMatchObject({ loginRequests: 2, refreshRequests: 0 })
  })

  it('fails with the wrong password, in a sentence', async () => {
    const { code, stdout, stderr } = await shell.run(['login'], { env: { BASEROW_USER_PASSWORD: 'not it' } })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^tokenkeep: .*401.*\n$/)
  })

  it('fails as JSON', async () => {
    const { code, data, stderr } = await shell.json(['login'], { env: { BASEROW_USER_PASSWORD: 'not it' } })
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect({ code, data }).toEqual({
      code: 1,
      data: { error: { code: 'INVALID_CREDENTIALS', message: expect.stringContaining('401'), statusCode: 401 } },
    })
  })

  it.each(['login', 'refresh'])('%s fails when the session cannot be stored', async (command) => {
    writeFileSync(join(shell.folder, 'cache'), 'a file where the folder should be')
    const { code, stdout, stderr } = await shell.run([command])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^warn  [^]*\ntokenkeep: STORE: there is a new session, but it could not be stored in \/.*\.json\n$/)
    // Who only wants a token gets one.
    expect(await shell.run(['token'])).toMatchObject({ code: 0, stderr: expect.stringMatching(/^warn  /) })
  })

  it('says so when nothing is kept', async () => {
    const { code, stdout, stderr } = await shell.run(['login'], { env: { TOKENKEEP_NO_CACHE: '1' } })
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Sessions end with this command: TOKENKEEP_NO_CACHE keeps them in memory.\n' })
    expect(stdout).not.toContain('Stored')
    expect(existsSync(join(shell.folder, 'cache'))).toBe(false)
  })

  it('tells what the manager does with --verbose, on stderr', async () => {
    const { stdout, stderr } = await shell.run(['login', '--verbose'])
    expect(stderr).toMatch(/^info  .*logged in/m)
    expect(stdout).toMatch(/^Logged in/)
  })
})

describe('token and header', () => {
  it('print a token, logging in once for all of them', async () => {
    const token = await shell.run(['token'])
    expect(token).toMatchObject({ code: 0, stderr: '' })
    expect(token.stdout.trimEnd()).toMatch(JWT)
    const header = await shell.run(['header'])
    expect(header).toEqual({ code: 0, signal: null, stdout: `Authorization: JWT ${token.stdout}`, stderr: '' })
    expect((await shell.json(['token'])).data).toEqual({ token: token.stdout.trimEnd(), expiresAt: expect.any(Number) })
    expect((await shell.json(['header'])).data).toEqual({ authorization: `JWT ${token.stdout.trimEnd()}`, expiresAt: expect.any(Number) })
    expect(server.counters.loginRequests).toBe(1)
  })

  it('renew a session inside its margin', async () => {
    const first = await shell.run(['token'])
    const second = await shell.run(['token'], { env: { TOKENKEEP_REFRESH_MARGIN_SECONDS: '400' } })
    expect(second.stdout).toBe(first.stdout)
    server.configure({ accessLifetimeMs: 1000 })
    await shell.run(['refresh'])
    await expect.poll(async () => (await shell.run(['status'])).code, { interval: 100, timeout: 5000 }).not.toBe(0)
    server.configure({ accessLifetimeMs: 600_000 })
    const third = await shell.run(['token'])
    expect(third.stdout.trimEnd()).toMatch(JWT)
    expect(third.stdout).not.toBe(first.stdout)
    expect(server.counters).toMatchObject({ loginRequests: 1, refreshes: 2 })
  })

  it.each(['token', 'header'])('%s fails when the server does', async (command) => {
    server.fail('outage', { times: Infinity })
    const { code, stdout, stderr } = await shell.run([command])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('tokenkeep: ')
    expect(await shell.json([command])).toMatchObject({ code: 1, data: { error: { code: expect.any(String), statusCode: expect.any(Number) } } })
  })
})

describe('status', () => {
  const status = { ...session, ...times, source: 'store', scopes: [], ageMs: expect.any(Number), leftMs: expect.any(Number) }

  it('is 5 without a session', async () => {
    const { code, stdout } = await shell.run(['status'])
    expect(code).toBe(5)
    expect(stdout).toMatch(/^account {4}\S+@\S+\nstate {6}no session\nstored in  .*\.json\n$/)
    expect(await shell.json(['status'])).toMatchObject({ code: 5, data: { state: 'empty', source: null, expiresAt: null, ageMs: null, leftMs: null } })
    expect(server.counters.connections).toBe(0)
  })

  it('is 0 with a good one, and asks no server', async () => {
    await shell.run(['login'])
    const { connections } = server.counters
    const { code, stdout } = await shell.run(['status'])
    expect(code).toBe(0)
    const [account, state, age, expires, renews, source, stored] = stdout.split('\n')
    expect(account).toBe(`account    ${DEFAULT_USER.email}`)
    expect(state).toBe('state      valid')
    expect(age).toMatch(/^age {8}\d+ seconds? \(saved \d{4}-.*Z\)$/)
    expect(expires).toMatch(/^expires {4}in (9|10) minutes \(\d{4}-.*Z\)$/)
    expect(renews).toMatch(/^renews {5}in [89] minutes \(\d{4}-.*Z\)$/)
    expect(source).toBe('source     store')
    expect(stored).toMatch(/^stored in {2}\/.*\.json$/)
    const { data } = await shell.json(['status'])
    expect(data).toMatchObject(status)
    expect(Object.keys(data)).toEqual(expect.arrayContaining(['clockSkewMs', 'recent', 'lastError']))
    expect(server.counters.connections).toBe(connections)
  })

  it('is 3 inside the margin and 4 when it is over', async () => {
    server.configure({ accessLifetimeMs: 6000 })
    await shell.run(['login'])
    const codeIs = (code: number) =>
      expect.poll(async () => (await shell.run(['status'])).code, { interval: 50, timeout: 10_000 }).toBe(code)
    await codeIs(3)
    expect(await shell.json(['status'])).toMatchObject({ code: 3, data: { state: 'expiring' } })
    await codeIs(4)
    const { stdout } = await shell.run(['status'])
    expect(stdout).toMatch(/^state {6}expired$/m)
    expect(stdout).toMatch(/^expired {4}(now|\d seconds? ago) \(/m)
  })

  it('is 1 when the environment cannot be used', async () => {
    expect((await shell.run(['status'], { env: { TOKENKEEP_STORE: 'disk' } })).code).toBe(1)
  })

  it('is 5 for another account, and for another password', async () => {
    await shell.run(['login'])
    expect((await shell.run(['status'], { env: { BASEROW_USER_EMAIL: 'bob@example.com' } })).code).toBe(5)
    expect((await shell.run(['status'], { env: { BASEROW_USER_PASSWORD: 'changed' } })).code).toBe(5)
  })
})

describe('refresh', () => {
  it('renews a fresh session', async () => {
    const before = (await shell.run(['token'])).stdout
    const { code, stdout } = await shell.run(['refresh'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Refreshed the session of \S+\.\nThe token expires in /)
    expect((await shell.run(['token'])).stdout).not.toBe(before)
    expect(server.counters).toMatchObject({ loginRequests: 1, refreshes: 1 })
  })

  it('logs in where there is nothing to refresh', async () => {
    const { code, data } = await shell.json(['refresh'])
    expect({ code, data }).toEqual({ code: 0, data: { ...session, ...times, source: 'login' } })
  })

  it('fails although the old token is still good, which stays', async () => {
    const before = (await shell.run(['token'])).stdout
    server.fail({ kind: 'status', status: 401 }, { times: Infinity })
    expect((await shell.run(['refresh'])).code).toBe(1)
    server.clearFaults()
    expect((await shell.run(['token'])).stdout).toBe(before)
  })
})

describe('invalidate and logout', () => {
  it('invalidate drops the token, and what is not there', async () => {
    const before = (await shell.run(['token'])).stdout
    expect(await shell.run(['invalidate'])).toMatchObject({ code: 0, stdout: 'Dropped the stored token.\n', stderr: '' })
    expect((await shell.run(['status'])).code).toBe(5)
    expect(await shell.run(['invalidate'])).toMatchObject({ code: 0, stdout: 'There was no token to drop.\n' })
    expect(await shell.json(['invalidate'])).toMatchObject({ code: 0, data: { dropped: false } })
    expect((await shell.run(['token'])).stdout).not.toBe(before)
  })

  it('logout revokes at the server', async () => {
    await shell.run(['login'])
    expect(await shell.run(['logout'])).toMatchObject({ code: 0, stdout: `Logged out ${DEFAULT_USER.email}.\n`, stderr: '' })
    expect(server.counters.blacklistRequests).toBe(1)
    expect((await shell.run(['status'])).code).toBe(5)
    expect(await shell.run(['logout'])).toMatchObject({ code: 0, stdout: 'There was no session.\n' })
    expect(await shell.json(['logout'])).toMatchObject({ code: 0, data: { account: DEFAULT_USER.email, loggedOut: false } })
    expect(server.counters.blacklistRequests).toBe(1)
  })

  it('logout fails when the server cannot be told, and drops the session all the same', async () => {
    await shell.run(['login'])
    server.fail({ kind: 'status', status: 500 }, { times: Infinity })
    const { code, stdout, stderr } = await shell.run(['logout'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('500')
    expect((await shell.run(['status'])).code).toBe(5)
  })
})

describe('what has not happened is not claimed', () => {
  const key = { TOKENKEEP_ENCRYPTION_KEY: 'ab'.repeat(32) }

  it.each([
    ['another password', {}, { BASEROW_USER_PASSWORD: 'another' }],
    ['another key', key, { TOKENKEEP_ENCRYPTION_KEY: 'cd'.repeat(32) }],
  ])('logout with %s leaves the session where it is, and says so', async (_what, theirs, ours) => {
    const { location } = (await shell.json(['login'], { env: theirs })).data
    const { code, stdout, stderr } = await shell.run(['logout'], { env: ours })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`tokenkeep: STORE: the session is still in ${location as string}`)
    expect((await shell.run(['status'], { env: theirs })).code).toBe(0)
  })

  it('logout after a failed login finds no session', async () => {
    const env = { BASEROW_USER_PASSWORD: 'wrong' }
    await shell.run(['login'], { env })
    expect(await shell.run(['logout'], { env })).toMatchObject({ code: 0, stdout: 'There was no session.\n' })
  })

  it('logout revokes a session whose token was dropped', async () => {
    await shell.run(['login'])
    await shell.run(['invalidate'])
    expect(await shell.json(['logout'])).toMatchObject({ code: 0, data: { loggedOut: true } })
    expect(server.counters.blacklistRequests).toBe(1)
  })

  it('invalidate with another key drops nothing', async () => {
    const { location } = (await shell.json(['login'], { env: key })).data
    const env = { TOKENKEEP_ENCRYPTION_KEY: 'cd'.repeat(32) }
    const { code, stdout } = await shell.run(['invalidate'], { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: `The token could not be dropped from ${location as string}.\n` })
    expect((await shell.json(['invalidate'], { env })).data).toEqual({ dropped: false })
  })

  it.each(['login', 'refresh'])('%s that was answered by a fallback has failed', async (command) => {
    await shell.run(['login'])
    const TOKENKEEP_TOKENS_B64 = (await shell.run(['export'])).stdout.trimEnd()
    server.fail('outage', { times: Infinity })
    const env = { TOKENKEEP_TOKENS_B64, TOKENKEEP_CACHE_DIR: join(shell.folder, 'other') }
    const { code, stdout, stderr } = await shell.run([command], { env })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^tokenkeep: .* there is a token only because of TOKENKEEP_TOKENS_B64$/m)
  })
})

describe('export and import', () => {
  it('carry a session from one machine to another, without a login there', async () => {
    const token = (await shell.run(['token'])).stdout
    const { code, stdout } = await shell.run(['export'])
    expect(code).toBe(0)
    const exported = JSON.parse(Buffer.from(stdout, 'base64').toString('utf8')) as Record<string, unknown>
    expect(exported).toMatchObject({ token: token.trimEnd(), refresh_token: expect.stringMatching(JWT), account: DEFAULT_USER.email })
    expect((await shell.json(['export'])).data).toEqual({ tokens: stdout.trimEnd() })
    const there = { env: { TOKENKEEP_CACHE_DIR: join(shell.folder, 'there') } }
    const imported = await shell.run(['import'], { ...there, input: stdout })
    expect(imported).toMatchObject({ code: 0, stderr: '' })
    expect(imported.stdout).toMatch(/^Imported the session of \S+\.\nThe token expires in (9|10) minutes/)
    expect((await shell.run(['token'], there)).stdout).toBe(token)
    expect(server.counters.loginRequests).toBe(1)
  })

  it('export fails without a session', async () => {
    const { code, stdout, stderr } = await shell.run(['export'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^tokenkeep: .*there is no session/)
    expect(await shell.json(['export'])).toMatchObject({ code: 1, data: { error: { code: 'STORE', statusCode: 500 } } })
  })

  const expiresInAnHour = () => Math.floor(Date.now() / 1000) + 3600
  const made = (exp: number) => signJwt({ exp, iat: exp - 3600, token_type: 'access' }, server.signingKey)

  it('import takes a file of JSON, and - for stdin', async () => {
    const exp = expiresInAnHour()
    const text = JSON.stringify({ access_token: made(exp), refresh_token: 'r', expires_at: exp, account: DEFAULT_USER.email })
    writeFileSync(join(shell.folder, 'tokens.json'), text)
    const { code, data } = await shell.json(['import', 'tokens.json'])
    expect({ code, data }).toMatchObject({ code: 0, data: { ...session, expiresAt: exp * 1000 } })
    expect((await shell.run(['import', '-'], { input: text })).code).toBe(0)
    expect((await shell.run(['status'])).code).toBe(0)
  })

  it("import takes a Kosmi relay's cache file", async () => {
    const exp = expiresInAnHour()
    const record = { token: made(exp), email: DEFAULT_USER.email, expires_at: new Date(exp * 1000).toISOString(), saved_at: new Date().toISOString() }
    const { code } = await shell.run(['import'], { input: JSON.stringify(record) })
    expect(code).toBe(0)
    expect((await shell.run(['token'])).stdout.trimEnd()).toBe(record.token)
    expect(server.counters.loginRequests).toBe(0)
  })

  it.each([
    ['no tokens', 'hello', /^tokenkeep: .+/],
    ['nothing', '', /^tokenkeep: .+/],
    ['JSON without a token', '{"a":1}', /^tokenkeep: .+/],
    ['too much', ' '.repeat(1 << 21), /1 MiB/],
  ])('import refuses %s and keeps what is there', async (_what, input, says) => {
    const token = (await shell.run(['token'])).stdout
    const { code, stderr } = await shell.run(['import'], { input })
    expect(code).toBe(1)
    expect(stderr).toMatch(says)
    expect((await shell.run(['token'])).stdout).toBe(token)
  })

  it('import does not read a file that is too large', async () => {
    truncateSync(openedNew(join(shell.folder, 'big')), 2 ** 33)
    const { code, stderr } = await shell.run(['import', 'big'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'tokenkeep: BAD_RESPONSE: more than 1 MiB of text is no set of tokens\n' })
  })

  it('import says which file cannot be read', async () => {
    const { code, stderr } = await shell.run(['import', 'nowhere.json'])
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'tokenkeep: STORE: nowhere.json cannot be read (ENOENT)\n' })
  })

  it('import refuses to import into nothing', async () => {
    const { code, stderr } = await shell.run(['import'], { input: '{}', env: { TOKENKEEP_NO_CACHE: '1' } })
    expect(code).toBe(1)
    expect(stderr).toContain('TOKENKEEP_NO_CACHE leaves no store')
  })
})

describe('exec', () => {
  const node = (code: string) => ['exec', '--', process.execPath, '-e', code]

  it('gives the token to the command, and its exit code to us', async () => {
    const { code, stdout } = await shell.run(node('console.log(process.env.TOKENKEEP_TOKEN); process.exit(42)'))
    expect(code).toBe(42)
    expect(stdout).toBe((await shell.run(['token'])).stdout)
  })

  it('passes on arguments, stdin, stdout and stderr', async () => {
    const program = 'process.stdin.on("data", (d) => process.stderr.write(d)); console.log(process.argv.slice(1).join())'
    const { code, stdout, stderr } = await shell.run(['exec', '--', process.execPath, '-e', program, '--', '--json', '-x', 'a b'], { input: 'hello' })
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '--json,-x,a b\n', stderr: 'hello' })
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)('passes %s on, and waits for what the command makes of it', async (signal) => {
    const running = shell.start(node(`process.on('${signal}', () => { console.log('got it'); process.exit(7) }); setInterval(() => {}, 1000); console.log('ready')`))
    await running.says(/ready/)
    running.child.kill(signal)
    expect(await running.ended).toMatchObject({ code: 7, stdout: 'ready\ngot it\n' })
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGKILL', 137],
  ])('%s of the command is %i', async (signal, expected) => {
    expect((await shell.run(node(`process.kill(process.pid, '${signal}'); setInterval(() => {}, 1000)`))).code).toBe(expected)
  })

  it('is 127 for what is not there and 126 for what cannot be run', async () => {
    expect(await shell.run(['exec', '--', 'no-such-command'])).toMatchObject({ code: 127, stderr: 'tokenkeep: there is no command no-such-command\n' })
    expect(await shell.run(['exec', '--', ''])).toMatchObject({ code: 127, stderr: "tokenkeep: there is no command ''\n" })
    writeFileSync(join(shell.folder, 'text'), 'text', { mode: 0o600 })
    expect(await shell.run(['exec', '--', './text'])).toMatchObject({ code: 126, stderr: 'tokenkeep: ./text cannot be run (EACCES)\n' })
  })

  it('runs nothing without a token', async () => {
    const { code, stdout } = await shell.run(node('console.log("ran")'), { env: { BASEROW_USER_PASSWORD: 'not it' } })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  })
})

describe('the environment', () => {
  it('may describe another service in a file', async () => {
    const provider = {
      kind: 'jsonLogin',
      url: `${server.baseUrl}/user/token-auth/`,
      body: { email: DEFAULT_USER.email, password: '${COLONY_PASSWORD}' },
      tokenPointer: '/access_token',
      account: 'colony',
      scheme: 'Token',
    }
    writeFileSync(join(shell.folder, 'colony.json'), JSON.stringify(provider))
    const env = { TOKENKEEP_PROVIDER: 'colony.json', COLONY_PASSWORD: DEFAULT_USER.password, BASEROW_URL: undefined, BASEROW_USER_EMAIL: undefined }
    expect(await shell.json(['login'], { env })).toMatchObject({ code: 0, data: { account: 'colony', state: 'valid' } })
    expect((await shell.run(['header'], { env })).stdout).toMatch(/^Authorization: Token eyJ/)
    expect(await shell.run(['token'], { env: { ...env, COLONY_PASSWORD: '' } })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/TOKENKEEP_PROVIDER names \/.*colony\.json, whose body\.password needs the variable COLONY_PASSWORD, which is not set\n$/),
    })
  })

  it('may describe a client of an OAuth 2.0 server in a file, whose tokens are imported, refreshed and revoked', async () => {
    await using oauth = await startTokenServer()
    const login = await fetch(oauth.loginUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ api_key: DEFAULT_KEY }),
    })
    const provider = {
      kind: 'oauth2',
      tokenUrl: oauth.tokenUrl,
      revocationUrl: oauth.revocationUrl,
      clientId: 'shell',
      clientSecret: '${SHELL_SECRET}',
      grant: 'refresh_token',
      account: 'backup',
    }
    writeFileSync(join(shell.folder, 'oauth.json'), JSON.stringify(provider))
    const env = { TOKENKEEP_PROVIDER: 'oauth.json', SHELL_SECRET: DEFAULT_KEY, BASEROW_URL: undefined, BASEROW_USER_EMAIL: undefined }
    const empty = await shell.run(['token'], { env })
    expect(empty).toMatchObject({ code: 1, stdout: '' })
    expect(empty.stderr).toMatch(/there is no refresh token .* for backup at 127\.0\.0\.1:\d+\. Provision a new one/)
    expect((await shell.run(['import'], { env, input: await login.text() })).code).toBe(0)
    const first = (await shell.run(['token'], { env })).stdout
    for (const command of ['refresh', 'login']) expect((await shell.run([command], { env })).code).toBe(0)
    expect((await shell.run(['token'], { env })).stdout).not.toBe(first)
    expect(oauth.counters).toMatchObject({ reuses: 0, revokeRequests: 0 })
    expect((await shell.run(['logout'], { env })).code).toBe(0)
    expect(oauth.counters.revokeRequests).toBe(1)
    expect((await shell.run(['token'], { env })).code).toBe(1)
  })

  it('seals the session with TOKENKEEP_ENCRYPTION_KEY', async () => {
    const env = { TOKENKEEP_ENCRYPTION_KEY: 'ab'.repeat(32) }
    const { location } = (await shell.json(['login'], { env })).data
    expect(readFileSync(location as string, 'utf8')).not.toContain('eyJ')
    expect((await shell.run(['status'], { env })).code).toBe(0)
    const other = await shell.run(['status'], { env: { TOKENKEEP_ENCRYPTION_KEY: 'cd'.repeat(32) } })
    expect(other.code).toBe(1)
    expect(other.stderr).toMatch(/^warn  [^]*encrypted with another key[^]*\ntokenkeep: STORE/)
    expect((await shell.run(['status'], { env })).code).toBe(0)
  })

  it('falls back to TOKENKEEP_TOKENS_B64 when the server is down', async () => {
    const token = (await shell.run(['token'])).stdout
    const tokens = (await shell.run(['export'])).stdout.trimEnd()
    server.fail('outage', { times: Infinity })
    const env = { TOKENKEEP_CACHE_DIR: join(shell.folder, 'empty') }
    expect((await shell.run(['token'], { env })).code).toBe(1)
    expect(await shell.run(['token'], { env: { TOKENKEEP_CACHE_DIR: join(shell.folder, 'other'), TOKENKEEP_TOKENS_B64: tokens } })).toMatchObject({ code: 0, stdout: token })
  })
})

describe('demo', () => {
  it('shows the main job and leaves nothing behind', async () => {
    const temporary = join(shell.folder, 'tmp')
    mkdirSync(temporary)
    const { code, stdout, stderr } = await shell.run(['demo'], { env: { BASEROW_URL: undefined, TMPDIR: temporary } })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('The demo is over: all 6 of its lines did what they say.')
    expect(readdirSync(temporary)).toEqual([])
  })

  it('in JSON', async () => {
    const { code, data } = await shell.json(['demo'])
    expect(code).toBe(0)
    expect(data).toMatchObject({ ok: true })
    expect(data['checks']).toHaveLength(6)
    for (const check of data['checks'] as object[]) expect(check).toEqual({ title: expect.any(String), ok: true, says: expect.any(String) })
  })
})

describe('help and mistakes', () => {
  it('--help lists every command; each has a page of its own', async () => {
    for (const args of [['--help'], ['-h']]) {
      const { code, stdout } = await shell.run(args)
      expect(code).toBe(0)
      for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
    }
    const pages = await Promise.all(COMMANDS.map((command) => shell.run([command, '--help'])))
    pages.forEach(({ code, stdout }, index) => {
      expect(code).toBe(0)
      expect(stdout).toMatch(new RegExp(`^usage: tokenkeep ${COMMANDS[index]!} `))
      expect(stdout).toContain('exit code: ')
    })
  })

  it('docs/cli.md has a section for each command and each variable', async () => {
    const page = readFileSync(new URL('../docs/cli.md', import.meta.url), 'utf8')
    const headings = [...page.matchAll(/^## (.+)$/gm)].flatMap(([, names]) => names!.split(', '))
    const { stdout } = await shell.run(['--help'])
    const variables = [...stdout.split('variables:')[1]!.matchAll(/\b(?:BASEROW|TOKENKEEP)_\w+/g)].map(([name]) => name)
    expect(headings.sort()).toEqual([...COMMANDS, ...variables].sort())
  })

  it('--help and --version need no addon', () => {
    const alone = join(shell.folder, 'dist')
    mkdirSync(alone)
    writeFileSync(join(alone, 'cli.cjs'), readFileSync(CLI))
    writeFileSync(join(shell.folder, 'package.json'), '{"version":"9.8.7"}')
    const run = (option: string) => spawnSync(process.execPath, [join(alone, 'cli.cjs'), option], { encoding: 'utf8' })
    expect(run('--help')).toMatchObject({ status: 0, stderr: '' })
    expect(run('--version')).toMatchObject({ status: 0, stdout: '9.8.7\n' })
  })

  it('is a command of its own', () => {
    expect(spawnSync(CLI, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  it.each([
    [[], 'a command is missing'],
    [['lgoin'], "there is no command 'lgoin'"],
    [['login', '--jsn'], "Unknown option '--jsn'"],
    [['login', '--json=yes'], "Option '--json' does not take an argument"],
    [['login', 'now'], "login does not take the argument 'now'"],
    [['import', 'a', 'b'], "import does not take the argument 'b'"],
    [['exec'], 'exec needs the command to run, after --'],
    [['exec', 'env'], 'exec needs the command to run, after --'],
    [['exec', 'env', '--', 'env'], "exec does not take the argument 'env'; the command to run comes after --"],
    [['status', '--', 'x'], 'status takes nothing after --'],
    [['token', '--health', '1'], "Unknown option '--health'"],
    [['watch', '--health', 'high'], '--health takes a port, 0 to 65535'],
    [['watch', '--health', '65536'], '--health takes a port, 0 to 65535'],
  ])('%j is 2 with a sentence and the usage', async (args, sentence) => {
    const { code, stdout, stderr } = await shell.run(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    const [says, usage] = stderr.split('\n')
    expect(says).toBe(`tokenkeep: ${sentence}`)
    expect(usage).toMatch(/^usage: tokenkeep /)
    const json = await shell.run(['--json', ...args])
    expect({ code: json.code, data: JSON.parse(json.stderr) as unknown }).toEqual({
      code: 2,
      data: { error: { code: 'USAGE', message: sentence, statusCode: 400 } },
    })
  })

  it.each(COMMANDS.filter((command) => !['demo', 'exec'].includes(command)))('%s without credentials is 1 and names what is missing', async (command) => {
    const env = { BASEROW_URL: undefined, BASEROW_USER_EMAIL: undefined, BASEROW_USER_PASSWORD: '' }
    const { code, stderr } = await shell.run([command], { env, input: '' })
    const sentence = 'NOT_CONFIGURED: BASEROW_URL, BASEROW_USER_EMAIL and BASEROW_USER_PASSWORD are not set'
    expect({ code, stderr }).toEqual({ code: 1, stderr: `tokenkeep: ${sentence}\n` })
    const { data } = await shell.json([command], { env, input: '' })
    expect(data).toEqual({ error: { code: 'NOT_CONFIGURED', message: sentence, statusCode: 503 } })
  })

  it('a value that cannot be used names its variable', async () => {
    const { code, stderr } = await shell.run(['token'], { env: { TOKENKEEP_REFRESH_INTERVAL: '-5' } })
    expect(code).toBe(1)
    expect(stderr).toBe('tokenkeep: INVALID_OPTION: TOKENKEEP_REFRESH_INTERVAL must be a number of seconds, more than 0\n')
  })

  it.runIf(existsSync('/dev/full'))('a full disk behind stdout is 1 with a line', () => {
    const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${CLI}" --help > /dev/full`], { encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'tokenkeep: stdout cannot be written (ENOSPC)\n' })
  })

  it('text of a server cannot steer a terminal', async () => {
    server.fail({ kind: 'status', status: 401, body: { error: 'ERROR_\u001b]0;title\u0007', detail: 'a\u001b[2Jb\u009b31mc\u007f' } }, { times: Infinity })
    const { code, stderr } = await shell.run(['login'])
    expect(code).toBe(1)
    expect(stderr).toContain('401')
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
  })

  it('a reader who leaves is no failure', async () => {
    const child = spawn('sh', ['-c', `"${process.execPath}" "${CLI}" --help | true; echo done`])
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    await new Promise((resolve) => child.once('close', resolve))
    expect(output).toBe('done\n')
  })
})

// util-linux's script(1) gives a command a terminal; the BSDs' takes other arguments.
describe.runIf(process.platform === 'linux' && existsSync('/usr/bin/script'))('colours', () => {
  const onTerminal = async (env: Record<string, string>, ...args: string[]) => {
    const { PATH } = process.env
    const command = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ')
    const child = spawn('script', ['-qec', command, '/dev/null'], { env: { PATH, TERM: 'xterm', ...(shell.env as Record<string, string>), ...env } })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    const code = await new Promise((resolve) => child.once('close', resolve))
    return { code, output }
  }
  const coloured = /\x1b\[\d+m/

  it('are there on a terminal, and nowhere else', async () => {
    await shell.run(['login'])
    const { code, output } = await onTerminal({}, 'status')
    expect(code).toBe(0)
    expect(output).toMatch(coloured)
    expect((await onTerminal({ NO_COLOR: '1' }, 'status')).output).not.toMatch(coloured)
    expect((await onTerminal({ TERM: 'dumb' }, 'status')).output).not.toMatch(coloured)
    expect((await onTerminal({}, 'status', '--json')).output).not.toMatch(coloured)
    expect((await shell.run(['status'])).stdout).not.toMatch(coloured)
  })
})
