// Installs the packages for a platform into an empty folder and does the main job with them: 1,000 callers, one login.
import { parseTriple } from '@napi-rs/cli'
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assemble } from '../packages.mjs'
import { root, step } from '../progress.mjs'
import { FOREIGN } from './foreign.mjs'

/** Does it hold, and the words for it. What cannot be tried here has not failed, and is said. */
export async function trial(triple) {
  const { platform, arch, abi, platformArchABI } = parseTriple(triple)
  const way = isHost(platform, arch, abi) ? here() : await FOREIGN[triple]?.()
  if (way === undefined) return { ok: true, said: `not tried: nothing on this machine runs ${platformArchABI}` }
  const folder = join(root, 'target', 'platforms', 'trials', platformArchABI)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // Without a manifest the name of the package would mean the folder that this is in.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const installed = join(folder, 'node_modules')
  assemble({ home: installed, addons: join(root, 'target', 'addons') })
  copyFileSync(join(root, 'scripts', 'platforms', 'callers.cjs'), join(folder, 'callers.cjs'))
  const [program, args] = way.command(folder, 'callers.cjs')
  const { ok, output } = await step(`1,000 callers on ${platformArchABI}, with ${way.where}`, program, args, { cwd: folder })
  return { ok, said: `${way.where}: ${output.trim().split('\n').at(-1)}` }
}

function isHost(platform, arch, abi) {
  if (platform !== process.platform || arch !== process.arch) return false
  if (platform !== 'linux') return true
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined
  return abi.startsWith('gnu') === isGlibc
}

function here() {
  return { where: `Node ${process.versions.node} here`, command: (folder, program) => [process.execPath, [join(folder, program)]] }
}
