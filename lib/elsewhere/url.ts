import { builtin } from './builtin'

export const pathToFileURL =
  builtin('node:url')?.pathToFileURL ??
  ((): never => {
    throw new Error('there are no files here')
  })
