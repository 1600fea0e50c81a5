// A Chromium without a screen: that of TOKENKEEP_CHROMIUM or of the machine, else Debian's, unpacked under target/ with what it needs and
// this machine has not. Nothing is installed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, step } from '../progress.mjs'

const home = join(root, 'target', 'runtimes', 'debian-chromium')
const PACKAGES = ['chromium-headless-shell', 'fonts-dejavu-core']
const ON_PATH = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** How it is started: `executablePath`, `env`. Or the reason why there is none. */
export async function chromium() {
  const { TOKENKEEP_CHROMIUM: given } = process.env
  const found = given ?? ON_PATH.map(which).find((path) => path !== undefined)
  if (found !== undefined) return { executablePath: found, env: {} }
  if (process.platform !== 'linux' || which('apt-get') === undefined) {
    return { missing: 'no Chromium is on the PATH (nor in TOKENKEEP_CHROMIUM), and this is no Debian to bring one from' }
  }
  const why = existsSync(join(home, 'root')) ? undefined : await bring()
  if (why !== undefined) return { missing: `Debian's could not be brought: ${why}` }
  const place = join(home, 'root')
  // Some keep theirs in a folder of their own.
  const libraries = ['usr/lib', 'lib'].flatMap((folder) => subfolders(join(place, folder))).flatMap((each) => (each.endsWith('-linux-gnu') ? [each, ...subfolders(each)] : []))
  const fonts = join(home, 'fonts.conf')
  const fontFolders = [join(place, 'usr/share/fonts'), '/usr/share/fonts'].map((folder) => `<dir>${folder}</dir>`)
  writeFileSync(fonts, `<?xml version="1.0"?><fontconfig>${fontFolders.join('')}<cachedir>${join(home, 'fonts')}</cachedir></fontconfig>`)
  return {
    executablePath: join(place, 'usr/lib/chromium/chromium-headless-shell'),
    env: { LD_LIBRARY_PATH: libraries.join(':'), FONTCONFIG_FILE: fonts },
  }
}

/** Gives the reason why it could not be brought. `undefined`: it is there. */
async function bring() {
  const archives = join(home, 'archives')
  const unpacked = join(home, 'root.new')
  for (const folder of ['lists/partial', 'archives/partial']) mkdirSync(join(home, folder), { recursive: true })
  rmSync(unpacked, { recursive: true, force: true })
  mkdirSync(unpacked)
  const settings = {
    'Dir::State::lists': join(home, 'lists'),
    'Dir::Cache::archives': archives,
    'APT::Install-Recommends': 'false',
    // Who downloads for root may not write here. And nobody's lock: nothing is installed.
    'APT::Sandbox::User': '',
    'Debug::NoLocking': 'true',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const steps = [
    ["read Debian's list", [...options, '--quiet', 'update']],
    ['bring a Chromium from Debian (100 MB, once)', [...options, '--quiet', '--yes', '--download-only', 'install', ...PACKAGES]],
  ]
  for (const [title, args] of steps) {
    const { ok, output } = await step(title, 'apt-get', args)
    if (!ok) return `apt-get: ${output.trim().split('\n').at(-1)}`
  }
  for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    const { status } = spawnSync('dpkg-deb', ['--extract', join(archives, archive), unpacked])
    if (status !== 0) return `dpkg-deb cannot unpack ${archive}`
  }
  renameSync(unpacked, join(home, 'root'))
  return undefined
}

function which(name) {
  const folder = (process.env.PATH ?? '').split(':').find((each) => existsSync(join(each, name)))
  return folder && join(folder, name)
}

function subfolders(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder).map((name) => join(folder, name)).filter((each) => statSync(each, { throwIfNoEntry: false })?.isDirectory())
}
