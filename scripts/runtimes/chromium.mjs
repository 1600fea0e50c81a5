// A Chromium without a screen: that of TOKENKEEP_CHROMIUM or of the machine, else Debian's, unpacked under target/ with what it needs and
// this machine has not. Nothing is installed.
import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bring } from '../debian.mjs'
import { root } from '../progress.mjs'

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
  const why = existsSync(join(home, 'root')) ? undefined : await brought()
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
async function brought() {
  const unpacked = join(home, 'root.new')
  rmSync(unpacked, { recursive: true, force: true })
  const why = await bring('bring a Chromium from Debian (100 MB, once)', PACKAGES, unpacked, { home, needs: true })
  if (why !== undefined) return why
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
