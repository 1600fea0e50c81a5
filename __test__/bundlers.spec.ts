// Programs that bundlers make of a service: each is built in a project that has the packages installed, carried to where only what a
// deployment has is, and run. TOKENKEEP_LONG=1: Next.js, too. Servers have the native addon, and pages the
// WebAssembly build.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assemble } from '../scripts/packages.mjs'

const here = join(dirname(fileURLToPath(import.meta.url)), 'bundlers')
/** Packages, as they are published. */
let packages: string[]
let home: string

beforeAll(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'tokenkeep-bundlers-')))
  packages = assemble({ home: join(home, 'packages') })
  bring(here)
}, 300_000)
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Installs what a folder's lock file says, unless that is there. */
function bring(folder: string): void {
  const stamp = join(folder, 'node_modules', '.tokenkeep-lock')
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'pipe' })
  writeFileSync(stamp, lock)
}

function install(folder: string): void {
  for (const each of packages) cpSync(each, join(folder, 'node_modules', basename(each)), { recursive: true })
}

/** A folder of its own for each program. */
function place(name: string): string {
  const folder = join(home, name)
  mkdirSync(folder, { recursive: true })
  return folder
}

it.each([
  ['esbuild', 'external'],
  ['esbuild', 'bundled'],
  ['webpack', 'external'],
  ['webpack', 'bundled'],
  ['vite', 'external'],
])('%s, tokenkeep %s: builds, runs, 1,000 callers and one login', (bundler, way) => {
  const project = place(`${bundler}-${way}-project`)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'service', private: true, type: 'module' }))
  install(project)
  copyFileSync(join(here, 'service.mjs'), join(project, 'service.mjs'))
  const output = place(`${bundler}-${way}`)
  execFileSync(process.execPath, [join(here, bundler, 'build.mjs'), project, output, way], { cwd: project, stdio: 'pipe' })
  // What is left of it is not to be found by accident.
  rmSync(project, { recursive: true })
  const addons = readdirSync(output, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.node'))
  if (way === 'external') install(output)
  expect(addons).toHaveLength(way === 'external' ? 0 : 1)
  expect(execFileSync(process.execPath, ['service.mjs'], { cwd: output, encoding: 'utf8' })).toBe('1 token, 1 login\n')
}, 120_000)

it.each(['esbuild', 'webpack', 'vite'])('%s, for a page: takes the WebAssembly build and nothing of the addon, and it runs where nothing of Node is', async (bundler) => {
  const project = place(`${bundler}-page-project`)
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'page', private: true, type: 'module' }))
  install(project)
  copyFileSync(join(here, 'page.mjs'), join(project, 'page.mjs'))
  const output = place(`${bundler}-page`)
  execFileSync(process.execPath, [join(here, bundler, 'build.mjs'), project, output, 'page'], { cwd: project, stdio: 'pipe' })
  rmSync(project, { recursive: true })
  const files = readdirSync(output, { recursive: true, encoding: 'utf8' })
  expect([files.filter((file) => file.endsWith('.wasm')).length, files.filter((file) => file.endsWith('.node'))]).toEqual([1, []])
  const code = readFileSync(join(output, 'page.mjs'), 'utf8')
  expect(code.match(/(from|import|require\()\s*["'](node:[a-z_/]+|[^"']*binding[^"']*|[^"']*\.node)["']/g)).toBe(null)
  await using server = await startBaserow()
  const login = JSON.stringify({ url: server.url, baseUrl: server.baseUrl, ...DEFAULT_USER })
  const { stdout } = await promisify(execFile)(process.execPath, [join(here, 'load.mjs'), join(output, 'page.mjs'), login])
  expect(stdout).toBe('1 token, 1 login, 200\n')
  expect(server.counters.logins).toBe(1)
}, 120_000)

/** Links stay links to what is beside them. */
const AS_IT_IS = { recursive: true, verbatimSymlinks: true }

// A minute, most of which is Next.js's own.
it.runIf(process.env['TOKENKEEP_LONG'] === '1')('Next.js, as a standalone server: builds, runs, 1,000 callers and one login', async () => {
  const app = join(here, 'next')
  bring(app)
  const project = place('next-project')
  // Next.js takes a folder for the project's own only when its packages are in it.
  cpSync(app, project, AS_IT_IS)
  install(project)
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }
  execFileSync(process.execPath, ['node_modules/next/dist/bin/next', 'build'], { cwd: project, env, stdio: 'pipe' })
  const output = join(home, 'next')
  cpSync(join(project, '.next', 'standalone'), output, AS_IT_IS)
  rmSync(project, { recursive: true })
  const server = spawn(process.execPath, ['server.js'], { cwd: output, env: { ...env, PORT: '0', HOSTNAME: '127.0.0.1' }, stdio: ['ignore', 'pipe', 'pipe'] })
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let said = ''
      const hear = (chunk: Buffer) => {
        said += chunk.toString()
        const [, port] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? []
        if (port !== undefined && port !== '0') resolve(`http://127.0.0.1:${port}/token`)
      }
      server.stdout.on('data', hear)
      server.stderr.on('data', hear)
      server.on('close', () => reject(new Error(said)))
    })
    const answer = await fetch(url)
    expect([answer.status, await answer.text()]).toEqual([200, '1 token, 1 login\n'])
  } finally {
    server.kill()
  }
}, 600_000)
