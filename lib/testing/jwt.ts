import { createHmac } from 'node:crypto'

/** What a token says about itself. */
export type Claims = Record<string, unknown>

const HEADER = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')
const DEFAULT_KEY = 'a key that no server of this kit uses by itself'

/** Signs `claims` as a JWT with HS256; without `key` no `startBaserow()` server takes it, with `server.signingKey` that server does. */
export function signJwt(claims: object, key: string = DEFAULT_KEY): string {
  const signed = `${HEADER}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${signed}.${signatureOf(signed, key)}`
}

/** Reads the claims of a JWT signed with `key`; null for anything else, `alg: none` included (contract §2). */
export function openJwt(token: string, key: string): Claims | null {
  const end = token.lastIndexOf('.')
  const middle = token.indexOf('.')
  if (middle <= 0 || middle === end) return null
  const header = token.slice(0, middle)
  if (header !== HEADER && jsonObject(header)?.['alg'] !== 'HS256') return null
  if (token.slice(end + 1) !== signatureOf(token.slice(0, end), key)) return null
  return jsonObject(token.slice(middle + 1, end))
}

function signatureOf(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

function jsonObject(base64url: string): Claims | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : null
  } catch {
    return null
  }
}
