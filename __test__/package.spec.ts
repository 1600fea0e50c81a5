// The package as it is installed.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esm from 'tokenkeep'
import * as testing from 'tokenkeep/testing'
import { expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[]; version: string }
const node = (code: string) => execFileSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8' }).trim()

it('exports the names of the contract, the same from ESM and from CommonJS', () => {
  const names = [
    'BaserowAuthError',
    'BaserowJwtManagerDisabled',
    'BaserowJwtManagerImpl',
    'TokenError',
    'baserow',
    'createBaserowJwtManager',
    'createTokenManager',
    'createTokenPool',
    'custom',
    'customStore',
    'fileStore',
    'fromEnv',
    'jsonLogin',
    'memoryStore',
    'oauth2',
  ]
  const cjs = require(join(root, 'dist/index.cjs')) as Record<string, unknown>
  expect(Object.keys(esm).sort()).toEqual(names)
  expect(Object.keys(cjs).sort()).toEqual(names)
  for (const name of names) expect(cjs[name]).toBe((esm as Record<string, unknown>)[name])
  expect(Object.keys(testing).sort()).toEqual(['DEFAULT_KEY', 'DEFAULT_USER', 'memoryCallbacks', 'signJwt', 'startBaserow', 'startFaultServer', 'startTokenServer', 'storeContract'])
})

const INTEGRATIONS = {
  fetch: ['authFetch'],
  undici: ['authInterceptor'],
  axios: ['attachAuth'],
  fastify: ['default', 'tokenPlugin'],
}

it.each(Object.entries(INTEGRATIONS))('tokenkeep/%s is the same from ESM and from CommonJS, and loads neither the addon nor the library that it is for', (entry, names) => {
  const loaded = `Object.keys(require.cache).filter((file) => !/dist.${entry}\\.cjs$/.test(file)).length`
  expect(node(`console.log(Object.keys(require('tokenkeep/${entry}')).sort().join(), ${loaded})`)).toBe(`${names.join()} 0`)
  const same = names.map((name) => `esm.${name} === cjs.${name}`).join(' && ')
  expect(node(`const cjs = require('tokenkeep/${entry}'); import('tokenkeep/${entry}').then((esm) => console.log(Object.keys(esm).sort().join(), ${same}))`)).toBe(
    `${names.join()} true`,
  )
})

it('an error of an integration is a TokenError of the package, although each has a copy of its own', () => {
  const attempt = `try { authFetch(null, {}) } catch (error) { console.log(error instanceof TokenError, error.constructor === TokenError) }`
  expect(node(`const { TokenError } = require('tokenkeep'), { authFetch } = require('tokenkeep/fetch'); ${attempt}`)).toBe('true false')
})

it('resolves by its own name in ESM and in CommonJS', () => {
  expect(node(`console.log(typeof require('tokenkeep').createBaserowJwtManager, typeof require('tokenkeep/testing').startBaserow)`)).toBe(
    'function function',
  )
  expect(node(`import('tokenkeep').then((m) => console.log(typeof m.BaserowAuthError))`)).toBe('function')
})

it('the test kit loads without the addon: a test that only needs a server pays for no more', () => {
  const loaded = node(`require('tokenkeep/testing'); console.log(Object.keys(require.cache).some((f) => f.endsWith('.node')))`)
  expect(loaded).toBe('false')
})

it('lists every file that its exports need', () => {
  const packed = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as
    | { files: { path: string }[] }[]
    | Record<string, { files: { path: string }[] }>
  const files = Object.values(packed)[0]!.files.map((file) => file.path)
  for (const needed of ['dist/index.cjs', 'dist/index.mjs', 'dist/testing.cjs', 'dist/testing.mjs', 'index.d.ts', 'index.d.mts', 'testing.d.ts', 'testing.d.mts', 'binding.js',
    ...Object.keys(INTEGRATIONS).flatMap((entry) => [`dist/${entry}.cjs`, `dist/${entry}.mjs`, `${entry}.d.ts`, `${entry}.d.mts`])]) {
    expect(files).toContain(needed)
  }
  expect(files.filter((file) => file.endsWith('.node'))).toHaveLength(1)
  expect(files.filter((file) => /^(src|lib|__test__|bench|target)\//.test(file))).toEqual([])
})

it('works when it is installed from its tarball, in ESM and in CommonJS, without this folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-installed-'))
  try {
    execFileSync('npm', ['pack', '--pack-destination', folder], { cwd: root, stdio: 'ignore' })
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!
    mkdirSync(join(folder, 'node_modules', 'tokenkeep'), { recursive: true })
    execFileSync('tar', ['-xzf', tarball, '-C', 'node_modules/tokenkeep', '--strip-components=1'], { cwd: folder })
    await using server = await testing.startBaserow()
    const job = `const m = createBaserowJwtManager({ baseUrl: '${server.baseUrl}', ...DEFAULT_USER }); m.getToken().then((token) => console.log(token.slice(0, 3)))`
    const programs = {
      'program.mjs': `import { createBaserowJwtManager } from 'tokenkeep'; import { DEFAULT_USER } from 'tokenkeep/testing'; ${job}`,
      'program.cjs': `const { createBaserowJwtManager } = require('tokenkeep'); const { DEFAULT_USER } = require('tokenkeep/testing'); ${job}`,
    }
    for (const [name, code] of Object.entries(programs)) {
      writeFileSync(join(folder, name), code)
      const child = spawn(process.execPath, [name], { cwd: folder })
      let output = ''
      child.stdout.on('data', (chunk) => (output += chunk))
      child.stderr.on('data', (chunk) => (output += chunk))
      await new Promise((resolve) => child.on('close', resolve))
      expect(output).toBe('eyJ\n')
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('can be bundled by esbuild, which leaves the addon outside', async () => {
  const bundled = join(mkdtempSync(join(tmpdir(), 'tokenkeep-bundle-')), 'service.cjs')
  const entry = join(root, 'dist/index.cjs')
  execFileSync(join(root, 'node_modules/.bin/esbuild'), [entry, '--bundle', '--platform=node', '--loader:.node=copy', `--outfile=${bundled}`], { stdio: 'pipe' })
  expect(node(`console.log(typeof require(${JSON.stringify(bundled)}).createBaserowJwtManager)`)).toBe('function')
  rmSync(dirname(bundled), { recursive: true })
})

it('crate and package have one version', () => {
  expect(/^version = "(.*)"/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))![1]).toBe(manifest.version)
})

it('napi is named only under src/binding', () => {
  const named = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.rs') && !/^binding(\.rs$|\/)/.test(file))
    .filter((file) => /\bnapi(_derive)?(::|\()|#\[napi|wasm_bindgen/.test(readFileSync(join(root, 'src', file), 'utf8')))
  expect(named).toEqual([])
})

it('the core reads no clock, spawns nothing and touches no file or variable of its own', () => {
  const native = /^(binding(\.rs$|\/)|clock\/system\.rs$|store\/file(\.rs$|\/)|transport\/http(\.rs$|\/)|waypoint\.rs$)/
  const forbidden = /SystemTime::now|Instant::now|tokio::(?!sync\b)|std::fs|std::env|std::thread|reqwest::/
  const found = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.rs') && !native.test(file))
    .filter((file) => forbidden.test(readFileSync(join(root, 'src', file), 'utf8')))
  expect(found).toEqual([])
})

it('the dependency tree of the core has no napi, no reqwest and no more of tokio than sync', () => {
  const flags = ['--no-default-features', '--edges', 'normal', '--prefix', 'none', '--offline', '--format', '{lib} {f}']
  const tree = execFileSync('cargo', ['tree', ...flags], { cwd: root, encoding: 'utf8' }).split('\n')
  expect(tree.filter((line) => /^(napi|reqwest|hyper|rustls|wasm_bindgen)/.test(line))).toEqual([])
  expect([...new Set(tree.filter((line) => line.startsWith('tokio')))]).toEqual(['tokio sync'])
})

it('the binding catches panics in every export', () => {
  const sources = readdirSync(join(root, 'src/binding'), { recursive: true, encoding: 'utf8' })
  for (const file of sources.filter((file) => file.endsWith('.rs'))) {
    const source = readFileSync(join(root, 'src/binding', file), 'utf8')
    // What follows an attribute without catch_unwind may be a type or an impl block, never a function.
    for (const [, attribute, item] of source.matchAll(/#\[napi(\([^)]*\))?\]\s*(?:#\[[^\]]*\]\s*)*pub (\w+)/g)) {
      if (item === 'fn') expect(`${file}: ${attribute}`).toContain('catch_unwind')
    }
  }
})
