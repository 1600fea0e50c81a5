// fetch, undici, axios and Fastify as the compiler sees them, beside the libraries that they are for.
import axios from 'axios'
import fastify from 'fastify'
import type { FastifyPluginAsync } from 'fastify'
import type { TokenManager, TokenPool } from 'tokenkeep'
import { type AttachAuthOptions, attachAuth } from 'tokenkeep/axios'
import byDefault, { type Condition, type Keeper, type TokenPluginOptions, tokenPlugin } from 'tokenkeep/fastify'
import { type ApiAnswer, type AuthFetchOptions, type Authorizer, authFetch } from 'tokenkeep/fetch'
import { type AuthInterceptorOptions, authInterceptor } from 'tokenkeep/undici'
import { Agent, type Dispatcher } from 'undici'
import { expectTypeOf, test } from 'vitest'

declare const manager: TokenManager
declare const pool: TokenPool
const origins = ['https://api.example.com']

test('whoever authorises, invalidates and judges is enough, and a manager does', () => {
  expectTypeOf<TokenManager>().toExtend<Authorizer>()
  expectTypeOf<Authorizer>().toEqualTypeOf<{
    authorization(options?: { signal?: AbortSignal | undefined }): Promise<string>
    invalidate(token?: string): Promise<void>
    isDeadToken(answer: ApiAnswer): boolean
  }>()
  expectTypeOf<ApiAnswer>().toEqualTypeOf<{ status: number; headers: Headers | Record<string, string | readonly string[] | undefined>; body?: unknown }>()
})

test('fetch', () => {
  expectTypeOf(authFetch).toEqualTypeOf<(manager: Authorizer, options: AuthFetchOptions) => typeof fetch>()
  expectTypeOf<AuthFetchOptions>().toEqualTypeOf<{ origins: readonly string[]; fetch?: typeof fetch | undefined }>()
  authFetch(manager, { origins: ['https://b.test'] as const, fetch: undefined })
  authFetch(pool.account('ann'), { origins, fetch: authFetch(manager, { origins }) })
  // @ts-expect-error the origins are not optional
  authFetch(manager, {})
  // @ts-expect-error a list of them
  authFetch(manager, { origins: 'https://b.test' })
  // @ts-expect-error whose token?
  authFetch(pool, { origins })
})

test('undici', () => {
  expectTypeOf(authInterceptor).toEqualTypeOf<(manager: Authorizer, options: AuthInterceptorOptions) => Dispatcher.DispatcherComposeInterceptor>()
  expectTypeOf<AuthInterceptorOptions>().toEqualTypeOf<{ origins: readonly string[] }>()
  expectTypeOf(new Agent().compose(authInterceptor(manager, { origins }))).toExtend<Dispatcher>()
  // @ts-expect-error not a manager
  authInterceptor({}, { origins })
  // @ts-expect-error the origins are not optional
  authInterceptor(manager)
})

test('axios', () => {
  expectTypeOf(attachAuth).parameters.toEqualTypeOf<[instance: ReturnType<typeof axios.create>, manager: Authorizer, options: AttachAuthOptions]>()
  expectTypeOf(attachAuth).returns.toEqualTypeOf<() => void>()
  expectTypeOf<AttachAuthOptions>().toEqualTypeOf<{ origins: readonly string[] }>()
  attachAuth(axios, manager, { origins })
  // @ts-expect-error not an instance
  attachAuth({}, manager, { origins })
  // @ts-expect-error the origins are not optional
  attachAuth(axios.create(), manager, {})
})

test('Fastify', () => {
  expectTypeOf(byDefault).toEqualTypeOf(tokenPlugin)
  expectTypeOf(tokenPlugin).toExtend<FastifyPluginAsync<TokenPluginOptions>>()
  expectTypeOf<keyof TokenPluginOptions>().toEqualTypeOf<'manager' | 'name' | 'health'>()
  expectTypeOf<TokenPluginOptions['name']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<TokenPluginOptions['health']>().toEqualTypeOf<string | undefined>()
  expectTypeOf<TokenPluginOptions['manager']>().toEqualTypeOf<Keeper>()
  expectTypeOf<Keeper>().toEqualTypeOf<{ status(): Condition; close(): Promise<void> }>()
  expectTypeOf<TokenManager>().toExtend<Keeper>()
  expectTypeOf<TokenPool>().toExtend<Keeper>()
  expectTypeOf<ReturnType<TokenManager['status'] | TokenPool['status']>>().toExtend<Condition>()
  const app = fastify()
  void app.register(tokenPlugin, { manager, name: 'tokens', health: '/health' })
  void app.register(byDefault, { manager, name: undefined, health: undefined })
  // @ts-expect-error the manager is not optional
  void app.register(tokenPlugin, {})
  // @ts-expect-error a path
  void app.register(tokenPlugin, { manager, health: true })
})
