import { builtin } from './builtin'

const real = builtin('node:path')

const lack = (): never => {
  throw new Error('there are no files here')
}

export const resolve = real?.resolve ?? lack
export const dirname = real?.dirname ?? lack
export const posix = real?.posix ?? { resolve: lack, join: lack, isAbsolute: lack }
export const win32 = real?.win32 ?? posix
