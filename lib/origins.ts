import { invalid, url } from './checks'

const EXAMPLE = 'https://api.example.com'

/** Where a token may go: scheme, host and port, and nowhere else. */
export class Origins {
  readonly #listed: ReadonlySet<string>

  /** Throws an INVALID_OPTION that names the entry of `origins` which is none. */
  constructor(origins: unknown) {
    if (!Array.isArray(origins) || origins.length === 0) throw invalid('origins', `must be a list such as ['${EXAMPLE}']`)
    this.#listed = new Set(origins.map((origin, index) => originOf(origin, `origins[${index}]`)))
  }

  /** What is not a URL is not listed. */
  has(target: URL | string): boolean {
    try {
      return this.#listed.has(new URL(target).origin)
    } catch {
      return false
    }
  }
}

function originOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalid(name, `must be an origin such as ${EXAMPLE}`)
  const { origin, pathname, href } = new URL(url(value, name, EXAMPLE))
  // The header would go to every path of the origin, whatever this one says.
  if (pathname !== '/' || /[?#]/.test(href)) throw invalid(name, `must be an origin such as ${EXAMPLE}, without a path`)
  return origin
}
