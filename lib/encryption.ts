import { Buffer } from 'node:buffer'
import { invalid } from './checks'

const KEY_BYTES = 32

/** The key that records are sealed with. The error never shows it. */
export function keyOf(given: unknown): Uint8Array {
  const bytes = typeof given === 'string' ? decoded(given.trim()) : given
  if (bytes instanceof Uint8Array && bytes.length === KEY_BYTES) return Uint8Array.from(bytes)
  throw invalid('encryptionKey', 'must be 32 bytes, or their base64 or hex')
}

/** One key, a list of them of which the first seals, or none. */
export function keysOf(given: unknown): Uint8Array[] {
  if (given === undefined || given === null) return []
  if (!Array.isArray(given)) return [keyOf(given)]
  if (given.length === 0) throw invalid('encryptionKey', 'must have a key in it when it is a list')
  return given.map(keyOf)
}

/** 32 bytes as base64 (either alphabet) or as hex. */
export function decoded(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return new Uint8Array(Buffer.from(text, 'hex'))
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return new Uint8Array(Buffer.from(text, 'base64'))
  return undefined
}
