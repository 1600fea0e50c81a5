import type { IncomingHttpHeaders } from 'node:http'
import type { Accounts } from './accounts'
import type { Answer } from './answers'
import type { BaserowCounters } from './handle'
import type { Settings } from './settings'
import type { AttemptLimit, Throttle } from './throttle'
import type { Tokens } from './tokens'

/** A request that has arrived in full. */
export interface Exchange {
  readonly method: string
  /** without the query */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What the endpoints share: one Baserow without its sockets. */
export interface Backend {
  readonly settings: Settings
  readonly accounts: Accounts
  readonly tokens: Tokens
  readonly throttle: Throttle
  readonly twoFactorAttempts: AttemptLimit
  readonly counters: { -readonly [K in keyof BaserowCounters]: number }
}

/** One endpoint's behaviour. */
export type Handler = (backend: Backend, exchange: Exchange) => Answer
