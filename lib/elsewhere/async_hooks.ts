import { builtin } from './builtin'

/** Without AsyncLocalStorage there is nothing to keep: what is to run in somebody's scope simply runs. */
class Here {
  runInAsyncScope<This, Result>(work: (this: This, ...args: never[]) => Result, self?: This, ...args: unknown[]): Result {
    return work.apply(self as This, args as never[])
  }
}

export const AsyncResource = builtin('node:async_hooks')?.AsyncResource ?? Here
