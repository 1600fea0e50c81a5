import * as binding from '../binding'

export type { NativeHttp, NativeLine, NativeLook, NativeOptions, NativeStatus, Settled, NativeFailure } from '../binding'
export const { NativeEnvironment, NativeManager, checkHttp } = binding
export type NativeEnvironment = binding.NativeEnvironment
export type NativeManager = binding.NativeManager
