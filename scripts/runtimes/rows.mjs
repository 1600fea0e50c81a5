// Every runtime and build that the package is tried in: what it is called, and how it comes to its verdicts or to the reason why not.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { FOREIGN } from '../platforms/foreign.mjs'
import { root } from '../progress.mjs'
import { brought, programOf, versionOf } from './brought.mjs'
import { inChromium } from './page.mjs'
import { verdictsOf } from './process.mjs'

const BUILDS = { native: 'tokenkeep', WebAssembly: 'tokenkeep/wasm' }

/** What docs/edge-and-browser.md says that Deno has to allow. */
const RIGHTS = ['--no-prompt', '--allow-net', '--allow-env', '--allow-read']

/** Those of `npm test`. */
const SHORT = [/^Node 26.*native$/, /^Bun.*native$/, /^workerd.*miniflare/]

/** By which part of the set they are asked for, in the order of the table. */
export const ROWS = [
  ...Object.keys(BUILDS).map((build) => row('node20', `Node ${process.versions.node}`, build, (given) => onNode({ program: process.execPath }, build, given))),
  ...[22, 24, 26].flatMap((major) =>
    Object.keys(BUILDS).map((build) => row(`node${major}`, `Node ${versionOf(`node${major}`)}`, build, async (given) => onNode(await node(major), build, given))),
  ),
  ...Object.keys(BUILDS).map((build) => row('bun', `Bun ${versionOf('bun', 'bun')}`, build, (given) => onBun(build, given))),
  ...Object.keys(BUILDS).map((build) => row('deno', `Deno ${versionOf('deno')}`, build, (given) => onDeno(build, [...RIGHTS, '--allow-ffi'], given))),
  row('deno', `Deno ${versionOf('deno')}, without --allow-ffi`, 'WebAssembly, by itself', (given) =>
    onDeno('WebAssembly', RIGHTS, { ...given, entry: 'tokenkeep', words: '--allow-ffi' }),
  ),
  row('chromium', 'Chromium, headless', 'WebAssembly', inChromium),
  row('workerd', `workerd ${versionOf('workerd', 'workerd')} (miniflare)`, 'WebAssembly', (given) => onWorkerd([], given)),
  row('workerd', `workerd, with nodejs_compat`, 'WebAssembly', (given) => onWorkerd(['nodejs_compat'], given)),
  row('arm64', 'Node 20 of arm64, under qemu', 'native', onArm64),
]

function row(set, runtime, build, run) {
  return { set, runtime, build, run, isShort: SHORT.some((each) => each.test(`${runtime} ${build}`)) }
}

function onNode({ program, missing }, build, { app, home }) {
  if (missing !== undefined) return { missing }
  return verdictsOf(program, ['program.mjs', home, build, BUILDS[build]], { cwd: app, warning: silence })
}

async function node(major) {
  const names = [`node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`]
  return programOf(await brought(`node${major}`), names.flatMap((name) => [`${name}/bin/node`, `${name}/bin/node.exe`]))
}

async function onBun(build, { app, home }) {
  const [platform, arch] = [process.platform === 'win32' ? 'windows' : process.platform, process.arch === 'arm64' ? 'aarch64' : process.arch]
  const { program, missing } = programOf(await brought('bun'), ['bun', 'bun.exe'].map((name) => `@oven/bun-${platform}-${arch}/bin/${name}`))
  if (missing !== undefined) return { missing }
  return verdictsOf(program, ['program.mjs', home, build, BUILDS[build]], { cwd: app, warning: silence })
}

async function onDeno(build, rights, { app, home, entry = BUILDS[build], words }) {
  const { program, missing } = programOf(await brought('deno'), [`@deno/${process.platform}-${process.arch}-glibc/deno`])
  if (missing !== undefined) return { missing }
  const warning = words === undefined ? silence : { times: 1, words, name: 'it says once why it is not the addon' }
  return verdictsOf(program, ['run', '--no-lock', '--node-modules-dir=manual', ...rights, 'program.mjs', home, build, entry], { cwd: app, warning })
}

const silence = { times: 0, words: 'TOKENKEEP_WASM', name: 'nothing has to take the place of what was asked for' }

/** Miniflare runs on Node 22 and later. */
async function onWorkerd(flags, { app, home }) {
  const { folder, missing } = await brought('workerd')
  const steersman = await node(24)
  if (missing !== undefined || steersman.missing !== undefined) return { missing: missing ?? `Node 24, which steers it: ${steersman.missing}` }
  return verdictsOf(steersman.program, [join(root, 'scripts', 'runtimes', 'workerd.mjs'), folder, app, home, ...flags], { cwd: app })
}

/** Only what has been built and brought already: both takes minutes. */
async function onArm64({ app, home }) {
  const triple = 'aarch64-unknown-linux-gnu'
  const addon = join(root, 'target', 'addons', 'tokenkeep.linux-arm64-gnu.node')
  const isThere = existsSync(addon) && existsSync(join(root, 'target', 'platforms', 'nodes', 'arm64')) && FOREIGN[triple] !== undefined
  if (!isThere) return { missing: `its addon and its Node are not here; npm run build:platforms -- --target ${triple} builds the one and brings the other, in minutes` }
  const { assemble } = await import('../packages.mjs')
  assemble({ home: join(app, 'node_modules'), addons: join(root, 'target', 'addons') })
  const [program, args] = (await FOREIGN[triple]()).command(app, 'program.mjs')
  return verdictsOf(program, [...args, home, 'native', 'tokenkeep'], { cwd: app, warning: silence })
}
