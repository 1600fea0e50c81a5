// Packages of Debian (and Ubuntu), unpacked into a folder. Nothing is installed, no rights are needed, and the machine's own packages and
// their lists are left alone.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { step } from './progress.mjs'

/**
 * Unpacks `names` into `folder`, and gives the reason why it could not. `undefined`: done. In `home` are the lists and the archives.
 * `architecture`: another than this machine's. `source`: a line of a list in place of the machine's (each needs a `home` of its own:
 * apt removes the lists of whatever it is not told of). `needs`: with what they need and this machine has not. `extras`: packages that
 * are taken too where there are any. `patienceMs`: for each call of apt.
 */
export function unpack(names, folder, { home, architecture, source, needs = false, extras = [], patienceMs }) {
  const archives = join(home, 'archives', names.join('-'))
  for (const each of [join(home, 'lists', 'partial'), join(home, 'cache'), join(archives, 'partial'), folder]) mkdirSync(each, { recursive: true })
  const options = Object.entries(settings(home, archives, architecture, source)).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const apt = (...args) => failure('apt-get', [...options, '-qq', ...args], { cwd: archives, timeout: patienceMs })
  // A list of several that cannot be had is no matter where the packages are in the others. Else it is the reason, and without a network
  // apt has to be told to call that an error.
  const unread = apt('-o', 'APT::Update::Error-Mode=any', 'update')
  // Nothing is installed, so the lock of who installs is nobody's business.
  const how = needs ? ['-o', 'Debug::NoLocking=true', '--yes', '--download-only', 'install'] : ['download']
  const missing = apt(...how, ...names)
  if (missing !== undefined) return unread ?? missing
  for (const extra of extras) apt('download', extra)
  for (const archive of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    const broken = failure('dpkg-deb', ['--extract', join(archives, archive), folder])
    if (broken !== undefined) return `${archive} cannot be unpacked: ${broken}`
  }
  return undefined
}

/** The same, with a line that says that it is under way. */
export async function bring(title, ...request) {
  const { ok, output } = await step(title, process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(request)])
  return ok ? undefined : output.trim()
}

/** The line of a list for a suite, such as trixie, from the mirror of the machine's own. */
export function mirrored(suite) {
  const mirrors = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' }).split('\n')
  const mirror = mirrors.find((uri) => /\/debian\/?$/.test(uri))
  if (mirror === undefined) throw new Error('apt knows no mirror of Debian: is this one? Then run apt-get update')
  return `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} ${suite} main`
}

function settings(home, archives, architecture, source) {
  const common = {
    'Dir::State::lists': join(home, 'lists'),
    'Dir::Cache': join(home, 'cache'),
    'Dir::Cache::archives': archives,
    'APT::Install-Recommends': 'false',
    'Acquire::Retries': '2',
    // Who downloads for root may not write here.
    'APT::Sandbox::User': '',
  }
  if (source !== undefined) {
    const list = join(home, 'sources.list')
    writeFileSync(list, `${source}\n`)
    Object.assign(common, { 'Dir::Etc::sourcelist': list, 'Dir::Etc::sourceparts': '/dev/null' })
  }
  if (architecture === undefined) return common
  // What is installed here is of no use to another architecture.
  const status = join(home, 'status')
  writeFileSync(status, '')
  return { ...common, 'Dir::State': home, 'Dir::State::status': status, 'APT::Architecture': architecture, 'APT::Architectures': architecture }
}

/** Why a program has failed, in its own words and in one line. */
function failure(program, args, options) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'], ...options })
  if (error !== undefined) return error.code === 'ENOENT' ? `there is no ${program}` : `${program}: ${error.message}`
  if (status === 0) return undefined
  const lines = stderr.trim().split('\n')
  return lines.find((line) => line.startsWith('E:')) ?? (lines.at(-1) || `${program} has failed`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const why = unpack(...JSON.parse(process.argv[2]))
  if (why !== undefined) console.error(why)
  process.exitCode = why === undefined ? 0 : 1
}
