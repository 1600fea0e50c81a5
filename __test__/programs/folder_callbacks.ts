// A store on plain files, as somebody might write it who has nothing but a shared folder: a real disk, other processes welcome.
import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StoreCallbacks } from 'tokenkeep'

interface Stored {
  generation: number
  record: string
}

const isCode = (error: unknown, code: string) => (error as NodeJS.ErrnoException).code === code

export function folderCallbacks(folder: string): StoreCallbacks {
  const path = (key: string) => join(folder, `${key}.json`)

  const read = async (key: string): Promise<Stored | null> => {
    try {
      return JSON.parse(await readFile(path(key), 'utf8')) as Stored
    } catch (error) {
      if (isCode(error, 'ENOENT')) return null
      throw error
    }
  }

  /** A folder that only one can make: whoever holds it may compare and write as one step. */
  const exclusively = async <T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
    const release = await taken(join(folder, name), signal)
    try {
      return await work()
    } finally {
      await release()
    }
  }

  const taken = async (gate: string, signal: AbortSignal): Promise<() => Promise<void>> => {
    for (;;) {
      signal.throwIfAborted()
      try {
        await mkdir(gate)
        break
      } catch (error) {
        if (!isCode(error, 'EEXIST')) throw error
        await sleep(2)
      }
    }
    let isHeld = true
    return async () => {
      if (isHeld) await rmdir(gate)
      isHeld = false
    }
  }

  return {
    load: async (key) => (await read(key))?.record ?? null,

    save: (key, record, expected, generation) =>
      exclusively(`${key}.write`, AbortSignal.timeout(4000), async () => {
        if (((await read(key))?.generation ?? null) !== expected) return false
        const temporary = join(folder, `${randomUUID()}.tmp`)
        await writeFile(temporary, JSON.stringify({ generation, record } satisfies Stored), { mode: 0o600 })
        await rename(temporary, path(key))
        return true
      }),

    clear: (key, expected) =>
      exclusively(`${key}.write`, AbortSignal.timeout(4000), async () => {
        if ((await read(key))?.generation !== expected) return false
        await rm(path(key))
        return true
      }),

    lock: (key, { timeoutMs, signal }) =>
      taken(join(folder, `${key}.lock`), AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])),
  }
}
