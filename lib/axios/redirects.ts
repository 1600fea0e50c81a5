import type { AxiosRequestConfig } from 'axios'
import type { Origins } from '../origins'

type BeforeRedirect = NonNullable<AxiosRequestConfig['beforeRedirect']>

/**
 * Axios follows redirects below us, and what it follows them with keeps the header for subdomains and drops it on others. Here each
 * hop is decided by its own origin.
 */
export function guarded(users: BeforeRedirect | undefined, origins: Origins, header: string): BeforeRedirect {
  return (options, response, request) => {
    users?.(options, response, request)
    const headers = (options.headers ??= {}) as Record<string, string>
    const names = Object.keys(headers).filter((name) => name.toLowerCase() === 'authorization')
    if (!origins.has(options.href)) {
      for (const name of names) if (headers[name] === header) delete headers[name]
    } else if (names.length === 0) headers.Authorization = header
  }
}
