import { TokenError } from './errors'

/** An option that cannot be used, by its name. */
export function invalid(name: string, what: string): TokenError {
  return new TokenError({ code: 'INVALID_OPTION', message: `INVALID_OPTION: ${name} ${what}` })
}

/** A finite number within bounds, or nothing. */
export function number(
  value: unknown,
  name: string,
  bounds: ({ from: number } | { above: number }) & { to?: number },
): number | undefined {
  if (value === undefined || value === null) return undefined
  const enough = typeof value === 'number' && ('from' in bounds ? value >= bounds.from : value > bounds.above)
  if (enough && Number.isFinite(value) && value <= (bounds.to ?? value)) return value
  const most = bounds.to === undefined ? '' : ` and at most ${bounds.to}`
  throw invalid(name, `must be a finite number ${'from' in bounds ? `of at least ${bounds.from}` : `above ${bounds.above}`}${most}`)
}

export function flag(value: unknown, name: string): boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return value
  throw invalid(name, 'must be true or false')
}

/** A text with something in it. */
export function text(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw invalid(name, 'must be a non-empty string')
}

export function optionalText(value: unknown, name: string): string | undefined {
  return value === undefined || value === null ? undefined : text(value, name)
}

export function isCallback(value: unknown, name: string, returns: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'function') return true
  throw invalid(name, `must be a function that returns ${returns}`)
}

export function object(value: unknown, name: string): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'object' && !Array.isArray(value)) return value as Record<string, unknown>
  throw invalid(name, 'must be an object')
}

/** The options themselves, where there must be some. */
export function options<T>(value: T): T {
  if (object(value, 'options') === undefined) throw invalid('options', 'must be an object')
  return value
}

/** An http(s) URL in its normal form. */
export function url(value: unknown, name: string, example: string): string {
  let href: string
  try {
    // From here on in its normal form; the text is cheaper to read than the parts.
    href = new URL(value as string).href
  } catch {
    throw invalid(name, `must be a URL such as ${example}`)
  }
  if (!/^https?:/.test(href)) throw invalid(name, 'must begin with http:// or https://')
  if (/^\w+:\/\/[^/]*@/.test(href)) throw invalid(name, 'must not carry a user name or a password')
  return href
}
