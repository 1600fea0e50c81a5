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
export const { NativeEnvironment, NativeManager, NativePool, checkHttp } = (besideUs() ?? require('../binding.js')) as typeof Binding
