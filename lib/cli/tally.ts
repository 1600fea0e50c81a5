import type { TokenEvent, TokenEventName, TokenManager, TokenSource } from '../api'

const TOLD: TokenEventName[] = ['login', 'refresh', 'restore', 'failure']

/** What a manager's own counters do not tell apart: where a token came from when a renewal had failed, and each try that failed. */
export class Tally {
  readonly fallbacks = { environment: 0, backup: 0 }
  readonly failedTries: Partial<Record<TokenSource, number>> = { login: 0, refresh: 0 }

  constructor(manager: TokenManager) {
    for (const name of TOLD) manager.on(name, (event) => this.#count(event))
  }

  #count({ name, source, attempts = [] }: TokenEvent): void {
    if (name === 'restore' && (source === 'environment' || source === 'backup')) this.fallbacks[source]++
    for (const { how, error } of attempts) if (error !== undefined) this.failedTries[how] = (this.failedTries[how] ?? 0) + 1
  }
}
