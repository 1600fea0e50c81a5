// What must compile, and what must not.
import { TokenError, createBaserowJwtManager } from 'tokenkeep'
import type { BaserowJwtManagerImpl, GetTokenOptions, Logger, TokenErrorCode, TokenEvent, TokenManager, TokenStatus } from 'tokenkeep'

export async function compiles(email: string | undefined): Promise<void> {
  await using manager = createBaserowJwtManager({ baseUrl: 'https://b/api', email, password: undefined, logger: console })
  const whole: TokenManager = manager
  const token: string = await whole.getToken({ signal: undefined, forceRefresh: undefined })
  const current: string | null = whole.peek()
  const header: string = await whole.authorization({ signal: AbortSignal.timeout(5) })
  const status: TokenStatus = whole.on('login', (event: TokenEvent) => event.expiresAt).off('failure', () => {}).status()
  const code: TokenErrorCode | undefined = status.lastError?.code
  const error = new TokenError({ code: 'TIMEOUT', message: 'slow', cause: 1 })
  const details: [number, boolean, number | undefined] = [error.statusCode, error.retryable, error.retryAfterMs]
  await whole.invalidate(token)
  await whole.logout()
  await whole.close()
  void [current, header, code, details]
}

// Only the public face counts: a user's own double is a manager.
export declare const double: Omit<TokenManager, never>
export const asClass: BaserowJwtManagerImpl = double
export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} }
export const childless: Logger = { ...quiet, child: undefined }
export const parent: Logger = { ...quiet, child: (_bindings: { service?: string }) => quiet }

// @ts-expect-error the base URL is not optional
createBaserowJwtManager({ email: 'a', password: 'b' })
// @ts-expect-error a margin is a number of seconds
createBaserowJwtManager({ baseUrl: 'x', refreshMarginSeconds: '60' })
// @ts-expect-error a store is made by one of the functions
createBaserowJwtManager({ baseUrl: 'x', store: {} })
// @ts-expect-error no such code
new TokenError({ code: 'OOPS', message: 'x' })
// @ts-expect-error a signal is no option of its own
export const wrong: GetTokenOptions = AbortSignal.timeout(5)
