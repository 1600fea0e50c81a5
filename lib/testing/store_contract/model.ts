import type { StoreCallbacks } from '../../api'

interface Stored {
  record: string
  generation: number
}

/**
 * The smallest store that keeps the whole contract, in the memory of one process: something to read, to start from, and to
 * break on purpose.
 */
export function memoryCallbacks(): StoreCallbacks & { lock: NonNullable<StoreCallbacks['lock']> } {
  const stored = new Map<string, Stored>()
  const turns = new Map<string, Promise<void>>()
  return {
    async load(key) {
      return stored.get(key)?.record ?? null
    },

    // What compares and what writes must be one step. Here nothing can come between them; a database does it by
    // UPDATE … WHERE generation = expected.
    async save(key, record, expected, generation) {
      if ((stored.get(key)?.generation ?? null) !== expected) return false
      stored.set(key, { record, generation })
      return true
    },

    async clear(key, expected) {
      if (stored.get(key)?.generation !== expected) return false
      return stored.delete(key)
    },

    async lock(key, { timeoutMs, signal }) {
      signal.throwIfAborted()
      const before = turns.get(key)
      let release!: () => void
      const ended = new Promise<void>((resolve) => (release = resolve))
      // Whoever gives up still has a turn, which ends as soon as it begins.
      const turn = Promise.resolve(before).then(() => ended)
      turns.set(key, turn)
      void turn.then(() => turns.get(key) === turn && turns.delete(key))
      try {
        await withinLimits(before, timeoutMs, signal)
      } catch (error) {
        release()
        throw error
      }
      return async () => release()
    },
  }
}

async function withinLimits(turn: Promise<void> | undefined, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const late = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  await new Promise<void>((resolve, reject) => {
    const abort = () => reject(late.reason)
    late.addEventListener('abort', abort)
    void Promise.resolve(turn).then(() => {
      late.removeEventListener('abort', abort)
      resolve()
    })
  })
}
