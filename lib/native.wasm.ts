// In the place of `lib/native.ts` wherever only the WebAssembly build can be.
export type * from './native'
export { rouse, stay, timersLast } from './wasm/requests'
export { checkHttp, NativeEnvironment, NativeManager, NativePool } from './wasm/binding'

/** Are there files and sockets? */
export const isNative = false

/** Nowhere to be found from everywhere that this build runs. */
export const redis = (): undefined => undefined
