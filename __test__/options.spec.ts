// Bad input gets a clear error that names the option, at construction.
import { BaserowAuthError, BaserowJwtManagerImpl, createBaserowJwtManager } from 'tokenkeep'
import type { BaserowJwtManagerOptions } from 'tokenkeep'
import { expect, it } from 'vitest'

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
  ['refreshMarginSeconds', 'auto'],
  ['timeoutMs', 0],
  ['deadlineMs', -5],
  ['ttlSeconds', 0],
  ['serveStale', 'no'],
  ['totp', '123456'],
  ['logger', {}],
  ['logger', { info() {} }],
  ['proxy', 5],
  ['tls', 'pem'],
  ['email', 5],
  ['password', { secret: 'planted-password' }],
])('%s: %o is refused by name', (name, value) => {
  let error: BaserowAuthError | undefined
  try {
    make({ [name]: value })()
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

it.each(['store', 'refresh', 'refreshIntervalSeconds', 'fetch', 'retry', 'fallbackEnv'])(
  '%s is not built yet, and refused rather than ignored',
  (name) => {
    expect(make({ [name]: 'anything' })).toThrow(`INVALID_OPTION: ${name} is not supported by this version of tokenkeep`)
    expect(make({ [name]: undefined })).not.toThrow()
  },
)

it('null is as good as absent, as in options that come from JSON', () => {
  const names = ['totp', 'refreshMarginSeconds', 'timeoutMs', 'deadlineMs', 'ttlSeconds', 'serveStale', 'tls', 'proxy', 'logger', 'fetch']
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

it('the class refuses what the factory turns into a stub', () => {
  expect(() => new BaserowJwtManagerImpl({ ...good, password: '' })).toThrow(/^INVALID_OPTION: password /)
})
