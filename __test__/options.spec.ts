// Bad input gets a clear error that names the option, at construction.
import {
  BaserowAuthError,
  BaserowJwtManagerImpl,
  TokenError,
  baserow,
  createBaserowJwtManager,
  createTokenManager,
  fileStore,
  jsonLogin,
  oauth2,
} from 'tokenkeep'
import type { BaserowJwtManagerOptions, OAuth2Options } from 'tokenkeep'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'

const good = { baseUrl: 'https://baserow.example.com/api', email: 'a@example.com', password: 'planted-password' }
const make = (changes: Record<string, unknown>) => () =>
  createBaserowJwtManager({ ...good, ...changes } as BaserowJwtManagerOptions)

it.each<[string, unknown]>([
  ['baseUrl', undefined],
  ['baseUrl', ''],
  ['baseUrl', 'baserow.example.com/api'],
  ['baseUrl', 'ftp://baserow.example.com'],
  ['baseUrl', 'https://user:planted-password@baserow.example.com/api'],
  ['baseUrl', 'https://baserow.example.com/api?x=1'],
  ['baseUrl', 'https://baserow.example.com/api#top'],
  ['refreshMarginSeconds', Number.NaN],
  ['refreshMarginSeconds', -1],
  ['refreshMarginSeconds', Infinity],
  ['refreshMarginSeconds', '60'],
  ['refreshMarginSeconds', 'often'],
  ['refresh', 'sometimes'],
  ['timeoutMs', 0],
  ['deadlineMs', -5],
  ['ttlSeconds', 0],
  ['serveStale', 'no'],
  ['totp', '123456'],
  ['logger', {}],
  ['logger', { info() {} }],
  ['proxy', 5],
  ['tls', 'pem'],
  ['store', { kind: 'file' }],
  ['retry', 'often'],
  ['retry.attempts', { retry: { attempts: 0 } }],
  ['retry.attempts', { retry: { attempts: 1.5 } }],
  ['retry.baseDelayMs', { retry: { baseDelayMs: -1 } }],
  ['retry.maxDelayMs', { retry: { maxDelayMs: Number.NaN } }],
  ['fallbackEnv', ''],
  ['refreshIntervalSeconds', 0],
  ['email', 5],
  ['password', { secret: 'planted-password' }],
])('%s: %o is refused by name', (name, value) => {
  let error: BaserowAuthError | undefined
  try {
    make(name.includes('.') ? (value as Record<string, unknown>) : { [name]: value })()
  } catch (thrown) {
    error = thrown as BaserowAuthError
  }
  expect(error).toBeInstanceOf(BaserowAuthError)
  expect(error).toMatchObject({ code: 'INVALID_OPTION', statusCode: 500, retryable: false })
  expect(error!.message).toMatch(new RegExp(`^INVALID_OPTION: ${name} `))
  expect(error!.message).not.toContain('planted-password')
})

it.each([
  ['tls.roots', { roots: 'all' }],
  ['tls.key', { cert: 'x' }],
  ['tls.cert', { key: 'x' }],
  ['tls.ca', { ca: 7 }],
])('%s is refused by name', (name, tls) => {
  expect(make({ tls })).toThrow(new RegExp(`^INVALID_OPTION: ${name} `))
})

it('null is as good as absent, as in options that come from JSON', () => {
  const names = ['totp', 'refresh', 'refreshIntervalSeconds', 'refreshMarginSeconds', 'timeoutMs', 'deadlineMs', 'ttlSeconds', 'serveStale', 'tls', 'proxy', 'logger', 'fetch']
  expect(make(Object.fromEntries(names.map((name) => [name, null])))).not.toThrow()
})

it('undefined is as good as absent, and unknown keys are ignored', () => {
  const absent = {
    totp: undefined,
    refreshMarginSeconds: undefined,
    timeoutMs: undefined,
    deadlineMs: undefined,
    ttlSeconds: undefined,
    serveStale: undefined,
    tls: undefined,
    proxy: undefined,
    logger: undefined,
    somethingElse: 42,
  }
  expect(make(absent)).not.toThrow()
  expect(make({ tls: {}, proxy: false, logger: null })).not.toThrow()
})

it('null is as good as absent inside tls too', () => {
  expect(make({ tls: { ca: null, cert: null, key: null, roots: null } })).not.toThrow()
  expect(() => fileStore(null as never)).not.toThrow()
})

it.each([undefined, null, 'https://baserow.example.com'])('%o for all options is refused by the drop-in', (options) => {
  for (const create of [() => createBaserowJwtManager(options as never), () => new BaserowJwtManagerImpl(options as never)]) {
    expect(create).toThrow(BaserowAuthError)
    expect(create).toThrow(/^INVALID_OPTION: options must be an object/)
  }
})

it('the class refuses what the factory turns into a stub', () => {
  expect(() => new BaserowJwtManagerImpl({ ...good, password: '' })).toThrow(/^INVALID_OPTION: password /)
})

describe('the general API', () => {
  const login = { url: 'https://api.example.com/auth/token', body: { key: 'planted-password' } }
  const provider = jsonLogin(login)
  const runner: OAuth2Options = {
    tokenUrl: 'https://auth.example.com/token',
    clientId: 'runner',
    clientSecret: 'planted-password',
    grant: 'refresh_token',
  }
  const refused = (changes: Record<string, unknown>) => () => oauth2({ ...runner, ...changes } as OAuth2Options)

  it.each<[string, () => unknown]>([
    ['provider', () => createTokenManager({ provider: { kind: 'baserow' } })],
    ['provider', () => createTokenManager({} as never)],
    ['store', () => createTokenManager({ provider, store: { kind: 'file' } })],
    ['baseUrl', () => baserow({ ...good, baseUrl: 'nowhere' })],
    ['email', () => baserow({ ...good, email: '' })],
    ['password', () => baserow({ ...good, password: undefined as never })],
    ['totp', () => baserow({ ...good, totp: '1' as never })],
    ['url', () => jsonLogin({ ...login, url: 'ftp://api.example.com' })],
    ['url', () => jsonLogin({ ...login, url: 'https://me:planted-password@api.example.com' })],
    ['refreshUrl', () => jsonLogin({ ...login, refreshUrl: '/relative' })],
    ['body', () => jsonLogin({ ...login, body: 'planted-password' as never })],
    ['body', () => jsonLogin({ ...login, body: { amount: 1n } })],
    ['body', () => jsonLogin({ ...login, body: { toJSON: () => undefined } })],
    ['body', () => jsonLogin({ ...login, body: { toJSON: () => 'planted-password' } })],
    ['body', () => jsonLogin({ ...login, body: new Date() as never })],
    ['headers', () => jsonLogin({ ...login, headers: { 'x-key': 'planted-password\nx' } })],
    ['headers', () => jsonLogin({ ...login, headers: { 'no name': 'x' } })],
    ['tokenPointer', () => jsonLogin({ ...login, tokenPointer: 'data.token' })],
    ['expiresInPointer', () => jsonLogin({ ...login, expiresInPointer: '/a~2' })],
    ['account', () => jsonLogin({ ...login, account: '' })],
    ['scheme', () => jsonLogin({ ...login, scheme: 5 as never })],
    ['tokenUrl', refused({ tokenUrl: undefined })],
    ['tokenUrl', refused({ tokenUrl: 'https://me:planted-password@auth.example.com/token' })],
    ['tokenUrl', refused({ tokenUrl: 'https://auth.example.com/token#planted-password' })],
    ['issuer', refused({ issuer: 'auth.example.com' })],
    ['issuer', refused({ issuer: 'https://auth.example.com?tenant=planted-password' })],
    ['revocationUrl', refused({ revocationUrl: 'ftp://auth.example.com' })],
    ['clientId', refused({ clientId: '' })],
    ['clientId', refused({ clientId: undefined })],
    ['clientSecret', refused({ clientSecret: '' })],
    ['clientAuth', refused({ clientAuth: 'jwt' })],
    ['clientAuth', refused({ clientAuth: 'basic', clientSecret: undefined })],
    ['grant', refused({ grant: undefined })],
    ['grant', refused({ grant: 'password' })],
    ['refreshToken', refused({ refreshToken: '' })],
    ['refreshToken', refused({ grant: 'client_credentials', refreshToken: 'planted-password' })],
    ['scope', refused({ scope: ['planted-password'] })],
    ['audience', refused({ audience: '' })],
    ['account', refused({ account: ' ' })],
    ['options', () => oauth2(undefined as never)],
    ['file', () => fileStore({ dir: '/a', file: '/b' })],
    ['encryptionKey', () => fileStore({ dir: '/a', encryptionKey: 'planted-password' })],
    ['encryptionKey', () => fileStore({ dir: '/a', encryptionKey: new Uint8Array(31) })],
    ['options', () => baserow(undefined as never)],
    ['options', () => jsonLogin(null as never)],
    ['options', () => fileStore('/a' as never)],
    ['options', () => createTokenManager('provider' as never)],
    ['provider', () => createTokenManager(undefined as never)],
  ])('%s is refused by name: %s', (name, make) => {
    let error: unknown
    try {
      make()
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(TokenError)
    expect(error).not.toBeInstanceOf(BaserowAuthError)
    expect(error).toMatchObject({ code: 'INVALID_OPTION', statusCode: 500 })
    expect((error as Error).message).toMatch(new RegExp(`^INVALID_OPTION: ${name}\\b`))
    expect((error as Error).message).not.toContain('planted-password')
  })

  it('oauth2 takes null for absent, and either address or both', () => {
    const absent = ['issuer', 'clientSecret', 'clientAuth', 'revocationUrl', 'refreshToken', 'scope', 'audience', 'account']
    expect(refused(Object.fromEntries(absent.map((name) => [name, null])))).not.toThrow()
    expect(refused({ tokenUrl: undefined, issuer: 'https://auth.example.com' })).not.toThrow()
    expect(refused({ issuer: 'https://auth.example.com', clientAuth: 'post' })).not.toThrow()
  })

  it('providers and stores show nothing of what is in them', () => {
    const shown = inspect([provider, baserow(good), oauth2(runner), fileStore({ dir: '/a', encryptionKey: 'ab'.repeat(32) })], { depth: 9, showHidden: true })
    expect(shown).not.toContain('planted-password')
    expect(shown).not.toContain('ab'.repeat(8))
  })
})
