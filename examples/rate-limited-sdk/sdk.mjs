// The SDK: what its authors write, so that its users' many short processes share one rate-limited login.
import { createTokenManager, fileStore, jsonLogin } from 'tokenkeep'

const login = (baseUrl, apiKey) => jsonLogin({ url: `${baseUrl}/auth/token`, body: { api_key: apiKey } })

export class Colony {
  #baseUrl
  #tokens

  /** `cache: true` shares the session with other processes, in the platform's cache folder or in `cacheDir`. */
  constructor({ baseUrl, apiKey, cache = false, cacheDir, logger, timeoutMs, deadlineMs }) {
    this.#baseUrl = baseUrl
    this.#tokens = createTokenManager({
      provider: login(baseUrl, apiKey),
      // Without a store it is kept in memory: nothing goes to a user's disk unasked.
      store: cache ? fileStore({ dir: cacheDir }) : undefined,
      // No request begins with a token that has less than this left.
      refreshMarginSeconds: 60,
      logger,
      timeoutMs,
      deadlineMs,
    })
  }

  /** Where the session is; null: in memory alone. */
  get location() {
    return this.#tokens.status().location
  }

  async whoAmI() {
    const response = await this.#get('/api/me')
    if (!response.ok) throw new Error(`Colony answered ${response.status}`)
    return (await response.json()).account
  }

  async #get(path) {
    const ask = (token) => fetch(this.#baseUrl + path, { headers: { authorization: `Bearer ${token}` } })
    const token = await this.#tokens.getToken()
    const response = await ask(token)
    if (response.status !== 401) return response
    await this.#tokens.invalidate(token)
    return ask(await this.#tokens.getToken())
  }

  /** The token is dead, says somebody who knows. */
  forgetToken() {
    return this.#tokens.invalidate()
  }

  logout() {
    return this.#tokens.logout()
  }

  /** Another key from now on. */
  rotateKey(apiKey) {
    return this.#tokens.replaceProvider(login(this.#baseUrl, apiKey))
  }

  close() {
    return this.#tokens.close()
  }
}
