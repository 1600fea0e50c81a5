// What comes with the package from others (docs/supply-chain.md, deny.toml). cargo-deny says it more thoroughly: npm run supply-chain.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

interface Crate {
  name: string
  version: string
  license: string | null
  source: string | null
  dependencies: { name: string; kind: string | null; target: string | null }[]
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const text = (file: string) => readFileSync(join(root, file), 'utf8')
const page = text('docs/supply-chain.md')
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' }).trim().split('\n')
const { packages } = JSON.parse(
  execFileSync('cargo', ['metadata', '--format-version', '1', '--locked', '--offline'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }),
) as { packages: Crate[] }
const ours = packages.find(({ name }) => name === 'tokenkeep')!

/** The names in the first column of the table under a heading. */
function listed(heading: string): string[] {
  const [, section] = page.split(`\n## ${heading}\n`)
  const rows = section!.split('\n## ')[0]!.matchAll(/^\| (`.*?`) \|/gm)
  return [...rows].flatMap(([, cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)).sort()
}

/** Of an SPDX expression: does every `AND` have an `OR` that is allowed? Enough for the expressions that there are. */
function isAllowed(licence: string, allowed: string[]): boolean {
  const isGood = (one: string) => one.split(/ OR | ?\/ ?/).some((each) => allowed.includes(each.trim()))
  return licence.split(' AND ').every((one) => isGood(one.replace(/[()]/g, '')))
}

const LINKED = (dependency: Crate['dependencies'][number]) => dependency.kind !== 'dev' && dependency.name !== 'loom'

it('says of every crate that is linked into the addon why it is trusted, and of no other', () => {
  const names = ours.dependencies.filter(LINKED).map(({ name }) => name)
  expect(listed('What is linked into the addon')).toEqual([...new Set(names)].sort())
})

it('names every crate that only tests use', () => {
  const linked = new Set(ours.dependencies.filter(LINKED).map(({ name }) => name))
  const names = ours.dependencies.map(({ name }) => name).filter((name) => !linked.has(name))
  expect(listed('What the tests of the core use')).toEqual([...new Set(names)].sort())
})

it('names every package that builds and tests, and the published one has none', () => {
  const manifest = JSON.parse(text('package.json')) as Record<string, Record<string, string> | undefined>
  expect(listed('What builds and tests the package')).toEqual(Object.keys(manifest['devDependencies']!).sort())
  expect(manifest['dependencies']).toBeUndefined()
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) expect(manifest['scripts']).not.toHaveProperty(script)
})

it('every crate is from crates.io and of a licence that deny.toml allows', () => {
  const [, list] = /^allow = \[(.*)\]$/m.exec(text('deny.toml'))!
  const allowed = [...list!.matchAll(/"([^"]+)"/g)].map(([, licence]) => licence!)
  const others = packages.filter(({ name }) => name !== 'tokenkeep')
  expect(others.length).toBeGreaterThan(100)
  expect(others.filter(({ source }) => !source?.startsWith('registry+https://github.com/rust-lang/crates.io-index')).map(({ name }) => name)).toEqual([])
  expect(others.filter(({ license }) => !isAllowed(license ?? 'none', allowed)).map(({ name, license }) => `${name}: ${license}`)).toEqual([])
})

it('there is a lock file beside whatever has dependencies', () => {
  const crates = tracked.filter((file) => /(^|\/)Cargo\.toml$/.test(file))
  expect(crates).toContain('Cargo.toml')
  const needing = [
    ...crates.map((file) => [file, 'Cargo.lock']),
    ...tracked
      .filter((file) => /(^|\/)package\.json$/.test(file))
      .filter((file) => /"(devD|d)ependencies"/.test(text(file)))
      .map((file) => [file, 'package-lock.json']),
  ]
  for (const [file, lock] of needing) expect([file, existsSync(join(root, dirname(file!), lock!))]).toEqual([file, true])
})

it('every package that npm brings has a checksum, and one alone may run something when it is installed', () => {
  for (const file of tracked.filter((name) => name.endsWith('package-lock.json'))) {
    const { packages: locked } = JSON.parse(text(file)) as { packages: Record<string, { integrity?: string; link?: boolean; hasInstallScript?: boolean }> }
    const entries = Object.entries(locked).filter(([path, entry]) => path !== '' && !entry.link)
    expect(entries.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([])
    if (file === 'package-lock.json') expect(entries.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path)).toEqual(['node_modules/esbuild'])
  }
})
