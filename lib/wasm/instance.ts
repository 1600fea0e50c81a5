// The one instance of the core, and what becomes of everybody when it dies.
import * as glue from 'tokenkeep:glue'
import { TokenError } from '../errors'
import * as machine from './machine'

export type Core = typeof glue

let find: () => WebAssembly.Module = () => {
  throw new Error("tokenkeep's WebAssembly module was not loaded: import the entry of the package, not a part of it")
}

let isStarted = false
let death: TokenError | undefined
let died: () => void = () => {}

/** Where the module comes from, once it is needed. */
export function compiledBy(source: () => WebAssembly.Module): void {
  find = source
}

/** Has `listener` told when nothing is to be had of the core any more. */
export function onDeath(listener: () => void): void {
  died = listener
}

/** Why nothing is to be had of the core any more. */
export function causeOfDeath(): TokenError | undefined {
  return death
}

/**
 * What `work` has of the core. What the core refuses it throws as a text; after anything else its memory is in an unknown state, and
 * nobody may rely on it: all who wait are told, and whoever asks later hears the same.
 */
export function inside<T>(work: (core: Core) => T): T {
  if (death !== undefined) throw death
  if (!isStarted) start()
  try {
    return work(glue)
  } catch (thrown) {
    if (typeof thrown === 'string') throw new Error(thrown)
    throw dyingOf(thrown)
  }
}

/** The same for those who can do without. */
export function insideOr<T>(otherwise: T, work: (core: Core) => T): T {
  if (death !== undefined) return otherwise
  try {
    return inside(work)
  } catch (error) {
    if (death === undefined) throw error
    return otherwise
  }
}

function start(): void {
  // What needs no translation is imported past the glue.
  const instance = new WebAssembly.Instance(find(), { './tokenkeep_bg.js': { ...glue }, 'tokenkeep:machine': { ...machine } })
  glue.__wbg_set_wasm(instance.exports)
  const { __wbindgen_start: begin } = instance.exports
  ;(begin as (() => void) | undefined)?.()
  isStarted = true
}

function dyingOf(thrown: unknown): TokenError {
  const why = thrown instanceof Error ? thrown.message || thrown.name : String(thrown)
  const message = `CLOSED: tokenkeep's WebAssembly instance has failed (${why}) and serves no tokens any more: start the process, or load the page, again, and report this`
  death = new TokenError({ code: 'CLOSED', message, cause: thrown })
  died()
  return death
}

machine.listen({
  ring: (number) => insideOr(undefined, (core) => core.ring(number)),
  turn: () => insideOr(undefined, (core) => core.turn()),
})
