import type { Origins } from '../origins'
import { type Authorizer, authorize, isRefused } from '../refusal'
import { arrived, discard, peek } from './answer'
import type { Outgoing } from './outgoing'
import { networkError, nextStop } from './redirect'

/** As the Fetch standard has it. */
const MOST_REDIRECTS = 20

/** One call: the request, its redirects, and at most one repetition. */
export class Exchange {
  readonly #manager: Authorizer
  readonly #origins: Origins
  readonly #platform: typeof fetch
  readonly #outgoing: Outgoing
  #redirects = 0
  /** Have all hops been to listed origins? */
  #listed = true
  #repeated = false

  constructor(manager: Authorizer, origins: Origins, platform: typeof fetch, outgoing: Outgoing) {
    this.#manager = manager
    this.#origins = origins
    this.#platform = platform
    this.#outgoing = outgoing
  }

  async run(): Promise<Response> {
    try {
      for (;;) {
        const response = await this.#send()
        if (response === null || (await this.#follow(response))) continue
        return this.#redirects > 0 ? arrived(response, this.#outgoing.hasCrossedOrigins) : response
      }
    } finally {
      this.#outgoing.release()
    }
  }

  /** `null`: the token was dead, and the request is to be sent again. */
  async #send(): Promise<Response | null> {
    const outgoing = this.#outgoing
    // By the platform's own reading of the URL that each hop is sent to. Whoever is not listed must not choose what is done with a token.
    this.#listed &&= this.#origins.has(outgoing.url)
    const header = this.#listed ? await authorize(this.#manager, outgoing.signal) : undefined
    // Not as a method of ours: that of a browser is nobody's but the page's.
    const platform = this.#platform
    const response = await platform(...outgoing.next(header))
    if (header === undefined || response.status !== 401) return response
    const { status, headers } = response
    const refused = await this.#discardOnFailure(response, async () => {
      return isRefused(this.#manager, header, { status, headers, body: await peek(response) })
    })
    if (!refused || this.#repeated || !outgoing.isReplayable) return response
    this.#repeated = true
    discard(response)
    return null
  }

  /** Is there another hop to go? */
  async #follow(response: Response): Promise<boolean> {
    const outgoing = this.#outgoing
    if (!outgoing.follows) return false
    return this.#discardOnFailure(response, () => {
      const location = nextStop(response, outgoing.url)
      if (location === null) return false
      if (this.#redirects === MOST_REDIRECTS) throw networkError('redirect count exceeded')
      this.#redirects++
      outgoing.redirect(location, response.status)
      discard(response)
      return true
    })
  }

  async #discardOnFailure<T>(response: Response, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      discard(response)
      throw error
    }
  }
}
