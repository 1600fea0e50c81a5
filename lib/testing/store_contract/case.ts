import { randomBytes } from 'node:crypto'
import type { Store, StoreCallbacks } from '../../api'
import { Promised } from './promise'

/** One promise of the contract, for whatever runner: `test(name, run)`. */
export interface StoreCase {
  readonly name: string
  /** Rejects with an `Error` that says what was promised, expected and got. */
  readonly run: () => Promise<void>
}

/** What is tested. */
export type Made = StoreCallbacks | Store

/** What a case is about: the callbacks themselves, or what managers make of a store. */
export interface Scene<M extends Made = Made> {
  made: M
  promised: Promised
  /** A key that nobody else uses. */
  key: (more?: string) => string
}

/** A promise of the contract, in words, and what finds out whether it is kept. */
export interface Clause<M extends Made = Made> {
  name: string
  check: (scene: Scene<M>) => Promise<void>
}

/** A key as managers make them, and nobody's. */
export function newKey(more = ''): string {
  return `tokenkeep-contract-${randomBytes(16).toString('hex')}${more}`
}

export function isCallbacks(made: Made): made is StoreCallbacks {
  return 'load' in made
}
