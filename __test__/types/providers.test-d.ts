// Providers and stores as the compiler sees them: what must compile, and what must not.
import type {
  BaserowOptions,
  CustomOptions,
  FileStoreOptions,
  JsonLoginOptions,
  OAuth2Options,
  Provider,
  Store,
  StoreCallbacks,
  TokenErrorOptions,
  TokenSet,
} from 'tokenkeep'
import { baserow, custom, customStore, fileStore, jsonLogin, memoryStore, oauth2 } from 'tokenkeep'
import { describe, expectTypeOf, test } from 'vitest'

const login = async () => ({ token: 'opaque' })

describe('a provider', () => {
  test('shows its kind, and no more', () => {
    expectTypeOf<Provider>().toEqualTypeOf<{ readonly kind: string }>()
    expectTypeOf(baserow).toEqualTypeOf<(options: BaserowOptions) => Provider>()
    expectTypeOf(jsonLogin).toEqualTypeOf<(options: JsonLoginOptions) => Provider>()
    expectTypeOf(oauth2).toEqualTypeOf<(options: OAuth2Options) => Provider>()
    expectTypeOf(custom).toEqualTypeOf<(options: CustomOptions) => Provider>()
  })

  test('baserow: one user of one Baserow', () => {
    expectTypeOf<BaserowOptions>().toEqualTypeOf<{ baseUrl: string; email: string; password: string; totp?: (() => string | Promise<string>) | undefined }>()
    // @ts-expect-error there is no stub here: credentials have to be there
    baserow({ baseUrl: 'x', email: process.env['EMAIL'], password: 'b' })
    // @ts-expect-error the password is missing
    baserow({ baseUrl: 'x', email: 'a' })
  })

  test('jsonLogin: any endpoint that answers a POST with a token', () => {
    expectTypeOf<JsonLoginOptions>().toEqualTypeOf<{
      url: string
      body: Record<string, unknown>
      headers?: Record<string, string> | undefined
      tokenPointer?: string | undefined
      refreshTokenPointer?: string | undefined
      expiresInPointer?: string | undefined
      expiresAtPointer?: string | undefined
      refreshUrl?: string | undefined
      account?: string | undefined
      scheme?: string | undefined
    }>()
    jsonLogin({ url: 'x', body: { api_key: 'k', nested: { a: [1] } }, account: undefined })
    // @ts-expect-error what is posted?
    jsonLogin({ url: 'x' })
    // @ts-expect-error an object becomes JSON
    jsonLogin({ url: 'x', body: '{}' })
    // @ts-expect-error headers are text
    jsonLogin({ url: 'x', body: {}, headers: { 'x-a': 1 } })
  })

  test('oauth2: two grants of RFC 6749', () => {
    expectTypeOf<OAuth2Options>().toEqualTypeOf<{
      tokenUrl?: string | undefined
      issuer?: string | undefined
      clientId: string
      clientSecret?: string | undefined
      clientAuth?: 'basic' | 'post' | undefined
      revocationUrl?: string | undefined
      grant: 'client_credentials' | 'refresh_token'
      refreshToken?: string | undefined
      scope?: string | undefined
      audience?: string | undefined
      account?: string | undefined
    }>()
    oauth2({ issuer: 'x', clientId: 'a', grant: 'refresh_token', refreshToken: process.env['REFRESH_TOKEN'] })
    // @ts-expect-error a grant without a browser
    oauth2({ tokenUrl: 'x', clientId: 'a', grant: 'authorization_code' })
    // @ts-expect-error which grant?
    oauth2({ tokenUrl: 'x', clientId: 'a' })
    // @ts-expect-error neither of the two ways
    oauth2({ tokenUrl: 'x', clientId: 'a', grant: 'client_credentials', clientAuth: 'jwt' })
    // @ts-expect-error one text, separated by spaces
    oauth2({ tokenUrl: 'x', clientId: 'a', grant: 'client_credentials', scope: ['a', 'b'] })
  })

  test('custom: functions of your own', () => {
    expectTypeOf<CustomOptions>().toEqualTypeOf<{
      account: string
      issuer?: string | undefined
      credential?: string | undefined
      login: (context: { signal: AbortSignal; previous: TokenSet | null }) => Promise<TokenSet>
      refresh?: ((context: { signal: AbortSignal; current: TokenSet }) => Promise<TokenSet>) | undefined
      revoke?: ((current: TokenSet) => Promise<void>) | undefined
      scheme?: string | undefined
    }>()
    custom({ account: 'relay', login })
    custom({ account: 'relay', login: async ({ signal, previous }) => ({ token: previous?.token ?? String(signal.aborted) }), revoke: async ({ token }) => void token })
    // @ts-expect-error a login resolves to a set of tokens
    custom({ account: 'relay', login: async () => 'opaque' })
    // @ts-expect-error a promise of it
    custom({ account: 'relay', login: () => ({ token: 'opaque' }) })
    // @ts-expect-error whose?
    custom({ login })
    // @ts-expect-error there is always a login
    custom({ account: 'relay', refresh: login })
  })

  test('brings a set of tokens', () => {
    expectTypeOf<TokenSet>().toEqualTypeOf<{
      token: string
      refreshToken?: string | undefined
      expiresAt?: number | Date | string | undefined
      scoped?: Record<string, string> | undefined
    }>()
    // @ts-expect-error times are milliseconds, a Date or RFC 3339
    const bigint: TokenSet = { token: 'a', expiresAt: 5n }
    // @ts-expect-error the names of others
    const snake: TokenSet = { access_token: 'a' }
    void [bigint, snake]
  })

  test('that fails says how', () => {
    expectTypeOf<TokenErrorOptions>().toExtend<{ message: string; statusCode?: number | undefined; retryAfterMs?: number | undefined; cause?: unknown }>()
    expectTypeOf<keyof TokenErrorOptions>().toEqualTypeOf<'code' | 'message' | 'statusCode' | 'retryAfterMs' | 'cause'>()
  })
})

describe('a store', () => {
  test('shows its kind, and no more', () => {
    expectTypeOf<Store>().toEqualTypeOf<{ readonly kind: string }>()
    expectTypeOf(memoryStore).toEqualTypeOf<() => Store>()
    expectTypeOf(fileStore).toEqualTypeOf<(options?: FileStoreOptions) => Store>()
    expectTypeOf(customStore).toEqualTypeOf<(store: StoreCallbacks) => Store>()
  })

  test('in files has a folder or a file, and a key', () => {
    expectTypeOf<FileStoreOptions>().toEqualTypeOf<{ dir?: string | undefined; file?: string | undefined; encryptionKey?: string | Uint8Array | undefined }>()
    fileStore({ dir: process.env['DATA_DIR'] })
    // @ts-expect-error a path is an option
    fileStore('/srv/tokens')
    // @ts-expect-error bytes, or their text
    fileStore({ encryptionKey: 5 })
  })

  test('of your own has three functions or four', () => {
    expectTypeOf<StoreCallbacks>().toEqualTypeOf<{
      load(key: string): Promise<string | null>
      save(key: string, record: string, expected: number | null, generation: number): Promise<boolean>
      clear(key: string, expected: number): Promise<boolean>
      lock?: ((key: string, options: { timeoutMs: number; signal: AbortSignal }) => Promise<() => Promise<void> | void>) | undefined
    }>()
    const three = { load: async () => null, save: async () => true, clear: async () => true }
    customStore(three)
    customStore({ ...three, lock: async () => () => {} })
    // @ts-expect-error did it, or not?
    customStore({ ...three, save: async () => {} })
    // @ts-expect-error null, not undefined: nothing is there
    customStore({ ...three, load: async () => undefined })
    // @ts-expect-error a lock is let go of
    customStore({ ...three, lock: async () => {} })
    // @ts-expect-error clear is missing
    customStore({ load: three.load, save: three.save })
  })
})
