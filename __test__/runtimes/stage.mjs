// The servers of `tokenkeep/testing`, as a program of any runtime has them: they run in a process of their own (scripts/runtimes/server.mjs),
// and are asked over HTTP.

export class Stage {
  #home
  #fetch
  #begun = []

  constructor(home, fetch = globalThis.fetch) {
    this.#home = home
    this.#fetch = (...args) => fetch(...args)
  }

  /** A Baserow. What it is about besides its address are `counters()` and `call()`, with the names of the methods of a `BaserowServer`. */
  baserow(options) {
    return this.#start('baserow', options)
  }

  /** A server with a JSON login and OAuth. */
  tokens(options) {
    return this.#start('tokens', options)
  }

  /** Closes all that was started since the last time. */
  async clear() {
    for (const id of this.#begun.splice(0)) await this.#ask('close', { id })
  }

  async #start(kind, options = {}) {
    const { id, ...about } = await this.#ask('start', { kind, options })
    this.#begun.push(id)
    const requests = () => this.#ask('requests', { id })
    return {
      ...about,
      counters: () => this.#ask('counters', { id }),
      requests,
      /** How many there were of what is no preflight of a browser and no look at the API. */
      posts: async () => (await requests()).filter(({ method }) => method === 'POST').length,
      call: (method, ...args) => this.#ask('call', { id, method, args }),
    }
  }

  async #ask(what, body) {
    // Plain text asks for no preflight.
    const response = await this.#fetch(`${this.#home}/${what}`, { method: 'POST', body: JSON.stringify(body) })
    const said = await response.json()
    if (!response.ok) throw new Error(`the stage said: ${said.error}`)
    return said
  }
}
