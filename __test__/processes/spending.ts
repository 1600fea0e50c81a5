// Refresh tokens that work once, as the server saw them spent.
import type { TokenServer } from 'tokenkeep/testing'
import { expect } from 'vitest'

/** A request that is in the socket when its sender dies is counted when the server, in this very process, comes to read it. */
const ON_ITS_WAY_MS = 1000

/** Somebody was killed or stopped who held the lock. */
export interface Blow {
  at: number
  /** When he went on, if he did. */
  wentOn?: number
}

export class Spending {
  readonly #server: TokenServer
  /** All that were sent, in order. */
  readonly #spent: Array<{ token: string; at: number }> = []
  #seen: TokenServer['requests'][number] | undefined
  /** The reply to a request of theirs may have been lost. */
  readonly lost: Blow[] = []

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

  /**
   * The tokens that were used again without a blow of their own that explains it: the reply to the first use was lost in it, or the second use
   * was about to leave (docs/fleet.md, "A pause just before the request").
   */
  unexplained(): string[] {
    this.collect()
    const first = new Map<string, number>()
    const blows = [...this.lost]
    return this.#spent.flatMap(({ token, at: again }) => {
      const once = first.get(token)
      if (once === undefined) {
        first.set(token, again)
        return []
      }
      const losesReply = ({ at }: Blow) => at >= once - ON_ITS_WAY_MS && at <= again
      const isLate = ({ at, wentOn = Infinity }: Blow) => at <= once && again >= wentOn && again <= wentOn + ON_ITS_WAY_MS
      const blow = blows.findIndex((each) => losesReply(each) || isLate(each))
      if (blow < 0) return [token]
      blows.splice(blow, 1)
      return []
    })
  }
}
