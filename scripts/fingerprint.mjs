// By what a step knows that its sources are those that it has worked on.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Of these files, and of all in these folders. */
export function fingerprint(paths) {
  const sum = createHash('sha256')
  const add = (path) => {
    if (statSync(path).isDirectory()) readdirSync(path).sort().forEach((name) => add(join(path, name)))
    else sum.update(path).update(readFileSync(path))
  }
  paths.forEach(add)
  return sum.digest('hex')
}
