/** What is asked here of a value is asked before anything is done with it: one of another realm is told what it has to be. */
export const types = {
  isPromise: (value: unknown): value is Promise<unknown> => value instanceof Promise,
  isDate: (value: unknown): value is Date => value instanceof Date,
}
