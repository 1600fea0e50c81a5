import type { Dispatcher } from 'undici'

type Given = Dispatcher.DispatchOptions['headers']
type Value = string | string[] | undefined

/** undici takes a flat list, pairs, anything that iterates over pairs, and an object. */
function pairsOf(headers: Given): [string, Value][] {
  if (headers === undefined || headers === null) return []
  if (typeof (headers as Iterable<unknown>)[Symbol.iterator] !== 'function') return Object.entries(headers)
  const entries = [...(headers as Iterable<unknown>)]
  if (Array.isArray(entries[0])) return entries as [string, Value][]
  const pairs: [string, Value][] = []
  for (let i = 0; i + 1 < entries.length; i += 2) pairs.push([String(entries[i]), entries[i + 1] as Value])
  return pairs
}

/** Has the request credentials of its own? */
export function hasAuthorization(headers: Given): boolean {
  return pairsOf(headers).some(([name, value]) => name.toLowerCase() === 'authorization' && value !== undefined)
}

/** As a flat list, which every version of undici takes. */
export function withAuthorization(headers: Given, authorization: string): string[] {
  const given = pairsOf(headers).filter(([name]) => name.toLowerCase() !== 'authorization')
  // undici's types forget that a value may be a list there, too.
  return [...given.flat(), 'authorization', authorization] as string[]
}
