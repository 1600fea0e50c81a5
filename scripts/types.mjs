// The types that users get, one file for each entry of the package: `node scripts/types.mjs name=file …`.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import { root } from './progress.mjs'

/** For Symbol.asyncDispose, whatever `lib` a user's project has. */
const DISPOSABLE = '/// <reference lib="esnext.disposable" />\n\n'

for (const [name, file] of process.argv.slice(2).map((entry) => entry.split('='))) {
  const bundle = await rollup({
    input: join(root, file),
    external: (id) => !/^[./]/.test(id),
    plugins: [dts({ tsconfig: join(root, 'tsconfig.json') })],
    onwarn: (warning) => { throw new Error(warning.message) },
  })
  const { output } = await bundle.generate({ format: 'es' })
  const types = DISPOSABLE + output[0].code
  writeFileSync(join(root, `${name}.d.ts`), types)
  // ESM importers need a file of their own kind; what it says is the same. Where that is about another library, which may have
  // types for each kind, or has a default, it has to be said again.
  const isOwnKind = /^import |\bas default\b/m.test(types)
  writeFileSync(join(root, `${name}.d.mts`), isOwnKind ? types : `export * from './${name}.js'\n`)
}
// By another name for the same; each kind of importer, and resolvers that know no exports, look for one of their own.
for (const kind of ['ts', 'mts']) writeFileSync(join(root, `wasm.d.${kind}`), "export * from './index.js'\n")
