// The loops that are timed.
import { runInThisContext } from 'node:vm'
import { contestant, type Contestant, type Side } from '../sides'

/** The loops count on it being four. */
const MANAGERS = 4

/**
 * Calls go round among several managers of one kind: with a single one the engine may find out that nothing changes from
 * call to call and do half of the work once, before the loop.
 */
export type Loop = (managers: readonly Contestant[], calls: number) => unknown

const SOURCES = {
  awaited: `async (managers, calls) => {
    let seen = 0
    for (let call = 0; call < calls; call++) seen += (await managers[call & 3].getToken()).length
    return seen
  }`,
  called: `(managers, calls) => {
    const kept = new Array(16)
    for (let call = 0; call < calls; call++) kept[call & 15] = managers[call & 3].getToken()
    return kept
  }`,
  peeked: `(managers, calls) => {
    let seen = 0
    for (let call = 0; call < calls; call++) seen += managers[call & 3].peek().length
    return seen
  }`,
  together: `async (managers, calls) => {
    let seen = 0
    for (let call = 0; call < calls; call += 1000) {
      const tokens = []
      for (let caller = 0; caller < 1000; caller++) tokens.push(managers[caller & 3].getToken())
      seen += (await Promise.all(tokens)).length
    }
    return seen
  }`,
  named: `async ([accounts], ids) => {
    let seen = 0
    for (const id of ids) seen += (await accounts.getToken(id)).length
    return seen
  }`,
  crowd: `(managers, calls) => {
    const tokens = []
    for (let caller = 0; caller < calls; caller++) tokens.push(managers[0].getToken())
    return Promise.all(tokens)
  }`,
}

export type LoopName = keyof typeof SOURCES

/**
 * A copy of a loop for `owner` alone: the engine keeps what it has learnt about a call with the function's source, and a
 * loop that has seen two kinds of manager inlines neither. Every loop hands on what it got, so that nothing can be left out.
 */
export function loopFor(owner: string, name: LoopName): Loop {
  return runInThisContext(`// ${owner}\n(${SOURCES[name]})`, { filename: `${owner}-${name}.js` }) as Loop
}

/** Managers of one kind, each with a token. */
export async function several(side: Side, baseUrl: string): Promise<Contestant[]> {
  const managers = Array.from({ length: MANAGERS }, () => contestant(side, baseUrl))
  for (const manager of managers) await manager.getToken()
  return managers
}
