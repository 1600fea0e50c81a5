import type * as Binding from '../binding'

declare const require: (id: string) => unknown

/**
 * The addon of a local build or a self-contained package, by platform. napi's generated loader knows all the others; it also
 * reads `ldd` and builds a report to tell one libc from another, which is half of the time to load.
 */
function besideUs(): unknown {
  // Each in a `try` of its own: bundlers leave alone what cannot be resolved there.
  switch (`${process.platform}-${process.arch}`) {
    case 'linux-x64':
      try {
        return require('../tokenkeep.linux-x64-gnu.node')
      } catch {}
      break
    case 'linux-arm64':
      try {
        return require('../tokenkeep.linux-arm64-gnu.node')
      } catch {}
      break
    case 'darwin-arm64':
      try {
        return require('../tokenkeep.darwin-arm64.node')
      } catch {}
      break
    case 'win32-x64':
      try {
        return require('../tokenkeep.win32-x64-msvc.node')
      } catch {}
  }
  return undefined
}

export type {
  NativeAnswer,
  NativeDeparture,
  NativeFailure,
  NativeHttp,
  NativeLine,
  NativeLook,
  NativeOptions,
  NativePatience,
  NativeProvider,
  NativeQuestion,
  NativeShelf,
  NativeStatus,
  NativeStore,
  Settled,
} from '../binding'
/** What a caller wants of a renewal: any live token, a new one, or that of a full login. */
export type Demand = `${Binding.NativeDemand}`
export type NativeEnvironment = Binding.NativeEnvironment
export type NativeManager = Binding.NativeManager
export type NativePool = Binding.NativePool

/** As npm/ has them, in the words of who does not find one. */
const PACKAGES = /'(tokenkeep-(android-arm64|darwin-(arm64|x64)|freebsd-x64|linux-(arm-(gnu|musl)eabihf|(arm|x)64-(gnu|musl))|win32-(arm64|ia32|x64)-msvc))'/

/** What the missing package is called, and why it may be missing; or why what is there does not load. */
function whyNot(error: unknown): string {
  if (isBarred()) return `Deno loads addons only with --allow-ffi, so tokenkeep runs on its WebAssembly build, without fileStore, tls and proxy`
  // napi's loader tells of each try as the cause of the next one.
  const tries: string[] = []
  for (let each = error; each instanceof Error; each = each.cause) tries.push(each.message.split('\n')[0]!)
  const reason = tries.find((each) => !/^Cannot find (native|module '(\.\/)?tokenkeep)/.test(each))
  const missing = PACKAGES.exec(tries.join())?.[1]
  return (
    `no addon fits this platform, so tokenkeep runs on its WebAssembly build, without fileStore, tls and proxy. ` +
    (reason !== undefined
      ? `It did not load: ${reason}`
      : missing === undefined
        ? `There is none for ${process.platform}-${process.arch}`
        : `Missing is the package ${missing}: install without --no-optional, and where a lock file was written on another platform ` +
          `remove it and node_modules and install again (https://github.com/npm/cli/issues/4828)`)
  )
}

/** Is this Deno, and may it load no addon? */
function isBarred(): boolean {
  const { Deno } = globalThis as { Deno?: { permissions?: { querySync?(of: { name: string }): { state: string } } } }
  const permission = Deno?.permissions?.querySync?.({ name: 'ffi' })
  return permission !== undefined && permission.state !== 'granted'
}

/** Where there is none either, what is wrong is that the addon did not load. */
function orElse(error: unknown): typeof Binding {
  try {
    return require('./wasm/binding.cjs') as typeof Binding
  } catch {
    throw error
  }
}

function chosen(): typeof Binding {
  const { TOKENKEEP_FORCE_WASM: forced } = process.env
  if (forced !== undefined && /^(1|true|yes|on)$/i.test(forced.trim())) return require('./wasm/binding.cjs') as typeof Binding
  try {
    return (besideUs() ?? require('../binding.js')) as typeof Binding
  } catch (error) {
    const inItsPlace = orElse(error)
    process.emitWarning(whyNot(error), { type: 'TokenkeepWarning', code: 'TOKENKEEP_WASM' })
    return inItsPlace
  }
}

const binding = chosen()

/** Are there files and sockets? */
export const isNative = !('isWasm' in binding)
/** Does a timer ring, whatever becomes of what it was set in? Not everywhere (`lib/wasm/requests.ts`). */
export const timersLast = (): boolean => true
const nothing = (): void => {}
/** What somebody waits for goes on by itself. */
export const stay = (): (() => void) => nothing
export const rouse = nothing
export const { NativeEnvironment, NativeManager, NativePool, checkHttp } = binding

/** `tokenkeep/redis`, for the few that need it. */
export function redis(): typeof import('./redis') | undefined {
  return require('./redis.cjs') as typeof import('./redis')
}
