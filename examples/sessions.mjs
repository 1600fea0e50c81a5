// The stored sessions, as a person with an editor has them: they are JSON files.
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that is gone when the example ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-example-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function read(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** The paths of the sessions in a folder, without their backups and locks. */
export function sessionsIn(folder) {
  return readdirSync(folder).filter((name) => /^[0-9a-f]{32}\.json$/.test(name)).map((name) => join(folder, name))
}

/** The one session in a folder. */
export function sessionIn(folder) {
  const paths = sessionsIn(folder)
  if (paths.length !== 1) throw new Error(`${folder} has ${paths.length} sessions`)
  return paths[0]
}

/** Moves a session back in time until its token has `ms` left: what waiting would do, without the wait. */
export function leave(path, ms) {
  const record = read(path)
  const shift = Date.parse(record.expires_at) - Date.now() - ms
  const earlier = (time) => new Date(Date.parse(time) - shift).toISOString()
  writeFileSync(path, JSON.stringify({ ...record, saved_at: earlier(record.saved_at), expires_at: earlier(record.expires_at) }))
}
