import { AsyncResource } from 'node:async_hooks'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import type { Account } from './account'
import type { TokenInvalidation, TokenRenewal, TokenRenewalCause, TokenRestoration, TokenSource } from './api'
import { TokenError } from './errors'
import { attemptsOf } from './events'
import type { Settled } from './native'
import { attach, within } from './otel'

const renewals = tracingChannel<unknown, TokenRenewal>('tokenkeep.renew')
const invalidations = channel('tokenkeep.invalidate')
const restorations = channel('tokenkeep.restore')

/**
 * One flight, for those who watch the whole process by `node:diagnostics_channel`. Told by the manager that began it, so once
 * however many wait; and where nobody watches, there is none.
 */
export class Trace {
  readonly #told: TokenRenewal

  private constructor(account: Account, cause: TokenRenewalCause) {
    this.#told = { ...account.native.whose(), cause }
  }

  /** Of a flight that has just begun; nothing if nobody wants to know. */
  static of(account: Account, cause: TokenRenewalCause): Trace | undefined {
    attach()
    return renewals.hasSubscribers ? new Trace(account, cause) : undefined
  }

  /** Tells of the beginning, here and now. Answers what the flight's callbacks are to run in: with what the watchers keep there. */
  depart(): AsyncResource {
    const told = this.#told
    const caller = renewals.start.runStores(told, () => within(told, newCaller))
    renewals.end.publish(told)
    return caller
  }

  /** Tells of the end. */
  arrive(settled: Settled, error: TokenError | undefined): void {
    const { how, at, durationMs, expiresAt } = settled
    const told = this.#told
    told.outcome = error === undefined ? 'success' : 'failure'
    if (how !== undefined) told.how = how as TokenSource
    // One that was lost was not timed.
    told.at = at || Date.now()
    told.durationMs = durationMs
    told.attempts = attemptsOf(settled)
    if (error === undefined) {
      if (expiresAt !== undefined) told.expiresAt = expiresAt
    } else {
      told.error = bare(error)
      renewals.error.publish(told as TokenRenewal & { error: TokenError })
    }
    renewals.asyncStart.publish(told)
    renewals.asyncEnd.publish(told)
  }
}

/** What callbacks run in: as whoever calls now. */
export function newCaller(): AsyncResource {
  return new AsyncResource('tokenkeep', { requireManualDestroy: true })
}

/** A token of `account` was dropped. */
export function tellInvalidation(account: Account, at: number): void {
  attach()
  if (!invalidations.hasSubscribers) return
  invalidations.publish({ ...account.native.whose(), at } satisfies TokenInvalidation)
}

/** A session of `account` was taken over. */
export function tellRestoration(account: Account, { how, at, durationMs, expiresAt }: Settled): void {
  if (!restorations.hasSubscribers) return
  const source = how as TokenRestoration['source']
  const expiry = expiresAt === undefined ? undefined : { expiresAt }
  restorations.publish({ ...account.native.whose(), source, at, durationMs, ...expiry } satisfies TokenRestoration)
}

/** The same failure without what lies underneath. */
function bare({ code, message, statusCode, retryAfterMs, stack }: TokenError): TokenError {
  const error = new TokenError({ code, message, statusCode, ...(retryAfterMs === undefined ? undefined : { retryAfterMs }) })
  if (stack !== undefined) error.stack = stack
  return error
}
