// Debian's packages of any architecture, unpacked into a folder. The machine's own packages and their lists are left alone.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, root } from '../progress.mjs'

/** Unpacks the packages for an architecture, such as arm64, into a folder. Needs apt, and a mirror that it knows. `suite`: another one. */
export async function unpack(architecture, names, folder, suite) {
  const home = join(root, 'target', 'platforms', 'debian', `${architecture}-${suite ?? 'own'}`)
  const archives = join(home, 'archives', names.join('-'))
  for (const each of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(home, each), { recursive: true })
  mkdirSync(archives, { recursive: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(home, 'status'), '')
  const settings = {
    'Dir::State': home,
    'Dir::State::lists': join(home, 'lists'),
    'Dir::State::status': join(home, 'status'),
    'Dir::Cache': join(home, 'cache'),
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    ...(suite === undefined ? {} : { 'Dir::Etc::sourcelist': sourceOf(suite, home), 'Dir::Etc::sourceparts': '/dev/null' }),
    // Who downloads for root may not write here.
    'APT::Sandbox::User': '',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  const cwd = archives
  await must(`read Debian's list for ${architecture}`, 'apt-get', [...options, '--quiet', 'update'], { cwd })
  await must(`bring ${names.join(', ')} of ${architecture} from Debian`, 'apt-get', [...options, '--quiet', 'download', ...names], { cwd })
  for (const archive of readdirSync(archives)) await must(`unpack ${archive}`, 'dpkg-deb', ['--extract', join(archives, archive), folder])
}

/** A list of a suite alone, from the mirror of the machine's own. */
function sourceOf(suite, home) {
  const mirrors = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' }).split('\n')
  const mirror = mirrors.find((uri) => /\/debian\/?$/.test(uri))
  if (mirror === undefined) throw new Error('apt knows no mirror of Debian: is this one? Then run apt-get update')
  const file = join(home, 'sources.list')
  writeFileSync(file, `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror} ${suite} main\n`)
  return file
}
