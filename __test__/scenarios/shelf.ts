// The store of a scenario: one account's text, with everything that can go wrong at a switch.
import type { StoreCallbacks } from 'tokenkeep'
import type { Names } from './names'
import type { Given, Kept } from './script'
import { PASSWORD, type Service } from './services'

interface Text {
  version: number
  generation: number
  token?: string
  refresh_token?: string
  failure?: { code: string; [name: string]: unknown }
  backup?: Text
  [name: string]: unknown
}

type Condition = 'well' | 'unreadable' | 'unwritable' | 'stuck' | 'without locks'

/** Only one holds the lock; the others wait in order. */
interface Waiting {
  take(): void
  signal: AbortSignal
}

export class Shelf {
  text: string | null = null
  is: Condition = 'well'
  activity = 0
  readonly #service: Service
  readonly #names: Names
  readonly #wall: () => number
  /** Saves that hang. */
  #stuck: (() => void)[] = []
  #isHeld = false
  #waiting: Waiting[] = []
  /** The generation when it was last looked at. */
  #seen: number | null = null
  /** The highest that was ever seen. */
  #highest = 0

  constructor(service: Service, names: Names, wall: () => number) {
    this.#service = service
    this.#names = names
    this.#wall = wall
  }

  /** What one process has of it. */
  callbacks(): StoreCallbacks {
    return {
      load: async () => {
        this.activity++
        if (this.is === 'unreadable') throw new Error('Input/output error')
        return this.text
      },
      save: async (_, record, expected) => {
        this.activity++
        if (this.is === 'unwritable') throw new Error('Read-only file system')
        if (this.is === 'stuck') await new Promise<void>((resolve) => this.#stuck.push(resolve))
        this.activity++
        if (this.generation !== expected) return false
        this.text = record
        return true
      },
      clear: async (_, expected) => {
        this.activity++
        if (this.is === 'unwritable') throw new Error('Read-only file system')
        if (this.generation !== expected) return false
        this.text = null
        return true
      },
      lock: async (_, { signal }) => {
        this.activity++
        if (this.is === 'without locks') throw new Error('No locks available')
        await this.#taken(signal)
        return async () => this.letGo()
      },
    }
  }

  get generation(): number | null {
    return this.#read()?.generation ?? null
  }

  becomes(condition: Condition): void {
    this.is = condition
    for (const resume of this.#stuck.splice(0)) resume()
  }

  take(): void {
    if (this.#isHeld) throw new Error('somebody else holds the lock')
    this.#isHeld = true
  }

  letGo(): void {
    this.activity++
    this.#isHeld = false
    this.#waiting = this.#waiting.filter(({ signal }) => !signal.aborted)
    this.#waiting.shift()?.take()
  }

  put(kept: Kept): void {
    const before = this.#read()
    const { backup } = before ?? {}
    const record = this.#written(kept, before?.generation ?? this.#wall() - 1)
    this.text = JSON.stringify({ ...record, ...(backup && { backup }) })
  }

  putBackup(kept: Kept): void {
    const record = this.#read()!
    this.text = JSON.stringify({ ...record, backup: this.#written(kept, record.generation - 2) })
  }

  remove(): void {
    this.text = null
  }

  /** Nothing is left of it but its version, its generation and its backup. */
  tear(): void {
    const { version, generation, backup } = this.#read()!
    this.text = JSON.stringify({ version, generation, backup })
  }

  /** The generation of now is what later ones are held against. */
  look(): void {
    this.#seen = this.generation
    this.#highest = Math.max(this.#highest, this.#seen ?? 0)
  }

  /** What a scenario may say about the store. */
  described(): Record<string, unknown> {
    const record = this.#read()
    const [before, highest] = [this.#seen, this.#highest]
    this.look()
    return {
      there: record !== null,
      token: this.#names.name(record?.token),
      refresh: this.#names.name(record?.refresh_token),
      backup: this.#names.name(record?.backup?.token),
      backupRefresh: this.#names.name(record?.backup?.refresh_token),
      failure: record?.failure?.code ?? null,
      grewBy: record === null || before === null ? null : record.generation - before,
      isNewest: record !== null && record.generation > highest,
    }
  }

  async #taken(signal: AbortSignal): Promise<void> {
    if (!this.#isHeld) return this.take()
    await new Promise<void>((resolve, reject) => {
      const take = () => {
        this.#isHeld = true
        resolve()
      }
      this.#waiting.push({ take, signal })
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
  }

  #read(): Text | null {
    return this.text === null ? null : (JSON.parse(this.text) as Text)
  }

  #written(kept: Kept, after: number): Text {
    const { token, refresh, failure } = kept
    const [now, expiresIn] = [this.#wall(), kept.expiresInSeconds ?? 0]
    const at = (millis: number) => new Date(millis).toISOString()
    const checks = { ours: PASSWORD, another: 'what it was before', unknown: undefined }
    const password = checks[kept.credential ?? 'ours']
    const check = password === undefined ? {} : { credential_check: this.#service.check(password) }
    const minted = (kind: 'access' | 'refresh', name: string, lives: number) =>
      this.#names.minted(kind, name, Math.floor(now / 1000), lives)
    return {
      version: 1,
      ...this.#service.identity,
      ...(token !== undefined && { token: minted('access', token, expiresIn) }),
      ...(refresh !== undefined && { refresh_token: minted('refresh', refresh, 7 * 24 * 3600) }),
      ...((token ?? refresh) !== undefined && { expires_at: at(now + expiresIn * 1000) }),
      saved_at: at(now - (kept.savedSecondsAgo ?? 0) * 1000),
      ...(failure && {
        failure: {
          code: failure.code,
          status: failure.status,
          at: at(now),
          until: at(now + failure.forSeconds * 1000),
          ...(failure.told && { told: true }),
          ...check,
        },
      }),
      generation: after + (kept.newer ?? 1),
      ...check,
    }
  }
}

/** What lies in the variable that `fallbackEnv` names, in the form of use-case 3. */
export function provisioned(tokens: NonNullable<Given['environment']>, names: Names, wall: number): string {
  const { token, refresh, account, expiresInSeconds = 0 } = tokens
  const now = Math.floor(wall / 1000)
  const text = {
    ...(token !== undefined && {
      access_token: names.minted('access', token, now + expiresInSeconds - 600, 600),
      expires_at: now + expiresInSeconds,
    }),
    ...(refresh !== undefined && { refresh_token: names.minted('refresh', refresh, now, 7 * 24 * 3600) }),
    ...(account !== undefined && { account }),
  }
  return Buffer.from(JSON.stringify(text)).toString('base64')
}
