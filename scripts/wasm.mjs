// The WebAssembly build: the core for wasm32-unknown-unknown, bound, made small, and the TypeScript face on it, into dist/wasm/.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { face as faceForNode } from './face.mjs'
import { fingerprint } from './fingerprint.mjs'
import { must, root } from './progress.mjs'
import { bring, remapped } from './rust-target.mjs'

export const TARGET = 'wasm32-unknown-unknown'
const target = join(root, 'target')
/** What wasm-bindgen makes of the core. Not target/wasm: that is where cargo has what this profile compiles for the host. */
const bound = join(target, 'bound')
const out = join(root, 'dist', 'wasm')

/** What the oldest engines that are promised anything understand: Node 20. `--all-features` is more than that. */
const FEATURES = ['bulk-memory', 'nontrapping-float-to-int', 'sign-ext', 'mutable-globals', 'reference-types', 'multivalue']

/** Bytes, compressed, that a page should have to load at most (wasm.spec.ts holds us to it). */
const MOST = 250_000

/** Compiles, binds and optimises the core, if its sources have changed. Says so and does nothing where Rust has no library for it. */
export async function core() {
  const crate = readdirSync(join(root, 'src')).filter((name) => !name.startsWith('binding'))
  const binder = ['src', 'Cargo.toml', 'Cargo.lock'].map((name) => join('scripts', 'bindgen', name))
  const sources = [...crate.map((name) => join('src', name)), 'Cargo.toml', 'Cargo.lock', ...binder].map((name) => join(root, name))
  const stamp = join(bound, '.sources')
  const state = fingerprint([...sources, fileURLToPath(import.meta.url), join(root, 'scripts', 'rust-target.mjs')])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return
  rmSync(bound, { recursive: true, force: true })
  const why = await bring(TARGET)
  if (why !== undefined) return console.warn(`  NOT BUILT: the core for WebAssembly: ${why}`)
  const flags = ['--profile', 'wasm', '--no-default-features', '--features', 'wasm', '--target', TARGET, '--target-dir', target]
  // SHA-256 in its small form: a third of the code.
  const env = { CARGO_ENCODED_RUSTFLAGS: [...remapped(), '--cfg=sha2_backend_soft="compact"'].join('\x1f') }
  await must('compile the core for WebAssembly', 'cargo', ['build', '-q', '--lib', ...flags], { env })
  // Not optimised: it is compiled for longer than it works.
  const bind = ['run', '-q', '--manifest-path', join(root, 'scripts', 'bindgen', 'Cargo.toml'), '--target-dir', join(target, 'bindgen')]
  const compiled = join(target, TARGET, 'wasm', 'tokenkeep.wasm')
  await must('bind it (the first time its tool is compiled)', 'cargo', [...bind, '--locked', '--', compiled, bound])
  const [input, output] = [join(bound, 'tokenkeep_bg.wasm'), join(bound, 'tokenkeep.wasm')]
  const optimiser = createRequire(import.meta.url).resolve('binaryen/bin/wasm-opt')
  // Measured: -Oz takes 7 % more out of the module and puts 4 % on what is left of it after gzip. Parameters that are always the
  // same are 2 % of that. Functions of one name are much alike, and gzip sees that of neighbours only: 1.5 %. What can be told of values
  // from all of their uses, and assignments that change nothing: 0.3 %. Parameters once more, and locals in another order: 0.03 %.
  const passes = ['-O1', '--dae-optimizing', '-O1', '--gufa-optimizing', '--rse', '-O1', '--dae-optimizing', '-O1', '--coalesce-locals-learning', '--reorder-locals', '--reorder-functions-by-name', '--strip-debug', '--strip-producers', '--strip-target-features']
  await must('make it small', process.execPath, [optimiser, ...FEATURES.map((name) => `--enable-${name}`), input, ...passes, '-o', output])
  writeFileSync(stamp, state)
}

/** Is there a core to put the face on? */
export function isCompiled() {
  return existsSync(join(bound, 'tokenkeep.wasm'))
}

/** Modules of Node's that `lib/` imports, and that a browser has not. */
const NODES = /^node:(async_hooks|buffer|diagnostics_channel|fs|path|url|util|worker_threads)$/

/** Puts the core behind the face: in the place of the addon, and what else is another's outside Node. */
const wasmInside = {
  name: 'wasm inside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\/native$/ }, () => ({ path: join(root, 'lib', 'native.wasm.ts') }))
    onResolve({ filter: /^tokenkeep:glue$/ }, () => ({ path: join(bound, 'tokenkeep_bg.js') }))
    onResolve({ filter: /^tokenkeep:machine$/ }, () => ({ path: join(root, 'lib', 'wasm', 'machine.ts') }))
  },
}

const elsewhere = {
  name: 'elsewhere than in Node',
  setup({ onResolve }) {
    onResolve({ filter: NODES }, ({ path }) => ({ path: join(root, 'lib', 'elsewhere', `${NODES.exec(path)[1]}.ts`) }))
    onResolve({ filter: /^\.\/(otel|turn)$/ }, ({ path }) => ({ path: join(root, 'lib', 'elsewhere', `${path}.ts`) }))
  },
}

/** The JavaScript of it, beside the module. */
export async function face() {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  // Only now: it is npm that brings it.
  const { build: bundle } = await import('esbuild')
  copyFileSync(join(bound, 'tokenkeep.wasm'), join(out, 'tokenkeep.wasm'))
  const shared = { bundle: true, outdir: out, minifyWhitespace: true, minifySyntax: true, legalComments: 'none', logLevel: 'warning', absWorkingDir: root }
  await Promise.all([
    // For Node's CommonJS: what takes the place of an addon.
    bundle({
      ...shared,
      entryPoints: { binding: 'lib/wasm/node.ts' },
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      minifyIdentifiers: true,
      outExtension: { '.js': '.cjs' },
      plugins: [wasmInside],
    }),
    // For everybody else: one face, and two ways to load the module.
    bundle({
      ...shared,
      entryPoints: { web: 'lib/wasm/web.ts', workerd: 'lib/wasm/workerd.ts' },
      platform: 'neutral',
      target: 'es2022',
      format: 'esm',
      minifyIdentifiers: true,
      splitting: true,
      chunkNames: 'face',
      outExtension: { '.js': '.mjs' },
      external: ['./tokenkeep.wasm', 'cloudflare:workers'],
      inject: ['lib/elsewhere/globals.ts'],
      plugins: [wasmInside, elsewhere],
    }),
  ])
  // And for Node that is asked for WebAssembly by name: the face that the addon has.
  await faceForNode()
  // What `lib/native.ts` says where timers last.
  const lasting = 'timersLast:()=>!0,stay:()=>()=>{},rouse:()=>{}'
  const inside = `require("../face.cjs")({...require("./binding.cjs"),isNative:!1,redis:()=>require("../redis.cjs"),${lasting}})`
  writeFileSync(join(out, 'index.cjs'), `"use strict";module.exports=Object.defineProperty({...${inside}.api},"__esModule",{value:!0});\n`)
  const names = Object.keys(createRequire(import.meta.url)(join(out, 'index.cjs'))).sort()
  writeFileSync(join(out, 'index.mjs'), `import implementation from './index.cjs'\nexport const { ${names.join(', ')} } = implementation\n`)
}

export async function wasm() {
  await core()
  if (!isCompiled()) process.exit(1)
  await face()
}

/** What a page has to load of it, in words. */
export function size() {
  const module = readFileSync(join(out, 'tokenkeep.wasm'))
  const compressed = gzipSync(module, { level: 9 }).length
  const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
  const judged = compressed > MOST ? `, which is more than the ${kb(MOST)} that it should be` : ''
  return `tokenkeep.wasm: ${kb(module.length)}, ${kb(compressed)} gzip${judged}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await wasm()
  console.log(size())
}
