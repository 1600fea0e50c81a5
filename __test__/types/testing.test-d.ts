// tokenkeep/testing as the compiler sees it: what must compile, and what must not.
import type { Provider, Store, StoreCallbacks } from 'tokenkeep'
import {
  type BaserowCounters,
  type BaserowDialect,
  type BaserowServer,
  type BaserowServerOptions,
  type BaserowServerSettings,
  type BaserowUser,
  DEFAULT_KEY,
  DEFAULT_USER,
  type Endless,
  type Endpoint,
  type Fault,
  type FaultKind,
  type FaultServer,
  type FaultServerCounters,
  type FaultServerOptions,
  type LoginRateLimit,
  type Moment,
  type NetworkFault,
  type NetworkFaultKind,
  type RecordedRequest,
  type StoreCase,
  type StoreContractOptions,
  type TestUser,
  type ThrottleOptions,
  type TokenEndpoint,
  type TokenServer,
  type TokenServerCounters,
  type TokenServerOptions,
  type TokenServerSettings,
  type TokenServerUser,
  memoryCallbacks,
  signJwt,
  startBaserow,
  startFaultServer,
  startTokenServer,
  storeContract,
} from 'tokenkeep/testing'
import { describe, expectTypeOf, test } from 'vitest'

declare const baserow: BaserowServer
declare const tokens: TokenServer
declare const front: FaultServer

type Tls = { key: string; cert: string }
type Listening = { tls?: Tls | undefined; host?: string | undefined; port?: number | undefined }

describe('startBaserow', () => {
  test('takes settings that can be changed, and where to listen', () => {
    expectTypeOf(startBaserow).toEqualTypeOf<(options?: BaserowServerOptions) => Promise<BaserowServer>>()
    expectTypeOf<BaserowServerOptions>().toExtend<BaserowServerSettings & Listening>()
    expectTypeOf<Exclude<keyof BaserowServerOptions, keyof BaserowServerSettings>>().toEqualTypeOf<'users' | 'tls' | 'host' | 'port' | 'signingKey'>()
    expectTypeOf<BaserowServerOptions['users']>().toEqualTypeOf<readonly TestUser[] | undefined>()
    expectTypeOf<BaserowServerOptions['signingKey']>().toEqualTypeOf<string | undefined>()
    expectTypeOf<BaserowServerSettings>().toEqualTypeOf<{
      dialect?: BaserowDialect | undefined
      accessLifetimeMs?: number | undefined
      refreshLifetimeMs?: number | undefined
      numericDates?: 'whole' | 'fractional' | undefined
      latencyMs?: number | undefined
      clockOffsetMs?: number | undefined
      omitExp?: boolean | undefined
      opaque?: boolean | undefined
      passwordLogin?: boolean | undefined
      throttle?: ThrottleOptions | false | undefined
      twoFactorAttemptsPerMinute?: number | undefined
      allowedHosts?: readonly string[] | undefined
      cors?: boolean | undefined
    }>()
    expectTypeOf<BaserowDialect>().toEqualTypeOf<'modern' | '1.6' | '1.5'>()
    expectTypeOf<ThrottleOptions>().toEqualTypeOf<{ concurrent: number; retryAfterSeconds?: number | null | undefined; blacklistMs?: number | undefined }>()
    void startBaserow()
    // @ts-expect-error no such dialect
    void startBaserow({ dialect: '2.0' })
    // @ts-expect-error lifetimes are milliseconds
    void startBaserow({ accessLifetimeMs: '10m' })
    // @ts-expect-error a certificate has a key
    void startBaserow({ tls: { cert: 'x' } })
    // @ts-expect-error a misspelt option
    void startBaserow({ lifetimeMs: 5 })
  })

  test('has users', () => {
    expectTypeOf(DEFAULT_USER).toEqualTypeOf<{ email: string; password: string }>()
    expectTypeOf<TestUser>().toEqualTypeOf<{
      email: string
      password: string
      active?: boolean | undefined
      totp?: string | undefined
      totpSingleUse?: boolean | undefined
      backupCodes?: readonly string[] | undefined
      emailVerified?: boolean | undefined
      staff?: boolean | undefined
      member?: boolean | undefined
    }>()
    expectTypeOf(baserow.user).toEqualTypeOf<(email: string) => BaserowUser>()
    expectTypeOf(baserow.addUser).toEqualTypeOf<(user: TestUser) => BaserowUser>()
    expectTypeOf<keyof BaserowUser>().toEqualTypeOf<
      'id' | 'email' | 'changePassword' | 'deactivate' | 'activate' | 'remove' | 'scheduleDeletion' | 'setEmailVerified' | 'setTotp' | 'setMember'
    >()
    baserow.user('a').changePassword('new', { spareSameSecond: true })
    baserow.user('a').setTotp(undefined)
    // @ts-expect-error a code is text
    void startBaserow({ users: [{ email: 'a', password: 'b', totp: 123456 }] })
  })

  test('is a server that counts, records and fails', () => {
    expectTypeOf(baserow).toExtend<AsyncDisposable>()
    expectTypeOf(baserow.url).toEqualTypeOf<string>()
    expectTypeOf(baserow.baseUrl).toEqualTypeOf<string>()
    expectTypeOf(baserow.signingKey).toEqualTypeOf<string>()
    expectTypeOf(baserow.now).returns.toEqualTypeOf<number>()
    expectTypeOf(baserow.configure).toEqualTypeOf<(changes: BaserowServerSettings) => void>()
    expectTypeOf(baserow.requests).toEqualTypeOf<readonly RecordedRequest[]>()
    expectTypeOf(baserow.counters).toEqualTypeOf<BaserowCounters>()
    expectTypeOf<keyof BaserowCounters>().toEqualTypeOf<
      | 'logins'
      | 'loginRequests'
      | 'refreshes'
      | 'refreshRequests'
      | 'twoFactorRequests'
      | 'blacklistRequests'
      | 'verifyRequests'
      | 'apiRequests'
      | 'connections'
      | 'maxConcurrent'
    >()
    expectTypeOf<RecordedRequest>().toEqualTypeOf<{
      readonly method: string
      readonly path: string
      readonly headers: Readonly<Record<string, string | string[] | undefined>>
      readonly body: string
      readonly at: number
    }>()
    for (const method of ['clearFaults', 'revokeAll', 'reset', 'unref'] as const) expectTypeOf(baserow[method]).returns.toEqualTypeOf<void>()
    expectTypeOf(baserow.close).returns.toEqualTypeOf<Promise<void>>()
    // @ts-expect-error counters are read
    baserow.counters.logins = 0
  })

  test('fails in named ways, at named places', () => {
    expectTypeOf<Endpoint>().toEqualTypeOf<'login' | 'refresh' | 'verify' | 'blacklist' | 'two-factor' | 'api'>()
    expectTypeOf<Fault['kind']>().toEqualTypeOf<
      | 'outage'
      | 'status'
      | 'throttled'
      | 'permission-denied'
      | 'hang'
      | 'reset'
      | 'torn'
      | 'slow'
      | 'trickle'
      | 'not-json'
      | 'no-token'
      | 'echo'
      | 'redirect'
      | 'huge'
    >()
    expectTypeOf<FaultKind>().toEqualTypeOf<Exclude<Fault['kind'], 'status' | 'slow'>>()
    baserow.fail('outage', { endpoint: 'refresh', times: Infinity })
    baserow.fail({ kind: 'status', status: 401, body: { error: 'E' }, headers: { 'retry-after': '5' } })
    baserow.fail({ kind: 'throttled', retryAfterSeconds: null })
    // @ts-expect-error which status?
    baserow.fail('status')
    // @ts-expect-error how slow?
    baserow.fail({ kind: 'slow' })
    // @ts-expect-error no such place
    baserow.fail('outage', { endpoint: 'logout' })
    // @ts-expect-error no such fault
    baserow.fail('earthquake')
  })
})

describe('startTokenServer', () => {
  test('takes settings that can be changed, and where to listen', () => {
    expectTypeOf(startTokenServer).toEqualTypeOf<(options?: TokenServerOptions) => Promise<TokenServer>>()
    expectTypeOf<TokenServerOptions>().toExtend<TokenServerSettings & Listening>()
    expectTypeOf<Exclude<keyof TokenServerOptions, keyof TokenServerSettings>>().toEqualTypeOf<'tls' | 'host' | 'port'>()
    expectTypeOf<TokenServerSettings>().toEqualTypeOf<{
      keys?: readonly string[] | undefined
      users?: readonly TokenServerUser[] | undefined
      accessLifetimeMs?: number | undefined
      refreshLifetimeMs?: number | undefined
      opaque?: boolean | undefined
      refreshTokens?: boolean | undefined
      rotation?: boolean | undefined
      omitExpiresIn?: boolean | undefined
      loginDelayMs?: number | undefined
      refreshDelayMs?: number | undefined
      latencyMs?: number | undefined
      clockOffsetMs?: number | undefined
      cors?: boolean | undefined
      rateLimit?: LoginRateLimit | false | undefined
    }>()
    expectTypeOf<TokenServerUser>().toEqualTypeOf<{ username: string; password: string }>()
    expectTypeOf<LoginRateLimit>().toEqualTypeOf<{ logins: number; windowMs?: number | undefined; retryAfter?: 'seconds' | 'date' | null | undefined }>()
    expectTypeOf(DEFAULT_KEY).toExtend<string>()
    // @ts-expect-error how many?
    void startTokenServer({ rateLimit: true })
    // @ts-expect-error users have names here
    void startTokenServer({ users: [{ email: 'a', password: 'b' }] })
  })

  test('is a server that counts, records and fails', () => {
    expectTypeOf(tokens).toExtend<AsyncDisposable>()
    for (const url of ['url', 'loginUrl', 'refreshUrl', 'tokenUrl', 'revocationUrl', 'apiUrl'] as const) expectTypeOf(tokens[url]).toEqualTypeOf<string>()
    expectTypeOf(tokens.configure).toEqualTypeOf<(changes: TokenServerSettings) => void>()
    expectTypeOf(tokens.requests).toEqualTypeOf<readonly RecordedRequest[]>()
    expectTypeOf(tokens.counters).toEqualTypeOf<TokenServerCounters>()
    expectTypeOf<keyof TokenServerCounters>().toEqualTypeOf<
      | 'logins'
      | 'loginRequests'
      | 'refreshes'
      | 'refreshRequests'
      | 'tokenRequests'
      | 'revokeRequests'
      | 'reuses'
      | 'rejected'
      | 'rateLimited'
      | 'apiRequests'
      | 'apiRejected'
      | 'connections'
      | 'maxConcurrent'
    >()
    expectTypeOf<TokenEndpoint>().toEqualTypeOf<'login' | 'refresh' | 'token' | 'revoke' | 'api'>()
    tokens.fail('hang', { endpoint: 'token' })
    tokens.revokeAccessTokens()
    // @ts-expect-error a place of the other server
    tokens.fail('hang', { endpoint: 'two-factor' })
  })
})

describe('startFaultServer', () => {
  test('stands in front of a server, or answers by itself', () => {
    expectTypeOf(startFaultServer).toEqualTypeOf<(options?: FaultServerOptions) => Promise<FaultServer>>()
    expectTypeOf<FaultServerOptions>().toEqualTypeOf<{ upstream?: string | undefined; answer?: string | object | undefined; tls?: Tls | undefined; host?: string | undefined; port?: number | undefined }>()
    expectTypeOf<keyof FaultServerOptions>().toEqualTypeOf<'upstream' | 'answer' | 'tls' | 'host' | 'port'>()
    expectTypeOf<FaultServerCounters>().toEqualTypeOf<{ readonly connections: number; readonly requests: number; readonly bytesSent: number }>()
    expectTypeOf(front).toExtend<AsyncDisposable>()
    expectTypeOf(front.counters).toEqualTypeOf<FaultServerCounters>()
    expectTypeOf(front.requests).toEqualTypeOf<readonly RecordedRequest[]>()
    // @ts-expect-error an origin, not a server
    void startFaultServer({ upstream: baserow })
  })

  test('fails below HTTP', () => {
    expectTypeOf<Moment>().toEqualTypeOf<'connect' | 'handshake' | 'request' | 'head' | 'body' | 'end'>()
    expectTypeOf<Endless>().toEqualTypeOf<'chunks' | 'body' | 'status' | 'header' | 'headers' | 'interim' | 'trailers'>()
    expectTypeOf<NetworkFault['kind']>().toEqualTypeOf<
      'hang' | 'reset' | 'fin' | 'trickle' | 'length' | 'endless' | 'bomb' | 'headers' | 'twice' | 'raw' | 'not-tls' | 'certificate'
    >()
    expectTypeOf<NetworkFaultKind>().toEqualTypeOf<Exclude<NetworkFault['kind'], 'endless' | 'length' | 'raw' | 'certificate'>>()
    front.fail('hang', { times: 2 })
    front.fail({ kind: 'fin', at: 'body', abruptly: true })
    front.fail({ kind: 'endless', of: 'trailers' })
    // @ts-expect-error of what?
    front.fail('endless')
    // @ts-expect-error no such moment
    front.fail({ kind: 'hang', at: 'noon' })
    // @ts-expect-error a fault is met by whoever comes, wherever that is
    front.fail('hang', { endpoint: 'login' })
  })
})

test('signJwt signs claims', () => {
  expectTypeOf(signJwt).toEqualTypeOf<(claims: object, key?: string) => string>()
  signJwt({ exp: 1 }, baserow.signingKey)
  // @ts-expect-error claims are an object
  signJwt('exp')
})

describe('storeContract', () => {
  test('takes what makes a store, and gives cases for any runner', () => {
    expectTypeOf(storeContract).toEqualTypeOf<(makeStore: () => StoreCallbacks | Store | Promise<StoreCallbacks | Store>, options?: StoreContractOptions) => StoreCase[]>()
    expectTypeOf<StoreCase>().toEqualTypeOf<{ readonly name: string; readonly run: () => Promise<void> }>()
    expectTypeOf<keyof StoreContractOptions>().toEqualTypeOf<'kind' | 'locks' | 'outlivesManagers' | 'close' | 'patienceMs'>()
    expectTypeOf(memoryCallbacks).returns.toExtend<StoreCallbacks>()
    expectTypeOf(memoryCallbacks().lock).not.toBeUndefined()
    for (const { name, run } of storeContract(() => memoryCallbacks(), { locks: true, close: () => {} })) void [name, run]
    // @ts-expect-error a function that makes one
    storeContract(memoryCallbacks())
    // @ts-expect-error neither of the two
    storeContract(() => memoryCallbacks(), { kind: 'file' })
  })

  test('takes no provider for a store that has none of its functions', () => {
    expectTypeOf<Provider>().not.toExtend<StoreCallbacks>()
  })
})
