import type { AxiosRequestConfig } from 'axios'
import type { Origins } from '../origins'

type BeforeRedirect = NonNullable<AxiosRequestConfig['beforeRedirect']>

/**
 * Axios follows redirects below us, and what it follows them with keeps the header for subdomains and drops it on others. Here all
 * hops up to one that is not listed have it, and none after that: whoever is not listed must not choose what is done with a token.
 */
export function guarded(users: BeforeRedirect | undefined, origins: Origins, header: string): BeforeRedirect {
  let listed = true
  return (options, response, request) => {
    users?.(options, response, request)
    const headers = (options.headers ??= {}) as Record<string, string>
    const names = Object.keys(headers).filter((name) => name.toLowerCase() === 'authorization')
    listed &&= origins.has(options.href)
    if (!listed) {
      for (const name of names) if (headers[name] === header) delete headers[name]
    } else if (names.length === 0) headers.Authorization = header
  }
}
