const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** What describes a body that is not sent any more. */
const BODY_HEADERS = ['content-encoding', 'content-language', 'content-location', 'content-type', 'content-length']

/** What is meant for one origin only. */
const OWN_HEADERS = ['authorization', 'proxy-authorization', 'cookie', 'host']

/** What the platform's fetch rejects with. */
export function networkError(why: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(why) })
}

/** Where the answer sends us; `null` when it is no redirect. Throws when nobody may go there (HTTP-redirect fetch, steps 3 to 10). */
export function nextStop(response: Response, from: URL): URL | null {
  // A browser's fetch hides where a redirect leads; without that nobody can follow it and mind the header.
  if (response.type === 'opaqueredirect') throw networkError('this fetch does not show where a redirect leads')
  if (!REDIRECTS.has(response.status)) return null
  const location = response.headers.get('location')
  if (location === null) return null
  let url: URL
  try {
    url = new URL(utf8(location), from)
  } catch {
    throw networkError('the redirect leads to no URL')
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw networkError('URL scheme must be a HTTP(S) scheme')
  if (url.username !== '' || url.password !== '') throw networkError('a redirect must not bring credentials')
  return url
}

/** Is the request to become a GET without a body (step 12)? */
export function becomesGet(method: string, status: number): boolean {
  const name = method.toUpperCase()
  if (status === 303) return name !== 'GET' && name !== 'HEAD'
  return (status === 301 || status === 302) && name === 'POST'
}

export function forgetBody(headers: Headers): void {
  for (const name of BODY_HEADERS) headers.delete(name)
}

export function leaveOrigin(headers: Headers): void {
  for (const name of OWN_HEADERS) headers.delete(name)
}

/** Header values come as bytes; a Location that is not ASCII is meant as UTF-8. */
function utf8(value: string): string {
  return /^[\0-\x7f]*$/.test(value) ? value : new TextDecoder().decode(Uint8Array.from(value, (char) => char.charCodeAt(0)))
}
