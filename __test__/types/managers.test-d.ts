// Managers and pools as the compiler sees them: what must compile, and what must not.
import type {
  ApiAnswer,
  BaserowJwtManager,
  BaserowJwtManagerOptions,
  EpochMs,
  GetTokenOptions,
  Logger,
  Provider,
  Store,
  TokenErrorCode,
  TokenManager,
  TokenManagerOptions,
  TokenPool,
  TokenPoolOptions,
  TokenPoolStatus,
  TokenSource,
  TokenStatus,
  TuningOptions,
} from 'tokenkeep'
import {
  BaserowAuthError,
  BaserowJwtManagerDisabled,
  BaserowJwtManagerImpl,
  TokenError,
  createBaserowJwtManager,
  createTokenManager,
  createTokenPool,
  fromEnv,
} from 'tokenkeep'
import { describe, expectTypeOf, test } from 'vitest'

declare const provider: Provider
declare const manager: TokenManager
declare const pool: TokenPool
declare const logger: Logger

describe('createTokenManager', () => {
  test('takes a provider, and all of the tuning', () => {
    expectTypeOf(createTokenManager).parameters.toEqualTypeOf<[options: TokenManagerOptions]>()
    expectTypeOf(createTokenManager).returns.toEqualTypeOf<TokenManager>()
    expectTypeOf<TokenManagerOptions>().toExtend<TuningOptions>()
    createTokenManager({ provider })
    createTokenManager({ provider, refreshMarginSeconds: 'auto' })
    createTokenManager({ provider, refreshMarginSeconds: undefined })
    // @ts-expect-error the provider is not optional
    createTokenManager({})
    // @ts-expect-error a provider is made by one of the functions
    createTokenManager({ provider: 'baserow' })
    // @ts-expect-error a margin is a number of seconds, or 'auto'
    createTokenManager({ provider, refreshMarginSeconds: '60' })
    // @ts-expect-error no such word
    createTokenManager({ provider, refreshMarginSeconds: 'automatic' })
    // @ts-expect-error a misspelt option
    createTokenManager({ provider, timeoutMS: 5 })
  })

  test('has these options, which may be undefined', () => {
    expectTypeOf<TuningOptions>().toEqualTypeOf<{
      store?: Store | undefined
      refresh?: 'on-demand' | 'background' | undefined
      refreshIntervalSeconds?: number | undefined
      retry?: { attempts?: number | undefined; baseDelayMs?: number | undefined; maxDelayMs?: number | undefined } | undefined
      fallbackEnv?: string | undefined
      ttlSeconds?: number | undefined
      timeoutMs?: number | undefined
      deadlineMs?: number | undefined
      tls?:
        | {
            ca?: string | Uint8Array | Array<string | Uint8Array> | undefined
            cert?: string | undefined
            key?: string | undefined
            roots?: 'bundled' | 'system' | undefined
          }
        | undefined
      proxy?: string | boolean | undefined
      fetch?: typeof fetch | undefined
      serveStale?: boolean | undefined
      logger?: Logger | undefined
    }>()
    expectTypeOf<Omit<TokenManagerOptions, keyof TuningOptions>>().toEqualTypeOf<{ provider: Provider; refreshMarginSeconds?: number | 'auto' | undefined }>()
    // @ts-expect-error neither of the two
    createTokenManager({ provider, refresh: 'foreground' })
    // @ts-expect-error a store is made by one of the functions
    createTokenManager({ provider, store: {} })
    // @ts-expect-error milliseconds are a number
    createTokenManager({ provider, timeoutMs: '10s' })
    // @ts-expect-error no such roots
    createTokenManager({ provider, tls: { roots: 'none' } })
    // @ts-expect-error not a number of attempts
    createTokenManager({ provider, retry: 3 })
    // @ts-expect-error not a fetch
    createTokenManager({ provider, fetch: () => 'token' })
    // @ts-expect-error not a logger
    createTokenManager({ provider, logger: { info() {} } })
  })
})

describe('createBaserowJwtManager', () => {
  test('is the drop-in: credentials that may be missing, and a whole manager', () => {
    expectTypeOf(createBaserowJwtManager).parameters.toEqualTypeOf<[options: BaserowJwtManagerOptions]>()
    expectTypeOf(createBaserowJwtManager).returns.toExtend<BaserowJwtManager>()
    expectTypeOf(createBaserowJwtManager).returns.toExtend<TokenManager>()
    expectTypeOf<Omit<BaserowJwtManagerOptions, keyof TuningOptions>>().toEqualTypeOf<{
      baseUrl: string
      email?: string | undefined
      password?: string | undefined
      totp?: (() => string | Promise<string>) | undefined
      refreshMarginSeconds?: number | 'auto' | undefined
    }>()
    createBaserowJwtManager({ baseUrl: 'x', email: process.env['EMAIL'], password: process.env['PASSWORD'], logger })
    createBaserowJwtManager({ baseUrl: 'x', totp: async () => '123456' })
    // @ts-expect-error the base URL is not optional
    createBaserowJwtManager({ email: 'a', password: 'b' })
    // @ts-expect-error a code is text: it may begin with 0
    createBaserowJwtManager({ baseUrl: 'x', totp: () => 123456 })
    // @ts-expect-error it has its provider
    createBaserowJwtManager({ baseUrl: 'x', provider })
  })

  test('has the classes and the type of the old module', () => {
    expectTypeOf(BaserowJwtManagerImpl).toBeConstructibleWith({ baseUrl: 'x', email: undefined })
    expectTypeOf(new BaserowJwtManagerImpl({ baseUrl: 'x' })).toExtend<TokenManager>()
    expectTypeOf(BaserowJwtManagerDisabled).constructorParameters.toEqualTypeOf<[]>()
    expectTypeOf(new BaserowJwtManagerDisabled()).toExtend<TokenManager>()
    expectTypeOf<BaserowJwtManager>().toEqualTypeOf<{ getToken(options?: GetTokenOptions): Promise<string>; isEnabled(): boolean }>()
    expectTypeOf<{ getToken: () => Promise<string>; isEnabled: () => true }>().toExtend<BaserowJwtManager>()
    // @ts-expect-error options are not optional
    new BaserowJwtManagerImpl()
  })
})

test('fromEnv reads an environment, by default that of the process', () => {
  expectTypeOf(fromEnv).toEqualTypeOf<(env?: Record<string, string | undefined>) => TokenManager>()
  fromEnv(process.env)
  // @ts-expect-error variables are text
  fromEnv({ TOKENKEEP_REFRESH_INTERVAL: 5 })
})

describe('a manager', () => {
  test('has these calls and no others', () => {
    expectTypeOf<keyof TokenManager>().toEqualTypeOf<
      | 'getToken'
      | 'isEnabled'
      | 'peek'
      | 'getScopedToken'
      | 'authorization'
      | 'invalidate'
      | 'logout'
      | 'replaceProvider'
      | 'exportTokens'
      | 'status'
      | 'isDeadToken'
      | 'on'
      | 'off'
      | 'close'
      | typeof Symbol.asyncDispose
    >()
    expectTypeOf(manager.getToken).toEqualTypeOf<(options?: GetTokenOptions) => Promise<string>>()
    expectTypeOf(manager.isEnabled).returns.toEqualTypeOf<boolean>()
    expectTypeOf(manager.peek).toEqualTypeOf<() => string | null>()
    expectTypeOf(manager.getScopedToken).toEqualTypeOf<(scope: string, options?: GetTokenOptions) => Promise<string>>()
    expectTypeOf(manager.authorization).toEqualTypeOf<(options?: GetTokenOptions) => Promise<string>>()
    expectTypeOf(manager.invalidate).toEqualTypeOf<(token?: string) => Promise<void>>()
    expectTypeOf(manager.logout).toEqualTypeOf<() => Promise<void>>()
    expectTypeOf(manager.replaceProvider).toEqualTypeOf<(provider: Provider) => Promise<void>>()
    expectTypeOf(manager.exportTokens).toEqualTypeOf<() => Promise<string>>()
    expectTypeOf(manager.status).toEqualTypeOf<() => TokenStatus>()
    expectTypeOf(manager.isDeadToken).toEqualTypeOf<(answer: ApiAnswer) => boolean>()
    expectTypeOf(manager.close).toEqualTypeOf<() => Promise<void>>()
  })

  test('ends with its block', async () => {
    await using disposed = createTokenManager({ provider })
    expectTypeOf(disposed).toExtend<AsyncDisposable>()
  })

  test('is asked with a signal or with force', () => {
    expectTypeOf<GetTokenOptions>().toEqualTypeOf<{ signal?: AbortSignal | undefined; forceRefresh?: boolean | undefined }>()
    void manager.getToken({ signal: undefined, forceRefresh: undefined })
    // @ts-expect-error a signal is no option of its own
    void manager.getToken(AbortSignal.timeout(5))
    // @ts-expect-error yes or no
    void manager.getToken({ forceRefresh: 'yes' })
    // @ts-expect-error which scope?
    void manager.getScopedToken()
    // @ts-expect-error not a provider
    void manager.replaceProvider({ baseUrl: 'x' })
    // @ts-expect-error a token or nothing
    void manager.invalidate(null)
  })

  test('judges an answer by its status, headers and body', () => {
    expectTypeOf<ApiAnswer>().toEqualTypeOf<{ status: number; headers: Headers | Record<string, string | readonly string[] | undefined>; body?: unknown }>()
    manager.isDeadToken({ status: 401, headers: new Headers() })
    manager.isDeadToken({ status: 401, headers: { 'www-authenticate': ['a', 'b'] }, body: new Uint8Array() })
    manager.isDeadToken(new Response())
    // @ts-expect-error the headers tell, too
    manager.isDeadToken({ status: 401 })
  })

  test('says how it is doing', () => {
    expectTypeOf<EpochMs>().toEqualTypeOf<number>()
    expectTypeOf<TokenSource>().toEqualTypeOf<'login' | 'refresh' | 'store' | 'environment' | 'backup'>()
    expectTypeOf<TokenStatus>().toEqualTypeOf<{
      state: 'disabled' | 'empty' | 'valid' | 'expiring' | 'expired'
      account: string | null
      source: TokenSource | null
      expiresAt: number | null
      refreshAt: number | null
      savedAt: number | null
      renewing: boolean
      clockSkewMs: number | null
      scopes: string[]
      location: string | null
      recent: { at: number; how: TokenSource; durationMs: number; error?: TokenErrorCode }[]
      lastError: { code: TokenErrorCode; message: string; at: number } | null
      counters: { logins: number; refreshes: number; failures: number; storeHits: number; invalidations: number }
    }>()
    // @ts-expect-error there may be no token
    const expiresAt: number = manager.status().expiresAt
    void expiresAt
  })
})

describe('a pool', () => {
  test('asks who an account is, at once', () => {
    expectTypeOf(createTokenPool).toEqualTypeOf<(options: TokenPoolOptions) => TokenPool>()
    expectTypeOf<Omit<TokenPoolOptions, keyof TuningOptions>>().toEqualTypeOf<{
      provider: (account: string) => Provider
      capacity?: number | undefined
      maxConcurrentLogins?: number | undefined
      refreshMarginSeconds?: number | 'auto' | undefined
    }>()
    expectTypeOf<TokenPoolOptions>().toExtend<TuningOptions>()
    createTokenPool({ provider: () => provider })
    // @ts-expect-error not a promise of a provider
    createTokenPool({ provider: async () => provider })
    // @ts-expect-error for each account
    createTokenPool({ provider })
    // @ts-expect-error not optional
    createTokenPool({ capacity: 5 })
  })

  test('has the calls of a manager, each with an account', () => {
    expectTypeOf<keyof TokenPool>().toEqualTypeOf<
      'account' | 'getToken' | 'getScopedToken' | 'peek' | 'invalidate' | 'status' | 'on' | 'off' | 'close' | typeof Symbol.asyncDispose
    >()
    expectTypeOf(pool.account).toEqualTypeOf<(id: string) => TokenManager>()
    expectTypeOf(pool.getToken).toEqualTypeOf<(id: string, options?: GetTokenOptions) => Promise<string>>()
    expectTypeOf(pool.getScopedToken).toEqualTypeOf<(id: string, scope: string, options?: GetTokenOptions) => Promise<string>>()
    expectTypeOf(pool.peek).toEqualTypeOf<(id: string) => string | null>()
    expectTypeOf(pool.invalidate).toEqualTypeOf<(id: string, token?: string) => Promise<void>>()
    expectTypeOf(pool.status).toEqualTypeOf<() => TokenPoolStatus>()
    expectTypeOf(pool.close).toEqualTypeOf<() => Promise<void>>()
    expectTypeOf<TokenPoolStatus>().toEqualTypeOf<{ accounts: number; states: Record<TokenStatus['state'], number>; counters: TokenStatus['counters'] }>()
    // @ts-expect-error of whom?
    void pool.getToken()
    // @ts-expect-error which scope?
    void pool.getScopedToken('ann')
    // @ts-expect-error no number
    void pool.getToken(7)
  })
})

describe('a logger', () => {
  test('is console, pino, or anything of that shape', () => {
    expectTypeOf<Console>().toExtend<Logger>()
    expectTypeOf<{ debug(): void; info(): void; warn(): void; error(): void }>().toExtend<Logger>()
    createTokenManager({ provider, logger: { ...logger, child: (_bindings: { service?: string }) => logger } })
    createTokenManager({ provider, logger: { ...logger, child: undefined } })
    // @ts-expect-error a child is a logger
    createTokenManager({ provider, logger: { ...logger, child: () => 'line' } })
  })
})

describe('an error', () => {
  test('has a code, a status and a time', () => {
    const error = new TokenError({ code: 'TIMEOUT', message: 'slow', statusCode: undefined, retryAfterMs: undefined, cause: 1 })
    expectTypeOf(error).toExtend<Error>()
    expectTypeOf(error.code).toEqualTypeOf<TokenErrorCode>()
    expectTypeOf(error.statusCode).toEqualTypeOf<number>()
    expectTypeOf(error.retryable).toEqualTypeOf<boolean>()
    expectTypeOf(error.retryAfterMs).toEqualTypeOf<number | undefined>()
    // @ts-expect-error no such code
    new TokenError({ code: 'OOPS', message: 'x' })
    // @ts-expect-error what happened?
    new TokenError({ code: 'TIMEOUT' })
    // @ts-expect-error not to be changed
    error.code = 'NETWORK'
  })

  test('of the drop-in is one, and is made as the old one', () => {
    expectTypeOf(BaserowAuthError).instance.toExtend<TokenError>()
    new BaserowAuthError('own', 418)
    new BaserowAuthError('own', 418, { code: 'NETWORK', retryAfterMs: 5, cause: 'x' })
    // @ts-expect-error with which status?
    new BaserowAuthError('own')
  })
})
