// The packages as they are published: the main one and one for each platform whose addon is at hand, as folders in
// target/packages. `npm run packages`; `-- --addons <folder>` takes the addons from there, `-- --all` insists on every platform and on
// whatever the exports name, and `-- --tarballs` packs each of them.
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from './progress.mjs'

const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const write = (file, manifest) => writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`)

/** The packages of the platforms, as `napi create-npm-dirs` has laid them out. */
export function platforms() {
  return readdirSync(join(root, 'npm')).sort().map((folder) => read(join(root, 'npm', folder, 'package.json')))
}

/** Lays them out and gives their folders, the main one first. */
export function assemble({ home = join(root, 'target', 'packages'), addons = root, all = false } = {}) {
  rmSync(home, { recursive: true, force: true })
  const manifest = read(join(root, 'package.json'))
  const folders = [main(home, manifest)]
  const missing = all ? unbuilt(folders[0]) : []
  if (missing.length > 0) throw new Error(`${folders[0]} has no ${missing.join(', ')}, which its exports name: npm run build, and see what it says is NOT BUILT`)
  for (const platform of platforms()) {
    const addon = join(addons, platform.main)
    if (existsSync(addon)) folders.push(packageOf(platform, addon, home, manifest.version))
    else if (all) throw new Error(`no ${platform.main} in ${addons}: a release has every platform of npm/`)
  }
  return folders
}

/** What the exports of a package name and it has not: a build that cannot make WebAssembly only warns, and packing asks for no file. */
export function unbuilt(folder) {
  const pathsOf = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(pathsOf))
  const { exports } = read(join(folder, 'package.json'))
  return [...new Set(pathsOf(exports))].filter((path) => !existsSync(join(folder, path)))
}

/**
 * What `files` lists, with a manifest for users. The platforms' packages become its optional dependencies here, and not in the
 * working copy: there, `npm ci` would want them from the registry before they are in it, and take them from whoever was there first.
 */
function main(home, manifest) {
  const folder = join(home, manifest.name)
  const packed = mkdtempSync(join(tmpdir(), 'tokenkeep-pack-'))
  try {
    mkdirSync(folder, { recursive: true })
    execFileSync('tar', ['-xzf', pack(root, packed), '-C', folder, '--strip-components=1'])
  } finally {
    rmSync(packed, { recursive: true })
  }
  // What only those need who work on it. Without scripts, none runs when it is installed.
  const { scripts, devDependencies, overrides, napi, ...published } = manifest
  const optionalDependencies = Object.fromEntries(platforms().map(({ name }) => [name, manifest.version]))
  write(join(folder, 'package.json'), { ...published, ...origin(), optionalDependencies })
  return folder
}

function packageOf(platform, addon, home, version) {
  const folder = join(home, platform.name)
  mkdirSync(folder, { recursive: true })
  copyFileSync(addon, join(folder, platform.main))
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(root, 'npm', platform.name.replace('tokenkeep-', ''), 'README.md'), join(folder, 'README.md'))
  write(join(folder, 'package.json'), { ...platform, version, type: 'commonjs', ...origin() })
  return folder
}

/** Makes the tarball of a folder in another one, and gives its path. */
export function pack(folder, destination) {
  // Without a shell a Windows machine does not find npm.
  const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], shell: process.platform === 'win32' }
  const said = execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', destination], options)
  return join(destination, said.trim().split('\n').at(-1))
}

/** The registry compares it with who asks for provenance, so the release says it of itself. */
function origin() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env
  return server && repository ? { repository: { type: 'git', url: `git+${server}/${repository}.git` } } : {}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const from = process.argv.indexOf('--addons')
  const addons = from < 0 ? root : resolve(process.argv[from + 1])
  const isPacked = process.argv.includes('--tarballs')
  for (const folder of assemble({ addons, all: process.argv.includes('--all') })) console.log(isPacked ? pack(folder, dirname(folder)) : folder)
}
