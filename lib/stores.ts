import { resolve } from 'node:path'
import type { FileStoreOptions, Store } from './api'
import { invalid, object, optionalText } from './checks'
import { decoded, flag } from './environment/variables'
import { cacheDirOf } from './folders'
import type { NativeStore } from './native'

const described = new WeakMap<Store, NativeStore | null>()

/** The inside of a store; `null` is the memory alone. */
export function describeStore(store: unknown): NativeStore | null {
  if (store === undefined || store === null) return null
  const found = typeof store === 'object' ? described.get(store as Store) : undefined
  if (found === undefined) throw invalid('store', 'must be made by memoryStore() or fileStore()')
  return found
}

function provide(kind: string, description: NativeStore | null): Store {
  const store: Store = Object.freeze({ kind })
  described.set(store, description)
  return store
}

/** Sessions live as long as the process: no secret on disk unasked. The default. */
export function memoryStore(): Store {
  return provide('memory', null)
}

/**
 * One file per account, readable by its owner alone, shared by all processes of the host. `TOKENKEEP_NO_CACHE=1` makes it a
 * {@link memoryStore}, for a whole host and whatever a program asks for.
 */
export function fileStore(options?: FileStoreOptions): Store {
  const given: FileStoreOptions = object(options, 'options') ?? {}
  const file = optionalText(given.file, 'file')
  const dir = optionalText(given.dir, 'dir')
  if (file !== undefined && dir !== undefined) throw invalid('file', 'and dir exclude one another')
  const key = given.encryptionKey == null ? undefined : keyOf(given.encryptionKey)
  if (flag(process.env, 'TOKENKEEP_NO_CACHE') === true) return memoryStore()
  const place = file !== undefined ? { file: resolve(file) } : { dir: resolve(dir ?? cacheDirOf(process.env)) }
  return provide('file', { ...place, ...(key === undefined ? undefined : { encryptionKey: key }) })
}

const KEY_BYTES = 32

function keyOf(given: string | Uint8Array): Uint8Array {
  const bytes = typeof given === 'string' ? decoded(given.trim()) : given
  if (bytes instanceof Uint8Array && bytes.length === KEY_BYTES) return Uint8Array.from(bytes)
  throw invalid('encryptionKey', 'must be 32 bytes, or their base64 or hex')
}
