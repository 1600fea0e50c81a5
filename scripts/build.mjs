// Everything that is made and not written: the addon, its loader, the JavaScript and the types.
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { entry, face, settings } from './face.mjs'
import { fingerprint } from './fingerprint.mjs'
import { must, root } from './progress.mjs'
import { checkToolchain } from './toolchain.mjs'
import * as wasm from './wasm.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)

/** `WebAssembly` takes minutes the first time, and a demo on Node has no use for it. */
export async function build({ WebAssembly = true } = {}) {
  await install()
  await addon()
  if (WebAssembly) await wasm.core()
  await javascript()
}

/** npm's own packages, unless the lock file says that they are there already. */
export async function install() {
  checkToolchain()
  const stamp = join(root, 'node_modules', '.tokenkeep-lock')
  const lock = fingerprint([join(root, 'package-lock.json')])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  await must('install what npm brings', 'npm', ['ci', '--no-audit', '--no-fund'])
  writeFileSync(stamp, lock)
}

/** The Rust part. Cargo knows what is new; napi's loader and types are only made again when the sources have changed. */
export async function addon() {
  const sources = ['src', 'Cargo.toml', 'Cargo.lock', 'build.rs', 'scripts/cargo'].map((name) => join(root, name))
  const stamp = join(root, 'target', '.tokenkeep-addon')
  const state = fingerprint(sources)
  const built = readdirSync(root).some((name) => name.endsWith('.node')) && existsSync(join(root, 'binding.js'))
  if (built && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return
  const args = ['build', '--platform', '--release', '--js', 'binding.js', '--dts', 'binding.d.ts']
  await must('compile the Rust core (one to three minutes the first time)', bin('napi'), args, {
    env: { CARGO: join(root, 'scripts', 'cargo') },
  })
  // Of 36 kB of napi's loader a third is left.
  const { transform } = await import('esbuild')
  const loader = join(root, 'binding.js')
  writeFileSync(loader, (await transform(readFileSync(loader, 'utf8'), { minify: true })).code)
  mkdirSync(join(root, 'target'), { recursive: true })
  writeFileSync(stamp, state)
}

/** One CommonJS implementation per entry, an ESM wrapper around it, and its types bundled into one file each; and the command. */
export async function javascript() {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  mkdirSync(join(root, 'dist'))
  const others = {
    testing: 'lib/testing/index.ts',
    fetch: 'lib/fetch/index.ts',
    undici: 'lib/undici.ts',
    axios: 'lib/axios.ts',
    fastify: 'lib/fastify.ts',
    redis: 'lib/redis.ts',
  }
  const entries = { index: 'lib/index.ts', ...others }
  const { build: bundle } = await import('esbuild')
  // It needs nothing of Node, and pages and workers know no CommonJS.
  const beside = {
    ...settings,
    entryPoints: { 'fetch.web': 'lib/fetch/index.ts' },
    platform: 'neutral',
    target: 'es2022',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    external: [],
    minify: true,
  }
  await Promise.all([
    face(),
    entry(),
    // Nobody sees a name of these from inside, and they are half of what is downloaded.
    bundle({ ...settings, entryPoints: others, minifyIdentifiers: true }),
    bundle(beside),
  ])
  if (wasm.isCompiled()) {
    await wasm.face()
    console.log(`  ${wasm.size()}`)
  } else console.warn('  NOT BUILT: dist/wasm, for lack of its core. It is made by: node scripts/wasm.mjs')
  const require = createRequire(import.meta.url)
  for (const name of Object.keys(entries)) {
    const all = Object.keys(require(join(root, 'dist', `${name}.cjs`))).sort()
    const names = all.filter((each) => each !== 'default')
    const byDefault = names.length < all.length ? 'export default implementation.default\n' : ''
    const wrapper = `import implementation from './${name}.cjs'\nexport const { ${names.join(', ')} } = implementation\n${byDefault}`
    writeFileSync(join(root, 'dist', `${name}.mjs`), wrapper)
    // esbuild tells those who only read the file of every name but this one.
    if (byDefault) appendFileSync(join(root, 'dist', `${name}.cjs`), '0&&(module.exports.default=0);\n')
  }
  const named = Object.entries(entries).map((entry) => entry.join('='))
  await must('write the types', process.execPath, ['scripts/types.mjs', ...named])
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build()
  console.log('\nBuilt.')
}
