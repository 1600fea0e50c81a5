import { resolve } from 'node:path'
import type { FileStoreOptions, Store, StoreCallbacks } from './api'
import { invalid, object, optionalText } from './checks'
import { keyOf } from './encryption'
import { flag } from './environment/variables'
import { cacheDirOf } from './folders'
import { isNative, type NativeStore } from './native'
import { Shelf } from './shelf'
import { outsideOf } from './shelves'

const described = new WeakMap<Store, NativeStore | Shelf | null>()

/** The inside of a store that a manager is about to use; `null` is the memory alone. */
export function describeStore(store: unknown): NativeStore | null {
  const found = insideOf(store)
  return found instanceof Shelf ? { shelf: found.taken() } : found
}

/** Resolves once nothing is under way in a store that nobody waits for: the locks of the last flights are released. */
export async function idle(store: Store | undefined): Promise<void> {
  const found = insideOf(store)
  if (found instanceof Shelf) await found.idle()
}

function insideOf(store: unknown): NativeStore | Shelf | null {
  if (store === undefined || store === null) return null
  const found = typeof store === 'object' ? inside(store as Store) : undefined
  if (found === undefined) throw invalid('store', 'must be made by memoryStore(), fileStore(), customStore() or redisStore()')
  return found
}

function inside(store: Store): NativeStore | Shelf | null | undefined {
  const outside = described.has(store) ? undefined : outsideOf(store)
  // The same for all who use it.
  if (outside !== undefined) described.set(store, new Shelf(outside.callbacks, outside))
  return described.get(store)
}

function provide(kind: string, description: NativeStore | Shelf | null): Store {
  const store: Store = Object.freeze({ kind })
  described.set(store, description)
  return store
}

const WITHOUT_FILES =
  "tokenkeep's WebAssembly build, which this is, has no files. Use customStore() or memoryStore(), or the addon of tokenkeep under Node"

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
  if (!isNative) throw invalid('store', `cannot be fileStore() here: ${WITHOUT_FILES}`)
  const place = file !== undefined ? { file: resolve(file) } : { dir: resolve(dir ?? cacheDirOf(process.env)) }
  return provide('file', { ...place, ...(key === undefined ? undefined : { encryptionKey: key }) })
}

/**
 * A store of your own: a database, a key-value service, a vault. {@link StoreCallbacks} is what it has to do; the fence and the
 * backup are done for you. One such store may serve any number of managers of its thread. `storeContract` of `tokenkeep/testing` finds out
 * whether it keeps its word.
 */
export function customStore(store: StoreCallbacks): Store {
  return provide('custom', new Shelf(store, { name: 'custom store' }))
}
