// Compiles the addon for a platform into target/addons, under the name that its package gives it.
import { parseTriple } from '@napi-rs/cli'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { must, root } from '../progress.mjs'
import { bring, remapped } from '../rust-target.mjs'
import { ndk } from './android.mjs'
import { zig } from './zig.mjs'

/** The oldest glibc that an addon asks for: that of CentOS 7, older than what any supported Node asks for. */
const GLIBC = '2.17'
const LIBRARY = { linux: 'libtokenkeep.so', freebsd: 'libtokenkeep.so', android: 'libtokenkeep.so', darwin: 'libtokenkeep.dylib', win32: 'tokenkeep.dll' }

export async function compile(triple) {
  const { platform, abi, platformArchABI } = parseTriple(triple)
  // zig brings the headers and the linker of every Linux and of FreeBSD, and a glibc as old as asked for. It has none of Android's, whose
  // NDK has to be here. The others have their own machines.
  const isCrossed = platform === 'linux' || platform === 'freebsd'
  const [program, env] = isCrossed ? await zig() : ['cargo', platform === 'android' ? ndk(triple) : {}]
  const why = await bring(triple)
  if (why !== undefined) {
    console.error(`\nStopped: ${why}`)
    process.exit(1)
  }
  const target = abi?.startsWith('gnu') ? `${triple}.${GLIBC}` : triple
  const home = join(root, 'target', 'platforms')
  const options = ['rustc', '--release', '--lib', '--crate-type', 'cdylib', '--target', isCrossed ? target : triple, '--target-dir', home]
  execFileSync('cargo', ['fetch', '--quiet', '--locked'], { cwd: root, stdio: 'inherit' })
  await must(`compile the addon for ${triple}`, program, options, { env: { ...env, CARGO_ENCODED_RUSTFLAGS: flags(platform, abi) } })
  const addons = join(root, 'target', 'addons')
  mkdirSync(addons, { recursive: true })
  const addon = join(addons, `tokenkeep.${platformArchABI}.node`)
  copyFileSync(join(home, triple, 'release', LIBRARY[platform]), addon)
  return addon
}

function flags(platform, abi) {
  const chosen = remapped()
  // An addon is a library: the libc is that of the Node that loads it.
  if (abi?.startsWith('musl')) chosen.push('-Ctarget-feature=-crt-static')
  // And on Windows it brings the C runtime, which not every machine has.
  if (platform === 'win32') chosen.push('-Ctarget-feature=+crt-static')
  return chosen.join('\x1f')
}
