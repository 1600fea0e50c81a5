// The two that are compared, made alike.
import type * as tokenkeep from '../lib/index'
import type * as baseline from './baseline'

export type Side = 'tokenkeep' | 'baseline'
export const SIDES: readonly Side[] = ['tokenkeep', 'baseline']

/** One number per round for either side. */
export type Rounds = Record<Side, number[]>

/** What both sides can do. */
export interface Contestant {
  getToken(options?: { forceRefresh?: boolean }): Promise<string>
}

export const ACCOUNT = { email: 'bench@example.com', password: 'a password that is only used here' }

/** Takes lines and drops them: a real logger would cost both sides the same, and hide the rest. */
const logger = { debug: drop, info: drop, warn: drop, error: drop, child: () => logger }
function drop(): void {}

/** Loads one side and nothing of the other: a process that is measured must not pay for both. */
export function contestant(side: 'tokenkeep', baseUrl: string): tokenkeep.BaserowJwtManager & tokenkeep.TokenManager
export function contestant(side: Side, baseUrl: string): Contestant
export function contestant(side: Side, baseUrl: string): Contestant {
  const options = { baseUrl, ...ACCOUNT, logger }
  const dir = process.env.BENCH_STORE
  // Both by path: to find a package by its name costs the same whosever it is. The types are of lib/, the code of dist/.
  if (side === 'tokenkeep') {
    const { createBaserowJwtManager, fileStore } = require('../../dist/index.cjs') as typeof tokenkeep
    return createBaserowJwtManager(dir === undefined ? options : { ...options, store: fileStore({ dir }) })
  }
  return (require('./baseline.cjs') as typeof baseline).createBaserowJwtManager(options)
}

export function noRounds(): Rounds {
  return { tokenkeep: [], baseline: [] }
}

/** Who goes first changes from round to round: whatever the first leaves behind (garbage, heat) is the second's to bear. */
export function inTurn(round: number): readonly Side[] {
  return round % 2 === 0 ? SIDES : [...SIDES].reverse()
}
