// Every variable of cli.md: what it may be, and what is said when it is not.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as tokenkeep from 'tokenkeep'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingCredentials, readSettings } from '../lib/environment/settings'

const { TokenError } = tokenkeep
const { fromEnv } = tokenkeep as unknown as { fromEnv(env?: Record<string, string | undefined>): tokenkeep.TokenManager }

const alice = { BASEROW_URL: 'https://baserow.example.com', BASEROW_USER_EMAIL: 'alice@example.com', BASEROW_USER_PASSWORD: ' wonder land ' }
const read = (env: Record<string, string> = {}) => readSettings({ ...alice, ...env }, 'file')
const refusal = (env: Record<string, string>) => {
  try {
    read(env)
  } catch (error) {
    expect(error).toBeInstanceOf(TokenError)
    expect(error).toMatchObject({ code: 'INVALID_OPTION', statusCode: 500 })
    return (error as Error).message
  }
  return 'nothing was refused'
}

const bytes = Buffer.alloc(32, 0xfb)
const tokens = Buffer.from('{"access_token":"t"}').toString('base64')

let folder: string
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'tokenkeep-environment-'))))
afterAll(() => rmSync(folder, { recursive: true }))

describe('credentials', () => {
  it('are a Baserow user, the password to the letter', () => {
    expect(read().login).toEqual({
      kind: 'baserow',
      baseUrl: 'https://baserow.example.com/api',
      email: 'alice@example.com',
      password: ' wonder land ',
    })
  })

  it.each([
    ['https://b.example.com', 'https://b.example.com/api'],
    ['https://b.example.com/', 'https://b.example.com/api'],
    ['https://b.example.com/api', 'https://b.example.com/api'],
    ['https://b.example.com/api/', 'https://b.example.com/api'],
    ['HTTPS://B.example.com:443/tables//', 'https://b.example.com/tables/api'],
  ])('BASEROW_URL %s is %s', (BASEROW_URL, baseUrl) => {
    expect(read({ BASEROW_URL }).login).toMatchObject({ baseUrl })
  })

  it.each([
    [{}, ['BASEROW_USER_EMAIL', 'BASEROW_USER_PASSWORD']],
    [{ BASEROW_USER_EMAIL: 'a@b.c', BASEROW_USER_PASSWORD: '' }, ['BASEROW_USER_PASSWORD']],
    [{ BASEROW_USER_EMAIL: 'a@b.c', BASEROW_USER_PASSWORD: 'x' }, []],
    [{ TOKENKEEP_PROVIDER: './colony.json' }, []],
  ])('of %o lack %o', (env, missing) => {
    expect(missingCredentials(env)).toEqual(missing)
  })
})

describe('defaults', () => {
  it('are those of cli.md', () => {
    const { refreshMarginSeconds, autoRefresh, keeping, ...rest } = read()
    expect({ refreshMarginSeconds, autoRefresh, kind: keeping.kind }).toEqual({ refreshMarginSeconds: 60, autoRefresh: true, kind: 'file' })
    expect(rest).toEqual({ login: expect.anything() })
  })

  it('count for variables that are set to nothing', () => {
    const empty = Object.fromEntries(
      ['STORE', 'CACHE_DIR', 'NO_CACHE', 'ENCRYPTION_KEY', 'TOKENS_B64', 'REFRESH_MARGIN_SECONDS', 'AUTO_REFRESH', 'REFRESH_INTERVAL', 'AUDIT_LOG', 'PROVIDER'].map(
        (name) => [`TOKENKEEP_${name}`, ''],
      ),
    )
    expect(read(empty)).toEqual(read())
  })
})

describe('values', () => {
  it.each(['1', 'true', 'yes', 'on', 'TRUE', ' On '])('%j is yes', (value) => {
    expect(read({ TOKENKEEP_AUTO_REFRESH: value }).autoRefresh).toBe(true)
  })

  it.each(['0', 'false', 'no', 'off', 'False'])('%j is no', (value) => {
    expect(read({ TOKENKEEP_AUTO_REFRESH: value }).autoRefresh).toBe(false)
  })

  it('numbers are seconds', () => {
    const env = { TOKENKEEP_REFRESH_MARGIN_SECONDS: '0', TOKENKEEP_REFRESH_INTERVAL: '0.5' }
    expect(read(env)).toMatchObject({ refreshMarginSeconds: 0, refreshIntervalSeconds: 0.5 })
  })

  it.each([
    ['hex', bytes.toString('hex')],
    ['HEX', bytes.toString('hex').toUpperCase()],
    ['base64', bytes.toString('base64')],
    ['base64url', bytes.toString('base64url')],
  ])('a key may be %s', (_form, value) => {
    expect(read({ TOKENKEEP_ENCRYPTION_KEY: value }).keeping).toMatchObject({ encryptionKey: new Uint8Array(bytes) })
  })

  it('tokens to fall back to are named, not copied', () => {
    expect(read({ TOKENKEEP_TOKENS_B64: tokens }).fallbackEnv).toBe('TOKENKEEP_TOKENS_B64')
  })

  it('the store is memory or a file, and no file at all with TOKENKEEP_NO_CACHE', () => {
    expect(readSettings(alice, 'memory').keeping).toEqual({ kind: 'memory' })
    expect(read({ TOKENKEEP_STORE: 'memory' }).keeping).toMatchObject({ kind: 'memory' })
    expect(read({ TOKENKEEP_STORE: 'file', TOKENKEEP_CACHE_DIR: '/srv/tokens' }).keeping).toEqual({ kind: 'file', dir: '/srv/tokens' })
    expect(read({ TOKENKEEP_STORE: 'file', TOKENKEEP_NO_CACHE: '1' }).keeping).toMatchObject({ kind: 'memory' })
    expect(read({ TOKENKEEP_STORE: 'file', TOKENKEEP_NO_CACHE: '0' }).keeping).toMatchObject({ kind: 'file' })
  })

  it('the store is a Redis where it is a URL, whatever is said of files, with as many keys as there are', () => {
    const [one, other] = [bytes.toString('hex'), Buffer.alloc(32, 7).toString('base64')]
    for (const url of ['redis://cache', 'rediss://:hunter2@cache:6380/2', 'unix:///run/redis.sock']) {
      expect(read({ TOKENKEEP_STORE: url }).keeping).toEqual({ kind: 'redis', url })
      expect(read({ TOKENKEEP_STORE: url, TOKENKEEP_NO_CACHE: '1' }).keeping).toEqual({ kind: 'redis', url })
      const keys = { TOKENKEEP_ENCRYPTION_KEY: `${one}, ${other}` }
      expect(read({ TOKENKEEP_STORE: url, ...keys }).keeping).toMatchObject({ encryptionKeys: [new Uint8Array(bytes), new Uint8Array(32).fill(7)] })
    }
    expect(refusal({ TOKENKEEP_ENCRYPTION_KEY: `${one},${other}` })).toContain('must be one key for files')
  })

  it.each([
    ['redis://:hunter2@cache/first', /must end in the number of a database/],
    ['redis://:hunter2@', /must be a URL|has no host/],
    ['redis://:hunter2@cache?tls=1', /must not have a query/],
    ['redis://:hunter2@cache#1', /must not have a query or a fragment/],
    ['unix:///run/redis.sock?db=1#2', /must not have a query or a fragment but \?db=/],
    ['redis://:hunter2%zz@cache', /has a % that is no escape|must be a URL/],
    ['unix://cache/redis.sock', /must be like unix:/],
  ])('TOKENKEEP_STORE=%s is refused when it is used, without its password', (url, says) => {
    const attempt = () => fromEnv({ ...alice, TOKENKEEP_STORE: url })
    expect(attempt).toThrow(says)
    expect(attempt).toThrow(/^INVALID_OPTION: TOKENKEEP_STORE /)
    expect(attempt).not.toThrow('hunter2')
  })

  it.each([
    ['BASEROW_URL', '', /is not set/],
    ['BASEROW_URL', 'baserow.example.com', /must be a URL/],
    ['BASEROW_USER_EMAIL', ' ', /is blank/],
    ['BASEROW_URL', 'ftp://b.example.com', /must begin with http/],
    ['BASEROW_URL', 'https://u:hunter2@b.example.com', /must not carry a user name/],
    ['BASEROW_URL', 'https://b.example.com/?x=hunter2', /must not have a query/],
    ['TOKENKEEP_STORE', 'disk', /must be memory, file, or a redis:/],
    ['TOKENKEEP_STORE', 'http://:hunter2@cache/0', /must be memory, file, or a redis:/],
    ['TOKENKEEP_NO_CACHE', 'maybe', /must be 1, true, yes or on/],
    ['TOKENKEEP_ENCRYPTION_KEY', 'hunter2', /must be 32 bytes as base64 or as hex/],
    ['TOKENKEEP_ENCRYPTION_KEY', 'ab'.repeat(31), /must be 32 bytes/],
    ['TOKENKEEP_ENCRYPTION_KEY', bytes.subarray(1).toString('base64'), /must be 32 bytes/],
    ['TOKENKEEP_TOKENS_B64', 'hunter2', /must be base64 of a JSON object/],
    ['TOKENKEEP_TOKENS_B64', '{"access_token":"hunter2"', /must be base64 of a JSON object/],
    ['TOKENKEEP_TOKENS_B64', Buffer.from('["hunter2"]').toString('base64'), /must be base64 of a JSON object/],
    ['TOKENKEEP_REFRESH_MARGIN_SECONDS', '-1', /must be a number of seconds, 0 or more/],
    ['TOKENKEEP_REFRESH_MARGIN_SECONDS', 'a minute', /must be a number of seconds/],
    ['TOKENKEEP_REFRESH_MARGIN_SECONDS', 'Infinity', /must be a number of seconds/],
    ['TOKENKEEP_REFRESH_INTERVAL', '0', /must be a number of seconds, more than 0/],
    ['TOKENKEEP_REFRESH_INTERVAL', '-5', /must be a number of seconds/],
    ['TOKENKEEP_AUTO_REFRESH', 'never', /must be 1, true, yes or on/],
    ['TOKENKEEP_PROVIDER', 'oauth2', /\/oauth2, which cannot be read \(ENOENT\); it must be baserow or the path of a JSON file/],
    ['TOKENKEEP_PROVIDER', '/nowhere/provider.json', /\/nowhere\/provider.json, which cannot be read \(ENOENT\)/],
  ])('%s=%s is refused', (variable, value, says) => {
    const message = refusal({ [variable]: value })
    expect(message).toMatch(new RegExp(`^INVALID_OPTION: ${variable} `))
    expect(message).toMatch(says)
    expect(message).not.toContain('hunter2')
  })
})

describe('a provider in a file', () => {
  const file = (content: unknown) => {
    const path = join(folder, 'provider.json')
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
    return path
  }
  const oauth2 = { kind: 'oauth2', tokenUrl: 'https://auth.example.com/token', clientId: 'runner', grant: 'refresh_token' }
  const jsonLogin = { kind: 'jsonLogin', url: 'https://colony.example.com/auth/token', body: { api_key: '${COLONY_KEY}' } }
  const own = { kind: 'custom', account: 'relay', module: './own.mjs' }

  it('has its variables filled in, and $${ for the characters', () => {
    const path = file({ ...jsonLogin, headers: { 'x-agent': 'a-${AGENT}-${AGENT}' }, body: { deep: ['${COLONY_KEY}', '$${COLONY_KEY}', 7, null, '$5'] } })
    const login = read({ TOKENKEEP_PROVIDER: path, COLONY_KEY: 'k"ey', AGENT: 'smith' }).login
    expect(login).toEqual({
      kind: 'jsonLogin',
      options: {
        url: jsonLogin.url,
        body: { deep: ['k"ey', '${COLONY_KEY}', 7, null, '$5'] },
        headers: { 'x-agent': 'a-smith-smith' },
      },
    })
  })

  it('says how patient to be with it', () => {
    const path = file({ ...jsonLogin, timeoutMs: 20_000, deadlineMs: 60_000 })
    expect(read({ TOKENKEEP_PROVIDER: path, COLONY_KEY: 'x' })).toMatchObject({ timeoutMs: 20_000, deadlineMs: 60_000 })
    expect(read({ TOKENKEEP_PROVIDER: path, COLONY_KEY: 'x' }).login).toEqual({ kind: 'jsonLogin', options: { url: jsonLogin.url, body: { api_key: 'x' } } })
  })

  it('may be a client of an OAuth 2.0 server', () => {
    const path = file({ ...oauth2, refreshToken: '${RUNNER_TOKEN}', deadlineMs: 60_000 })
    const { kind, ...options } = oauth2
    const { login, deadlineMs } = read({ TOKENKEEP_PROVIDER: path, RUNNER_TOKEN: 'r3fresh' })
    expect({ login, deadlineMs }).toEqual({ login: { kind, options: { ...options, refreshToken: 'r3fresh' } }, deadlineMs: 60_000 })
  })

  it('has its options checked by the function that takes them', () => {
    const wrong = { ...oauth2, grant: 'password' }
    expect(() => fromEnv({ TOKENKEEP_PROVIDER: file(wrong) })).toThrow(/TOKENKEEP_PROVIDER names a file whose grant must be client_credentials or refresh_token/)
    expect(() => fromEnv({ TOKENKEEP_PROVIDER: file({ ...oauth2, tokenUrl: 'nowhere' }) })).toThrow(/names a file whose tokenUrl must be a URL/)
    const manager = fromEnv({ TOKENKEEP_PROVIDER: file(oauth2) })
    expect(manager.status()).toMatchObject({ state: 'empty', account: 'runner' })
  })

  it('may name a module with a login of the user’s own, which lies beside it and is loaded by the first login', async () => {
    const path = file({ ...own, account: 'relay-${NUMBER}', issuer: 'https://relay.example.com', credential: 's3cret', scheme: 'Token' })
    const log = join(folder, 'calls')
    const source = `import { appendFileSync } from 'node:fs'
appendFileSync(${JSON.stringify(log)}, 'loaded ')
export async function login({ signal, previous }) {
  appendFileSync(${JSON.stringify(log)}, [signal.aborted, previous?.token].join(' '))
  return { token: 'a token', expiresAt: Date.now() + 3_600_000 }
}`
    writeFileSync(join(folder, 'own.mjs'), source)
    await using manager = fromEnv({ TOKENKEEP_PROVIDER: path, NUMBER: '7' })
    expect(manager.status()).toMatchObject({ state: 'empty', account: 'relay-7' })
    expect(existsSync(log)).toBe(false)
    expect(await manager.authorization()).toBe('Token a token')
    expect(readFileSync(log, 'utf8')).toBe('loaded false ')
  })

  it('may name a CommonJS module, and one without a login is an error that says so', async () => {
    writeFileSync(join(folder, 'own.cjs'), `exports.login = async () => ({ token: 'a token' })`)
    await using manager = fromEnv({ TOKENKEEP_PROVIDER: file({ ...own, module: 'own.cjs' }) })
    expect(await manager.getToken()).toBe('a token')
    writeFileSync(join(folder, 'other.mjs'), 'export const logIn = 1')
    await using other = fromEnv({ TOKENKEEP_PROVIDER: file({ ...own, account: 'other', module: 'other.mjs' }) })
    await expect(other.getToken()).rejects.toMatchObject({ message: expect.stringMatching(/other\.mjs exports no function named login/) })
  })

  it('needs no Baserow', () => {
    const path = file(jsonLogin)
    expect(readSettings({ TOKENKEEP_PROVIDER: path, COLONY_KEY: 'x' }, 'memory').login.kind).toBe('jsonLogin')
  })

  it.each([
    [jsonLogin, /whose body.api_key needs the variable COLONY_KEY, which is not set$/],
    [{ ...jsonLogin, body: { list: ['${COLONY_KEY'] } }, /whose body.list.0 has a \$\{ that begins no/],
    [{ ...jsonLogin, url: '${}' }, /whose url has a \$\{ that begins no/],
    [{ ...oauth2, url: 'x' }, /whose url is not known; there are kind, tokenUrl, issuer, clientId,/],
    [{ kind: 'oauth2', grant: 'client_credentials', tokenUrl: 'https://a.example.com' }, /which lacks clientId/],
    [{ kind: 'oauth2', clientId: 'runner', tokenUrl: 'https://a.example.com' }, /which lacks grant/],
    [{ ...oauth2, clientSecret: '' }, /whose clientSecret must be a text/],
    [{ ...oauth2, refreshToken: '${RUNNER_TOKEN}' }, /whose refreshToken needs the variable RUNNER_TOKEN, which is not set/],
    [{ kind: 'toString' }, /"kind" must be/],
    [{ ...own, module: undefined }, /which lacks module/],
    [{ ...own, account: undefined }, /which lacks account/],
    [{ ...own, module: 'nowhere.mjs' }, /whose module \/.*\/nowhere\.mjs is no file/],
    [{ ...own, module: '.' }, /whose module \/.* is no file/],
    [{ ...own, login: 'x' }, /whose login is not known; there are kind, account, issuer, credential, module, scheme, timeoutMs, deadlineMs/],
    [{ ...own, credential: '${RELAY_PASSWORD}' }, /whose credential needs the variable RELAY_PASSWORD, which is not set/],
    [{ ...jsonLogin, kind: 'baserow' }, /leave TOKENKEEP_PROVIDER unset/],
    [{ url: 'x', body: {} }, /"kind" must be "jsonLogin" or "oauth2" or "custom"$/],
    [{ kind: 'jsonLogin', body: {} }, /which lacks url/],
    [{ kind: 'jsonLogin', url: 'x' }, /which lacks body/],
    [{ kind: 'jsonLogin', url: 7, body: {} }, /whose url must be a text/],
    [{ kind: 'jsonLogin', url: 'x', body: {}, timeoutMs: '20000' }, /whose timeoutMs must be a number above 0/],
    [{ kind: 'jsonLogin', url: 'x', body: {}, deadlineMs: 0 }, /whose deadlineMs must be a number above 0/],
    [{ kind: 'jsonLogin', url: 'x', body: [] }, /whose body must be an object/],
    [{ kind: 'jsonLogin', url: 'x', body: {}, headers: { a: 1 } }, /whose headers.a must be a text/],
    [{ kind: 'jsonLogin', url: 'x', body: {}, tokenPath: '/t' }, /whose tokenPath is not known/],
    ['{ "api_key": "hunter2", }', /which is not JSON$/],
    ['[]', /must hold one JSON object/],
  ])('%o is refused', (content, says) => {
    const message = refusal({ TOKENKEEP_PROVIDER: file(content) })
    expect(message).toMatch(/^INVALID_OPTION: TOKENKEEP_PROVIDER names .*provider\.json, /)
    expect(message).toMatch(says)
    expect(message).not.toContain('hunter2')
  })
})

describe('fromEnv', () => {
  it('is the disabled stub without credentials, whatever else is set', async () => {
    const manager = fromEnv({ BASEROW_URL: 'nonsense', TOKENKEEP_STORE: 'nonsense' })
    expect(manager.isEnabled()).toBe(false)
    await expect(manager.getToken()).rejects.toMatchObject({ code: 'NOT_CONFIGURED', statusCode: 503 })
  })

  it('throws what names the variable', () => {
    expect(() => fromEnv({ ...alice, TOKENKEEP_STORE: 'disk' })).toThrow(/^INVALID_OPTION: TOKENKEEP_STORE /)
  })

  it('logs in, and leaves nothing on disk', async () => {
    await using server = await startBaserow()
    const env = { BASEROW_URL: server.url, BASEROW_USER_EMAIL: DEFAULT_USER.email, BASEROW_USER_PASSWORD: DEFAULT_USER.password }
    await using manager = fromEnv(env)
    expect(await manager.getToken()).toMatch(/^eyJ/)
    expect(await manager.authorization()).toMatch(/^JWT eyJ/)
    expect(manager.status().location).toBeNull()
  })

  it('takes the session from the file that the CLI keeps, where it is told to', async () => {
    await using server = await startBaserow()
    const env = {
      BASEROW_URL: server.url,
      BASEROW_USER_EMAIL: DEFAULT_USER.email,
      BASEROW_USER_PASSWORD: DEFAULT_USER.password,
      TOKENKEEP_CACHE_DIR: folder,
    }
    const cli = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist', 'cli.cjs')
    const child = spawn(process.execPath, [cli, 'login'], { env: { PATH: process.env.PATH, ...env }, stdio: 'ignore' })
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0)
    await using manager = fromEnv({ ...env, TOKENKEEP_STORE: 'file' })
    await manager.getToken()
    expect(server.counters.loginRequests).toBe(1)
    expect(manager.status().source).toBe('store')
  })
})
