// The TypeScript face for CommonJS, once for all who load it: dist/face.cjs is a function of the binding that it gets. dist/index.cjs
// calls it with the addon (or what stands in for it), for the command too, and dist/wasm/index.cjs with WebAssembly.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './progress.mjs'

const out = join(root, 'dist')

/** What all of dist has in common. */
export const settings = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  outdir: out,
  absWorkingDir: root,
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  external: ['../binding.js', '*.node', './testing.cjs', './index.cjs', './redis.cjs', 'ioredis', 'redis', './wasm/binding.cjs', '../package.json', '@opentelemetry/api'],
}

/** The binding is whatever the face is called with. */
const given = {
  name: 'the binding that is given',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.?\/native$/ }, () => ({ path: 'binding', namespace: 'given' }))
    onLoad({ filter: /./, namespace: 'given' }, () => ({ contents: 'module.exports = binding' }))
  },
}

/** The command has a face of its own only as far as it can say something without one: of its options, of errors. */
const beside = {
  name: 'the face beside the command',
  setup({ onResolve }) {
    const shared = /^\.\.\/(audit|create|environment|environment\/settings|environment\/variables|providers|stores)$/
    onResolve({ filter: shared }, ({ importer }) => (/[\\/]lib[\\/]cli[\\/]/.test(importer) ? { path: './inside.cjs', external: true } : undefined))
  },
}

export async function face() {
  // Only now: it is npm that brings it.
  const { build: bundle } = await import('esbuild')
  await bundle({
    ...settings,
    entryPoints: { face: 'lib/inside.ts' },
    // A function in parentheses is compiled at once: it will be called. Any other is read twice.
    banner: { js: '"use strict";module.exports=(function(binding){const module={exports:{}};' },
    footer: { js: 'return module.exports});' },
    minifyIdentifiers: true,
    plugins: [given],
  })
}

/** Those who call it on Node: the entry, and the command. */
export async function entry() {
  const { build: bundle } = await import('esbuild')
  const contents = `const inside = require('./face.cjs')(require('./native'))
    module.exports = Object.defineProperties({ ...inside.api }, { __esModule: { value: true }, [Symbol.for('tokenkeep.inside')]: { value: inside } })`
  const external = [...settings.external, './face.cjs']
  await Promise.all([
    bundle({ ...settings, external, stdin: { contents, resolveDir: join(root, 'lib'), sourcefile: 'index.js' }, outdir: undefined, outfile: join(out, 'index.cjs') }),
    bundle({ ...settings, entryPoints: { cli: 'lib/cli/index.ts' }, minifyIdentifiers: true, plugins: [beside] }),
  ])
  chmodSync(join(out, 'cli.cjs'), 0o755)
  writeFileSync(join(out, 'inside.cjs'), 'module.exports=require("./index.cjs")[Symbol.for("tokenkeep.inside")];\n')
}
