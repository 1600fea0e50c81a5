import type * as Binding from '../binding'

declare const require: (id: string) => unknown

/**
 * The addon of a local build or a self-contained package, by platform. napi's generated loader knows all the others; it also
 * reads `ldd` and builds a report to tell one libc from another, which is half of the time to load.
 */
const BESIDE_US: Record<string, (() => unknown) | undefined> = {
  'linux-x64': () => require('../tokenkeep.linux-x64-gnu.node'),
  'linux-arm64': () => require('../tokenkeep.linux-arm64-gnu.node'),
  'darwin-arm64': () => require('../tokenkeep.darwin-arm64.node'),
  'darwin-x64': () => require('../tokenkeep.darwin-x64.node'),
  'win32-x64': () => require('../tokenkeep.win32-x64-msvc.node'),
}

function load(): typeof Binding {
  try {
    const beside = BESIDE_US[`${process.platform}-${process.arch}`]?.()
    if (beside !== undefined) return beside as typeof Binding
  } catch {
    // It is elsewhere, or for another libc.
  }
  return require('../binding.js') as typeof Binding
}

export type { NativeFailure, NativeHttp, NativeLine, NativeLook, NativeOptions, NativeStatus, Settled } from '../binding'
export type NativeEnvironment = Binding.NativeEnvironment
export type NativeManager = Binding.NativeManager
export const { NativeEnvironment, NativeManager, checkHttp } = load()
