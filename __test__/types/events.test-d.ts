// What a manager tells, as the compiler sees it.
import type {
  TokenAttempt,
  TokenError,
  TokenErrorCode,
  TokenEvent,
  TokenEventName,
  TokenInvalidation,
  TokenManager,
  TokenPool,
  TokenRenewal,
  TokenRenewalCause,
  TokenRestoration,
  TokenSource,
} from 'tokenkeep'
import { expectTypeOf, test } from 'vitest'

declare const manager: TokenManager
declare const pool: TokenPool

test('listeners come and go, and calls can be chained', () => {
  expectTypeOf<TokenEventName>().toEqualTypeOf<'login' | 'refresh' | 'restore' | 'invalidate' | 'failure'>()
  expectTypeOf(manager.on('login', () => {}).off('failure', () => {})).toEqualTypeOf<TokenManager>()
  expectTypeOf(pool.on('login', ({ account }) => void account).off('refresh', () => {})).toEqualTypeOf<TokenPool>()
  // @ts-expect-error no such event
  manager.on('renewal', () => {})
  // @ts-expect-error a listener is given an event
  manager.on('login', (event: string) => event)
  // @ts-expect-error to whom?
  pool.on('login')
})

test('an event has what a dashboard needs', () => {
  expectTypeOf<TokenEvent>().toEqualTypeOf<{
    name: TokenEventName
    account: string
    at: number
    durationMs?: number
    expiresAt?: number
    source?: TokenSource
    error?: TokenError
    attempts?: TokenAttempt[]
  }>()
  expectTypeOf<TokenAttempt>().toEqualTypeOf<{ how: TokenSource; durationMs: number; error?: TokenErrorCode }>()
})

test('the channels tell of renewals, of tokens that were dropped, and of sessions that were taken over', () => {
  expectTypeOf<TokenRenewalCause>().toEqualTypeOf<'first' | 'invalidated' | 'margin' | 'expired' | 'ahead' | 'background' | 'forced' | 'login' | 'interval'>()
  expectTypeOf<TokenRenewal>().toEqualTypeOf<{
    account: string
    host: string
    provider: string
    cause: TokenRenewalCause
    outcome?: 'success' | 'failure'
    how?: TokenSource
    at?: number
    durationMs?: number
    expiresAt?: number
    attempts?: TokenAttempt[]
    error?: TokenError
  }>()
  expectTypeOf<TokenInvalidation>().branded.toEqualTypeOf<{ account: string; host: string; provider: string; at: number }>()
  expectTypeOf<TokenRestoration>().branded.toEqualTypeOf<{
    account: string
    host: string
    provider: string
    at: number
    source: 'store' | 'environment' | 'backup'
    durationMs: number
    expiresAt?: number
  }>()
})

test('every code is known by its name', () => {
  expectTypeOf<TokenErrorCode>().toEqualTypeOf<
    | 'NOT_CONFIGURED'
    | 'INVALID_CREDENTIALS'
    | 'TWO_FACTOR_REQUIRED'
    | 'UNEXPECTED_STATUS'
    | 'RATE_LIMITED'
    | 'SERVER_ERROR'
    | 'BAD_RESPONSE'
    | 'NETWORK'
    | 'TIMEOUT'
    | 'COOLING_DOWN'
    | 'SCOPE_NOT_GRANTED'
    | 'STORE'
    | 'CLOSED'
    | 'INVALID_OPTION'
  >()
})
