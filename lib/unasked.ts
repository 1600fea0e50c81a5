import type { TuningOptions } from './api'
import { invalid, number } from './checks'
import { type Env, flag } from './environment/variables'

/** What is renewed without anybody's asking. */
export interface Unasked {
  /** Ahead of time, by a timer of the native side. */
  background: boolean
  /** Every so often. */
  intervalSeconds: number | undefined
}

/** What the options say about it. `TOKENKEEP_AUTO_REFRESH=false` switches all of it off, wherever it was switched on. */
export function unaskedOf({ refresh, refreshIntervalSeconds }: TuningOptions, env: Env = process.env): Unasked {
  const modes: unknown[] = ['on-demand', 'background', undefined, null]
  if (!modes.includes(refresh)) throw invalid('refresh', "must be 'on-demand' or 'background'")
  const intervalSeconds = number(refreshIntervalSeconds, 'refreshIntervalSeconds', { above: 0 })
  const background = refresh === 'background'
  const isWanted = background || intervalSeconds !== undefined
  if (isWanted && flag(env, 'TOKENKEEP_AUTO_REFRESH') === false) return { background: false, intervalSeconds: undefined }
  return { background, intervalSeconds }
}
