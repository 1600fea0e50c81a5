import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'

/** The long run, which `npm run test:long` asks for. */
export const LONG = process.env['TOKENKEEP_LONG'] === '1'

/** The deadline of the managers here, the grace of their locks, and what a busy machine takes for a login. */
export const DEADLINE_MS = 3_000
export const GRACE_MS = 5_000
export const SLACK_MS = 25_000

const made: string[] = []

/** A folder of the test's own, which other users may pass through. */
export function workshop(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tokenkeep-processes-')))
  chmodSync(folder, 0o755)
  made.push(folder)
  return folder
}

/** Removes them all. */
export function tidy(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** The names in a store's folder, by what they are. */
export function namesIn(folder: string) {
  const names = existsSync(folder) ? readdirSync(folder) : []
  const ending = (pattern: RegExp) => names.filter((name) => pattern.test(name))
  return {
    records: ending(/^[0-9a-f]{32}\.json$/),
    backups: ending(/^[0-9a-f]{32}\.bak\.json$/),
    locks: ending(/^[0-9a-f]{32}\.lock$/),
    temporary: ending(/\.tokenkeep-.*\.tmp$/),
    aside: ending(/^[0-9a-f]{32}\.[a-z-]+-\d+(-\d+)?\.json$/),
  }
}

/** A record as it lies there. */
export interface StoredRecord {
  version: number
  token?: string
  refresh_token?: string
  expires_at?: string
  generation: number
  sealed?: string
}

/** The one record of the folder, if there is one. */
export function recordIn(folder: string): StoredRecord | null {
  const [name] = namesIn(folder).records
  return name === undefined ? null : (JSON.parse(readFileSync(join(folder, name), 'utf8')) as StoredRecord)
}

/** What must be true at any moment, whoever has died in the middle of what: nothing torn, nothing open to others. */
export function expectSound(folder: string): void {
  if (!existsSync(folder)) return
  expect(modeOf(folder), folder).toBe('700')
  const { records, backups, aside } = namesIn(folder)
  expect(aside, 'nothing was so broken that somebody set it aside').toEqual([])
  expect(records.length).toBeLessThanOrEqual(1)
  for (const name of readdirSync(folder)) {
    const found = lstatSync(join(folder, name), { throwIfNoEntry: false })
    // Others go on writing meanwhile: a temporary file has a short life.
    if (found !== undefined) expect(`${name} ${(found.mode & 0o7777).toString(8)}`).toBe(`${name} 600`)
  }
  for (const name of [...records, ...backups]) {
    const text = textAt(join(folder, name))
    if (text === null) continue
    const record = JSON.parse(text) as StoredRecord
    expect(record).toMatchObject({ version: 1 })
    expect(record.sealed ?? record.token ?? record.refresh_token, `${name} has a session`).toEqual(expect.any(String))
  }
}

function textAt(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

export const modeOf = (path: string) => (lstatSync(path).mode & 0o7777).toString(8)
