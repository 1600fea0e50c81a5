// The folder in which the runtimes run: the packages as they are published, installed, and the programs of __test__/runtimes.
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assemble } from '../packages.mjs'
import { root } from '../progress.mjs'

export function layOut() {
  const home = join(root, 'target', 'runtimes', 'app')
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  assemble({ home: join(home, 'node_modules') })
  const programs = join(root, '__test__', 'runtimes')
  for (const name of readdirSync(programs).filter((each) => each !== 'brought')) cpSync(join(programs, name), join(home, name), { recursive: true })
  return home
}
