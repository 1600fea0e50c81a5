// Everything that is made and not written: the addon, its loader, the JavaScript and the types.
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must, root } from './progress.mjs'
import { checkToolchain } from './toolchain.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)

export async function build() {
  await install()
  await addon()
  await javascript()
}

/** npm's own packages, unless the lock file says that they are there already. */
export async function install() {
  checkToolchain()
  const stamp = join(root, 'node_modules', '.tokenkeep-lock')
  const lock = hash([join(root, 'package-lock.json')])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  await must('install what npm brings', 'npm', ['ci', '--no-audit', '--no-fund'])
  writeFileSync(stamp, lock)
}

/** The Rust part. Cargo knows what is new; napi's loader and types are only made again when the sources have changed. */
export async function addon() {
  const sources = ['src', 'Cargo.toml', 'Cargo.lock', 'build.rs', 'scripts/cargo'].map((name) => join(root, name))
  const stamp = join(root, 'target', '.tokenkeep-addon')
  const state = hash(sources)
  const built = readdirSync(root).some((name) => name.endsWith('.node')) && existsSync(join(root, 'binding.js'))
  if (built && existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return
  const args = ['build', '--platform', '--release', '--js', 'binding.js', '--dts', 'binding.d.ts']
  await must('compile the Rust core (one to three minutes the first time)', bin('napi'), args, {
    env: { CARGO: join(root, 'scripts', 'cargo') },
  })
  mkdirSync(join(root, 'target'), { recursive: true })
  writeFileSync(stamp, state)
}

/** One CommonJS implementation per entry, an ESM wrapper around it, and its types bundled into one file each; and the command. */
export async function javascript() {
  rmSync(join(root, 'dist'), { recursive: true, force: true })
  const entries = {
    index: 'lib/index.ts',
    testing: 'lib/testing/index.ts',
    fetch: 'lib/fetch/index.ts',
    undici: 'lib/undici.ts',
    axios: 'lib/axios.ts',
    fastify: 'lib/fastify.ts',
  }
  const inputs = Object.entries({ ...entries, cli: 'lib/cli/index.ts' }).map(([name, file]) => `${name}=${file}`)
  await must('bundle the TypeScript face', bin('esbuild'), [
    ...inputs,
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--format=cjs',
    '--out-extension:.js=.cjs',
    '--outdir=dist',
    '--external:../binding.js',
    '--external:*.node',
    '--external:./testing.cjs',
    '--external:./index.cjs',
    '--external:../package.json',
    '--external:@opentelemetry/api',
    '--minify-whitespace',
    '--minify-syntax',
    '--legal-comments=none',
  ])
  chmodSync(join(root, 'dist', 'cli.cjs'), 0o755)
  const require = createRequire(import.meta.url)
  for (const name of Object.keys(entries)) {
    const all = Object.keys(require(join(root, 'dist', `${name}.cjs`))).sort()
    const names = all.filter((each) => each !== 'default')
    const byDefault = names.length < all.length ? 'export default implementation.default\n' : ''
    const wrapper = `import implementation from './${name}.cjs'\nexport const { ${names.join(', ')} } = implementation\n${byDefault}`
    writeFileSync(join(root, 'dist', `${name}.mjs`), wrapper)
  }
  // All at once: what takes the time is to read the libraries that they are about.
  const config = join(root, 'target', 'types.json')
  const outputs = Object.entries(entries).map(([name, file]) => ({
    filePath: join(root, file),
    outFile: join(root, `${name}.d.ts`),
    output: { noBanner: true },
    // The tests compile against what was written.
    noCheck: true,
  }))
  writeFileSync(config, JSON.stringify({ compilationOptions: { preferredConfigPath: join(root, 'tsconfig.json') }, entries: outputs }))
  await must('write the types', bin('dts-bundle-generator'), ['--config', config])
  for (const name of Object.keys(entries)) {
    const out = `${name}.d.ts`
    // For Symbol.asyncDispose, whatever `lib` a user's project has. The bundler drops it.
    const types = `/// <reference lib="esnext.disposable" />\n\n${readFileSync(join(root, out), 'utf8')}`
    writeFileSync(join(root, out), types)
    // ESM importers need a file of their own kind; what it says is the same. Where that is about another library, which may have
    // types for each kind, or has a default, it has to be said again.
    const isOwnKind = /^import |\bas default\b/m.test(types)
    writeFileSync(join(root, `${name}.d.mts`), isOwnKind ? types : `export * from './${name}.js'\n`)
  }
}

function hash(paths) {
  const sum = createHash('sha256')
  const add = (path) => {
    if (statSync(path).isDirectory()) readdirSync(path).sort().forEach((name) => add(join(path, name)))
    else sum.update(path).update(readFileSync(path))
  }
  paths.forEach(add)
  return sum.digest('hex')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await build()
  console.log('\nBuilt.')
}
