// The services that scenarios are about (services.json), each under a host of its own: nothing of one scenario is another's.
import { createHash, randomBytes } from 'node:crypto'
import type { Provider } from 'tokenkeep'
import type { Api } from './build'
import { type Endpoint, read, type ServiceName } from './script'

export const PASSWORD = 'cörrect "horse" & <staple>'

/** The name of the refresh token that a seeded account begins with. */
export const SEED = 'the seed'

interface Described {
  provider: Record<string, string>
  identity: Record<string, string>
  endpoints: { [endpoint in Endpoint]?: string }
  granted: { [endpoint in Endpoint]?: unknown }
  refused: { [endpoint in Endpoint]?: { status: number; body: unknown } }
  hasRefreshTokens: boolean
}

const SERVICES = read('services.json') as Record<ServiceName, Described>

export class Service {
  readonly name: ServiceName
  readonly #described: Described
  readonly #seed: string

  constructor(name: ServiceName, serial: number) {
    this.name = name
    this.#described = JSON.parse(JSON.stringify(SERVICES[name]).replaceAll('example.com', `s${serial}.example.com`)) as Described
    this.#seed = `${SEED} ${serial}`
  }

  get seed(): string {
    return this.#seed
  }

  get hasRefreshTokens(): boolean {
    return this.#described.hasRefreshTokens
  }

  /** Its baseUrl, email and the like. */
  get settings(): Record<string, string> {
    return this.#described.provider
  }

  /** What its records say that they are of. */
  get identity(): Record<string, string> {
    return this.#described.identity
  }

  provider(api: Api, password: string, totp: (() => string) | undefined): Provider {
    const { baseUrl, email, url, refreshUrl, account, tokenUrl, revocationUrl, clientId, grant } = this.#described.provider
    switch (this.name) {
      case 'baserow':
        return api.baserow({ baseUrl: baseUrl!, email: email!, password, ...(totp && { totp }) })
      case 'rotating':
        return api.jsonLogin({ url: url!, refreshUrl: refreshUrl!, account: account!, body: { key: password } })
      case 'machine':
      case 'seeded':
        return api.oauth2({
          tokenUrl: tokenUrl!,
          ...(revocationUrl !== undefined && { revocationUrl }),
          clientId: clientId!,
          clientSecret: password,
          grant: grant as 'client_credentials' | 'refresh_token',
          ...(grant === 'refresh_token' && { refreshToken: this.#seed }),
        })
    }
  }

  /** What a record keeps to know this credential by (cache-file.md, "Form"). */
  check(password: string): string {
    const salt = randomBytes(8).toString('hex')
    const sum = createHash('sha256').update(salt).update('\0').update(this.#credential(password)).digest('hex')
    return `${salt}:${sum.slice(0, 4)}`
  }

  #credential(password: string): string {
    const withLength = (text: string) => `${Buffer.byteLength(text)}:${text}`
    if (this.name === 'baserow') return password
    if (this.name === 'rotating') return withLength(JSON.stringify({ key: password }))
    return withLength(password) + (this.name === 'seeded' ? withLength(this.#seed) : '-')
  }

  /** What scenarios call the endpoint at `url`. */
  endpoint(url: string): Endpoint {
    const last = new URL(url).pathname.split('/').filter(Boolean).pop()
    const found = Object.entries(this.#described.endpoints).find(([, path]) => path === last)
    if (found === undefined) throw new Error(`this service has nothing at ${url}`)
    return found[0] as Endpoint
  }

  /** The body of a success; members for which there is no value are left out. */
  granted(endpoint: Endpoint, values: Record<string, unknown>): unknown {
    return filled(this.#described.granted[endpoint], values)
  }

  refused(endpoint: Endpoint): { status: number; body: unknown } {
    return this.#described.refused[endpoint]!
  }
}

function filled(template: unknown, values: Record<string, unknown>): unknown {
  if (typeof template !== 'object' || template === null || Array.isArray(template)) return template
  const members = Object.entries(template).flatMap(([name, value]): [string, unknown][] => {
    const placeholder = typeof value === 'string' ? /^\{(\w+)\}$/.exec(value)?.[1] : undefined
    if (placeholder === undefined) return [[name, filled(value, values)]]
    return values[placeholder] === undefined ? [] : [[name, values[placeholder]]]
  })
  return Object.fromEntries(members)
}
