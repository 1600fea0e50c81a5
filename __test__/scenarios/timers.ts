// Timers that fire when the play says so. A build captures the global ones when it is loaded: these are put there meanwhile.

interface Timer {
  at: number
  every: number | undefined
  fire: () => void
}

/** What the functions of Node answer, and what they take back. */
interface Handle {
  unref(): Handle
  ref(): Handle
  hasRef(): boolean
}

export class Timers {
  #now = 0
  readonly #due = new Map<Handle, Timer>()

  /** Loads something that keeps whatever timer functions it finds. */
  async under<T>(load: () => Promise<T>): Promise<T> {
    const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis
    const clear = (handle: unknown) => void this.#due.delete(handle as Handle)
    Object.assign(globalThis, {
      setTimeout: (fire: () => void, millis = 0) => this.#set(fire, millis, undefined),
      setInterval: (fire: () => void, millis = 0) => this.#set(fire, millis, millis),
      clearTimeout: clear,
      clearInterval: clear,
    })
    try {
      return await load()
    } finally {
      Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval })
    }
  }

  forget(): void {
    this.#due.clear()
  }

  /** How long until the next one fires. */
  next(): number | undefined {
    const due = [...this.#due.values()].map(({ at }) => Math.max(0, at - this.#now))
    return due.length === 0 ? undefined : Math.min(...due)
  }

  advance(millis: number): void {
    this.#now += millis
    for (const [handle, timer] of [...this.#due].sort(([, one], [, other]) => one.at - other.at)) {
      if (timer.at > this.#now || !this.#due.delete(handle)) continue
      if (timer.every !== undefined) this.#due.set(handle, { ...timer, at: timer.at + Math.max(1, timer.every) })
      timer.fire()
    }
  }

  #set(fire: () => void, millis: number, every: number | undefined): Handle {
    const handle: Handle = { unref: () => handle, ref: () => handle, hasRef: () => false }
    this.#due.set(handle, { at: this.#now + Math.max(1, millis), every, fire })
    return handle
  }
}
