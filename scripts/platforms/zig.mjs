// The compiler and linker for other platforms, from PyPI, into a folder of this project.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { must, root } from '../progress.mjs'

const WANTED = ['ziglang==0.17.0', 'cargo-zigbuild==0.24.0']
const home = join(root, 'target', 'platforms', 'python')
const folder = join(home, process.platform === 'win32' ? 'Scripts' : 'bin')

/** The program that takes cargo's arguments, and what its environment needs. */
export async function zig() {
  const program = join(folder, 'cargo-zigbuild')
  if (!existsSync(program)) await python('bring zig and cargo-zigbuild', ['install', '--quiet', ...WANTED])
  return [program, { PATH: `${folder}:${process.env.PATH}` }]
}

/** Runs pip in an environment of the project's own. */
export async function python(title, args) {
  if (!existsSync(join(folder, 'pip'))) await must('make a Python environment', 'python3', ['-m', 'venv', home])
  await must(title, join(folder, 'pip'), args)
}
