// The rules that are broken on purpose, to see that the simulator finds it (`npm run simulate:broken`, minutes each).
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}/simulator/broken`
const patches = readdirSync(folder).filter((name) => name.endsWith('.patch'))

it.each(patches)('%s can still be broken: its patch is one of the code as it is', (name) => {
  const { status, stderr } = spawnSync('git', ['apply', '--check', `${folder}/${name}`], { cwd: root, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

it('each of them is in docs/simulator.md, with the seed that found it', () => {
  const page = readFileSync(`${root}/docs/simulator.md`, 'utf8')
  for (const name of patches) expect(page).toMatch(new RegExp(`\\| \`?${name.replace('.patch', '')}\`? \\|[^\\n]*\\| \\d+ \\|`))
})
