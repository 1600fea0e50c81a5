// Refresh tokens that work once, as the server saw them spent.
import type { TokenServer } from 'tokenkeep/testing'
import { expect } from 'vitest'

/** A request that is in the socket when its sender dies is counted when the server, in this very process, comes to read it. */
const ON_ITS_WAY_MS = 1000

export class Spending {
  readonly #server: TokenServer
  /** All that were sent, in order. */
  readonly #spent: Array<{ token: string; at: number }> = []
  #seen: TokenServer['requests'][number] | undefined
  /** When somebody was killed or stopped who held the lock: the reply to its request may have been lost. */
  readonly lost: number[] = []

  constructor(server: TokenServer) {
    this.#server = server
  }

  /** Takes down what was sent since the last time, which has to be before the server has forgotten it. */
  collect(): void {
    const { requests } = this.#server
    const unseen = requests.slice(this.#seen === undefined ? 0 : requests.lastIndexOf(this.#seen) + 1)
    // The server keeps the last thousand.
    expect(unseen.length).toBeLessThan(1000)
    this.#seen = unseen.at(-1) ?? this.#seen
    for (const { path, body, at } of unseen) {
      if (path === '/auth/refresh') this.#spent.push({ token: (JSON.parse(body) as { refresh_token: string }).refresh_token, at })
    }
  }

  /** The tokens that were used again without a lost reply of their own between two uses. */
  unexplained(): string[] {
    this.collect()
    const first = new Map<string, number>()
    const deaths = [...this.lost]
    return this.#spent.flatMap(({ token, at }) => {
      const before = first.get(token)
      if (before === undefined) {
        first.set(token, at)
        return []
      }
      const death = deaths.findIndex((when) => when >= before - ON_ITS_WAY_MS && when <= at)
      if (death < 0) return [token]
      deaths.splice(death, 1)
      return []
    })
  }
}
