type Used = Pick<NodeJS.Process, 'env' | 'platform' | 'pid' | 'emitWarning' | 'getBuiltinModule'>

const none: Used = {
  env: {},
  platform: 'linux',
  pid: 0,
  emitWarning: (message: string | Error) => console.warn(message),
  getBuiltinModule: () => {
    throw new Error('there are no modules of Node here')
  },
}

const real = (globalThis as { process?: Partial<Used> }).process

/** Some bundlers put one there that has an `env` and nothing else. */
export const process: Used = real?.emitWarning === undefined ? { ...none, env: real?.env ?? {} } : (real as Used)

/** Where nobody tells when something was collected, it is kept: an early workerd has neither of these. */
class Kept<T extends WeakKey> {
  readonly #kept: T

  constructor(kept: T) {
    this.#kept = kept
  }

  deref(): T {
    return this.#kept
  }
}

class Untold {
  register(): void {}

  unregister(): void {}
}

const { WeakRef: Ref = Kept, FinalizationRegistry: Registry = Untold } = globalThis as Partial<Pick<typeof globalThis, 'WeakRef' | 'FinalizationRegistry'>>

export { Ref as WeakRef, Registry as FinalizationRegistry }
