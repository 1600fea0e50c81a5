// Runtimes that npm brings when they are asked for, into target/runtimes: what `__test__/runtimes/brought/*/package-lock.json` says, with its
// checksums and without running any script.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint } from '../fingerprint.mjs'
import { root, step } from '../progress.mjs'

const manifests = join(root, '__test__', 'runtimes', 'brought')

/** The folder in which `name` is installed, or the reason why it is not: `{ folder }` or `{ missing }`. */
export async function brought(name) {
  const folder = join(root, 'target', 'runtimes', name)
  const stamp = join(folder, '.brought')
  const state = fingerprint(['package.json', 'package-lock.json'].map((file) => join(manifests, name, file)))
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return { folder }
  mkdirSync(folder, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(manifests, name, file), join(folder, file))
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const { ok, output } = await step(`bring ${name} from npm (once)`, npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
  if (!ok) return { missing: `npm did not bring it: ${output.trim().split('\n')[0]}` }
  writeFileSync(stamp, state)
  return { folder }
}

/** The program among `candidates` that is there: packages for other platforms are not installed. */
export function programOf({ folder, missing }, candidates) {
  if (missing !== undefined) return { missing }
  const program = candidates.map((each) => join(folder, 'node_modules', each)).find((each) => existsSync(each))
  return program === undefined ? { missing: `npm has none for ${process.platform}-${process.arch}` } : { program }
}

/** The version that is pinned. */
export function versionOf(name, dependency) {
  const { packages } = JSON.parse(readFileSync(join(manifests, name, 'package-lock.json'), 'utf8'))
  const entries = Object.entries(packages).filter(([path]) => path !== '')
  return (entries.find(([path]) => path.endsWith(`/${dependency}`)) ?? entries[0])[1].version
}
