// Medians: a neighbour that takes the processor for a while moves a mean, and not a median.
import type { Rounds } from './sides'

export interface Spread {
  median: number
  /** The middle half of the rounds lies between these. */
  low: number
  high: number
}

export function spread(numbers: readonly number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) }
}

export function median(numbers: readonly number[]): number {
  return spread(numbers).median
}

/** How many times the baseline's cost ours is, round by round: what disturbs a round disturbs both. Above 1 ours is less. */
export function ratio({ tokenkeep, baseline }: Rounds): Spread {
  return spread(tokenkeep.map((ours, round) => baseline[round]! / ours))
}

function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part
  const below = sorted[Math.floor(at)] ?? Number.NaN
  return below + ((sorted[Math.ceil(at)] ?? below) - below) * (at % 1)
}
