import { Buffer } from 'node:buffer'
import { decoded } from '../encryption'
import { TokenError } from '../errors'

/** An environment, as `process.env` is one. */
export type Env = Readonly<Record<string, string | undefined>>

/** An INVALID_OPTION that names the variable (cli.md: an error at start, not a silent default). */
export function unusable(variable: string, what: string, cause?: unknown): TokenError {
  const message = `INVALID_OPTION: ${variable} ${what}`
  return new TokenError({ code: 'INVALID_OPTION', message, ...(cause === undefined ? undefined : { cause }) })
}

/** A variable's value without the blanks around it. Empty counts as not set: that is how compose files and CI leave one out. */
export function text(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined
}

/** As {@link text}, but to the letter: blanks may belong to a password. */
export function secret(env: Env, name: string): string | undefined {
  return env[name] || undefined
}

const FLAGS: Readonly<Record<string, boolean>> = {
  1: true,
  true: true,
  yes: true,
  on: true,
  0: false,
  false: false,
  no: false,
  off: false,
}

export function flag(env: Env, name: string): boolean | undefined {
  const value = text(env, name)?.toLowerCase()
  if (value === undefined) return undefined
  if (Object.hasOwn(FLAGS, value)) return FLAGS[value]
  throw unusable(name, 'must be 1, true, yes or on, or else 0, false, no or off')
}

export function seconds(env: Env, name: string, least: 'zero' | 'above zero'): number | undefined {
  const value = text(env, name)
  if (value === undefined) return undefined
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN
  if (Number.isFinite(number) && (least === 'zero' || number > 0)) return number
  throw unusable(name, `must be a number of seconds, ${least === 'zero' ? '0 or more' : 'more than 0'}`)
}

/** Encryption keys, with commas or blanks between them. The error never shows the value. */
export function keys(env: Env, name: string): Uint8Array[] | undefined {
  const value = text(env, name)
  if (value === undefined) return undefined
  const all = value.split(/[\s,]+/).filter((each) => each !== '').map(decoded)
  if (all.length > 0 && all.every((bytes) => bytes !== undefined)) return all
  throw unusable(name, 'must be 32 bytes as base64 or as hex; make one with: openssl rand -base64 32')
}

/** Is this a JSON object, or base64 of one? What is in it is for whoever uses it to judge. */
export function isObject(value: string): boolean {
  const json = value.startsWith('{') ? value : Buffer.from(value, 'base64').toString('utf8')
  try {
    // Some editors begin a file with a byte order mark.
    const parsed: unknown = JSON.parse(json.replace(/^\uFEFF/, ''))
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
  } catch {
    return false
  }
}
