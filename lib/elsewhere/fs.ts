import { builtin } from './builtin'

const real = builtin('node:fs')

const lack = (): never => {
  throw new Error('there are no files here')
}

export const constants = real?.constants ?? {}
export const openSync = real?.openSync ?? lack
export const closeSync = real?.closeSync ?? lack
export const fstatSync = real?.fstatSync ?? lack
export const readSync = real?.readSync ?? lack
export const writeSync = real?.writeSync ?? lack
export const readFileSync = real?.readFileSync ?? lack
export const statSync = real?.statSync ?? lack
