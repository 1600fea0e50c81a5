// Who takes part: fifty accounts, of every kind that the package has.
import { inspect } from 'node:util'
import * as tokenkeep from '../../target/waypoints/dist/index.mjs'
import { DEFAULT_KEY } from '../../target/waypoints/dist/testing.mjs'
import { TIMEOUT_MS } from './weather.mjs'

/** Of every access token. */
export const LIFETIME_MS = 300
export const ACCOUNTS = 50
export const USERS = Array.from({ length: ACCOUNTS }, (_, number) => ({
  email: `user${number}@example.com`,
  password: `the password of number ${number}`,
}))

const POOLED = ACCOUNTS - 5

/** Passwords, JWTs, and the opaque tokens of the rotating server: 32 bytes in base64url. */
const SECRETS = /the password of number|eyJ[\w-]{10,}\.[\w-]{10,}|(?<![\w-])[\w-]{43}(?![\w-])/

/** Opens managers for the accounts, on this thread. */
export class Cast {
  #urls
  #dir
  #pool

  /** `urls`: of the two servers; `dir`: of the file store. */
  constructor({ urls, dir }) {
    this.#urls = urls
    this.#dir = dir
    this.#pool = tokenkeep.createTokenPool({ ...this.#tuning, refresh: 'background', provider: (id) => this.#baserow(Number(id)) })
  }

  get #tuning() {
    return {
      refreshMarginSeconds: LIFETIME_MS / 5000,
      timeoutMs: TIMEOUT_MS,
      deadlineMs: 4 * TIMEOUT_MS,
      retry: { attempts: 3, baseDelayMs: 20, maxDelayMs: 100 },
    }
  }

  #baserow(number) {
    return tokenkeep.baserow({ baseUrl: this.#urls.baserow, ...USERS[number] })
  }

  /** A manager of that account. */
  open(number) {
    const aside = number % 5 === 0 ? { refresh: 'background' } : {}
    const margin = number % 4 === 0 ? { refreshMarginSeconds: 'auto' } : {}
    const tuning = { ...this.#tuning, ...margin, ...aside }
    if (number >= POOLED) return this.#pool.account(String(number))
    if (number >= 40) {
      const { rotating } = this.#urls
      const body = { api_key: DEFAULT_KEY, device: number }
      const provider = tokenkeep.jsonLogin({ url: `${rotating}/auth/token`, refreshUrl: `${rotating}/auth/refresh`, body, account: `device ${number}` })
      return tokenkeep.createTokenManager({ ...tuning, provider })
    }
    if (number >= 35) return tokenkeep.createTokenManager({ ...tuning, provider: this.#baserow(number), fetch })
    if (number >= 25) {
      const store = tokenkeep.fileStore({ dir: this.#dir })
      return tokenkeep.createTokenManager({ ...tuning, provider: this.#baserow(number), store })
    }
    if (number % 2 === 1) return tokenkeep.createBaserowJwtManager({ ...tuning, retry: {}, baseUrl: this.#urls.baserow, ...USERS[number] })
    return tokenkeep.createTokenManager({ ...tuning, provider: this.#baserow(number) })
  }

  close() {
    return this.#pool.close()
  }
}

/** The bound of the life cycle. A token's life counts from the end of its reply, which may take as long as an attempt may. */
const BOUND_MS = 1000 + TIMEOUT_MS

/**
 * What is wrong with what a caller got; nothing where it is a token, or an error as it should be. `stalledMs`: for how long
 * the machine gave this thread nothing to work with.
 */
export function complaintAbout({ token, error }, stalledMs) {
  if (token !== undefined) {
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
    const late = Math.round(Date.now() - claims.exp * 1000)
    return late > BOUND_MS + stalledMs ? `a token that had expired ${late} ms before (the machine had stalled for ${stalledMs} ms)` : undefined
  }
  if (!(error instanceof tokenkeep.TokenError)) return `an error of no type: ${inspect(error)}`
  const shown = inspect(error, { depth: Infinity })
  return SECRETS.test(shown) || shown.includes(DEFAULT_KEY) ? `an error with a secret in it (${error.code})` : undefined
}

/** Did one token after the other live for less than it took to save it? With 300 ms that is the machine's doing. */
export function isBelated(error) {
  return error?.code === 'TIMEOUT' && /expired (while it was being saved|before it could be handed over)/.test(error.message)
}
