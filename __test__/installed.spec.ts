// The packages as a user has them: from their tarballs, in an empty folder, without this one and without Rust.
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { assemble, pack, platforms } from '../scripts/packages.mjs'

interface Manifest {
  name: string
  version: string
  scripts?: Record<string, string>
  devDependencies?: Record<string, string>
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  exports: Record<string, unknown>
  bin: Record<string, string>
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
const filesOf = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => statSync(join(folder, file)).isFile()).map((file) => file.replaceAll('\\', '/'))
/** Reads Node's and the language's types once for all programs. */
const sources = new Map<string, ts.SourceFile | undefined>()
function parsed(file: string, options: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile | undefined {
  const isShared = !file.startsWith(project)
  if (isShared && sources.has(file)) return sources.get(file)
  const text = ts.sys.readFile(file)
  const source = text === undefined ? undefined : ts.createSourceFile(file, text, options)
  if (isShared) sources.set(file, source)
  return source
}
/** No compiler is on this PATH. */
const env = { HOME: tmpdir(), PATH: [dirname(process.execPath), '/usr/bin', '/bin'].join(':') }

let home: string
let main: string
let platform: string
let tarballs: string[]
/** An empty project in which they are installed. */
let project: string

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tokenkeep-packages-'))
  const folders = assemble({ home })
  expect(folders.map((folder) => basename(folder))).toEqual(['tokenkeep', expect.stringMatching(/^tokenkeep-/)])
  ;[main, platform] = folders as [string, string]
  tarballs = folders.map((folder) => pack(folder, home))
  project = realpathSync(mkdtempSync(join(tmpdir(), 'tokenkeep-installed-')))
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'service', private: true }))
  // What is not in the tarballs may not be fetched: the other platforms' packages are as absent as on a platform that has none.
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', ...tarballs], { cwd: project, env, stdio: 'pipe' })
}, 60_000)

afterAll(() => {
  rmSync(home, { recursive: true, force: true })
  rmSync(project, { recursive: true, force: true })
})

it('the main package has every file that its exports and its commands name, and nothing of how it is made', () => {
  const { exports, bin } = manifestOf(main)
  const files = filesOf(main)
  const named = [...JSON.stringify([exports, bin]).matchAll(/"(?:\.\/)?([^"]+\.(?:[cm]?js|d\.[cm]?ts|json|wasm))"/g)].map(([, file]) => file)
  expect(named.length).toBeGreaterThan(20)
  for (const file of named) expect(files).toContain(file)
  for (const file of ['binding.js', 'LICENSE', 'README.md', 'CHANGELOG.md']) expect(files).toContain(file)
  expect(files.filter((file) => /^(src|lib|__test__|bench|target|tests|scripts|npm)\/|\.node$/.test(file))).toEqual([])
})

it('neither package runs anything when it is installed, and neither brings a package that is not ours', () => {
  for (const folder of [main, platform]) {
    const { scripts, dependencies, devDependencies } = manifestOf(folder)
    expect([folder, scripts, dependencies, devDependencies]).toEqual([folder, undefined, undefined, undefined])
    expect(filesOf(folder)).not.toContain('binding.gyp')
  }
})

it('the main package asks for each platform of npm/ by its very version', () => {
  const { version, optionalDependencies } = manifestOf(main)
  expect(Object.keys(optionalDependencies!)).toHaveLength(13)
  expect(optionalDependencies).toEqual(Object.fromEntries(platforms().map(({ name }) => [name, version])))
})

it("npm/ is what napi makes of package.json's targets", () => {
  const fresh = join(home, 'fresh')
  mkdirSync(fresh)
  copyFileSync(join(root, 'package.json'), join(fresh, 'package.json'))
  execFileSync(join(root, 'node_modules/.bin/napi'), ['create-npm-dirs', '--cwd', fresh], { stdio: 'pipe' })
  expect(filesOf(join(root, 'npm'))).toEqual(filesOf(join(fresh, 'npm')))
  for (const file of filesOf(join(fresh, 'npm'))) {
    expect([file, readFileSync(join(root, 'npm', file), 'utf8')]).toEqual([file, readFileSync(join(fresh, 'npm', file), 'utf8')])
  }
})

it('the tarballs are small', () => {
  const [ofMain, ofPlatform] = tarballs.map((tarball) => statSync(tarball).size)
  // 400 kB, of which the WebAssembly build may be 250 (wasm.spec.ts).
  expect(ofMain).toBeLessThanOrEqual(400_000)
  // 1.4 MB is what is wanted; this only keeps it from growing. Compressed, section by section (`readelf -SW`, each through zlib), there
  // are 1.04 MB of code, 0.29 MB of constants, of which 0.18 are ring's tables of P-256 and Ed25519 and nothing makes them smaller, and
  // 0.21 MB of unwind tables, for a panic has to be an error and not the end of the process.
  expect(ofPlatform).toBeLessThanOrEqual(1_640_000)
})

it('there is no Rust on the PATH of these tests', () => {
  for (const tool of ['cargo', 'rustc']) expect(spawnSync(tool, ['--version'], { env }).error).toMatchObject({ code: 'ENOENT' })
})

it.each(['cjs', 'mjs'])('1,000 callers and one login, in an empty folder: %s', (kind) => {
  const names = { tokenkeep: ['createBaserowJwtManager'], 'tokenkeep/testing': ['DEFAULT_USER', 'startBaserow'] }
  const lines = Object.entries(names).map(([id, each]) => (kind === 'cjs' ? `const { ${each.join(', ')} } = require('${id}')` : `import { ${each.join(', ')} } from '${id}'`))
  const job = readFileSync(join(root, 'scripts/platforms/callers.cjs'), 'utf8').split('\n').filter((line) => !line.startsWith('const {'))
  const require = kind === 'cjs' ? [] : [`import { createRequire } from 'node:module'`, 'const require = createRequire(import.meta.url)']
  writeFileSync(join(project, `callers.${kind}`), [...require, ...lines, ...job].join('\n'))
  expect(execFileSync(process.execPath, [`callers.${kind}`], { cwd: project, env, encoding: 'utf8' })).toBe('1,000 callers, 1 login\n')
})

it('the command is there', () => {
  const said = execFileSync(join(project, 'node_modules/.bin/tokenkeep'), ['--version'], { cwd: project, env, encoding: 'utf8' })
  expect(said).toContain(manifestOf(main).version)
})

it.each([
  ['node16', 'node16'],
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('compiles strictly, from both kinds of modules: module %s, resolution %s', (module, moduleResolution) => {
  const code = `import { createTokenManager, baserow, TokenError, type TokenManager } from 'tokenkeep'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { authFetch } from 'tokenkeep/fetch'
export async function token(): Promise<string> {
  await using server = await startBaserow()
  const manager: TokenManager = createTokenManager({ provider: baserow({ baseUrl: server.baseUrl, ...DEFAULT_USER }) })
  const fetched: typeof globalThis.fetch = authFetch(manager, { origins: [server.url] })
  await fetched(server.url).catch((error: unknown) => error instanceof TokenError)
  return manager.getToken()
}
// @ts-expect-error: a number is no token
export const wrong: number = await token()
`
  for (const kind of ['mts', 'cts']) writeFileSync(join(project, `service.${kind}`), kind === 'mts' ? code : code.replace('await token()', 'token()'))
  const always = ['--strict', '--noEmit', '--target', 'es2022', '--lib', 'es2022,esnext.disposable', '--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const { options } = ts.parseCommandLine([...always, '--module', module, '--moduleResolution', moduleResolution])
  const host = { ...ts.createCompilerHost(options), getCurrentDirectory: () => project, getSourceFile: parsed }
  const program = ts.createProgram(['mts', 'cts'].map((kind) => join(project, `service.${kind}`)), options, host)
  // What Node's and the language's own types say of themselves takes most of the time and is not about us.
  const ours = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(project))
  expect(ours.map(({ fileName }) => basename(fileName))).toEqual(expect.arrayContaining(['service.mts', 'service.cts', 'index.d.ts', 'testing.d.mts']))
  const found = [...program.getOptionsDiagnostics(), ...ours.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])]
  expect(ts.formatDiagnostics(found, { ...host, getCanonicalFileName: (name) => name })).toBe('')
}, 60_000)

it('publint has nothing to say of either package', async () => {
  for (const folder of [main, platform]) {
    const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: false })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  }
}, 60_000)

it('no entry has wrong types, whatever resolves it (arethetypeswrong)', async () => {
  expect(await checkPackage(createPackageFromTarballData(readFileSync(tarballs[0]!)))).toMatchObject({ types: { kind: 'included' }, problems: [] })
}, 60_000)
