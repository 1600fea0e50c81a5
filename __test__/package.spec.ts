// The package as it is built (installed.spec.ts: as it is installed).
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as esm from 'tokenkeep'
import * as testing from 'tokenkeep/testing'
import { expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
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
  redis: ['redisStore'],
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

/** The Rust sources, but for those in `place`, of which one is `what`. */
function named(what: RegExp, place: RegExp, without = (text: string) => text): string[] {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.rs') && !place.test(file))
    .filter((file) => what.test(without(readFileSync(join(root, 'src', file), 'utf8'))))
}

it('napi is named only under src/binding, and in the attributes of the shapes in src/face', () => {
  // How a struct crosses can only be said where it is written: the attribute, what it needs in scope, and napi's type of bytes.
  const attributes = /#\[cfg_attr\(feature = "binding", napi\(.*\)\)\]|#\[cfg\(feature = "binding"\)\]\nuse napi(_derive::napi|::bindgen_prelude::Uint8Array);/g
  const napi = /\bnapi(_derive)?(::|\()|#\[napi/
  expect(named(napi, /^(binding|face)(\.rs$|\/)/)).toEqual([])
  expect(named(napi, /^binding(\.rs$|\/)/, (text) => text.replace(attributes, ''))).toEqual([])
})

it('wasm-bindgen is named only under src/wasm', () => {
  expect(named(/\bwasm_bindgen|\bjs_sys|\bweb_sys/, /^wasm(\.rs$|\/)/)).toEqual([])
})

it('what both faces share knows neither of them but for the machine that each brings', () => {
  expect(named(/crate::(binding|wasm)\b/, /^(binding|wasm)(\.rs$|\/)|^face\/machine\.rs$/)).toEqual([])
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
