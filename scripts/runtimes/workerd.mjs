// Steers workerd through miniflare, in the Node that this is run by (22 or later): `workerd.mjs <folder of miniflare> <app> <home of the stage>
// [compatibility flags]`. Prints verdicts, a line of JSON each: those of the behaviours in one request, and those of requests that end.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const [folder, app, home, ...compatibilityFlags] = process.argv.slice(2)
const { Miniflare } = createRequire(join(folder, 'package.json'))('miniflare')
const load = (name) => import(pathToFileURL(join(app, name)).href)
const [{ verdict }, { Stage }, { claimsOf, equal, ok, sleep }] = await Promise.all(['judge.mjs', 'stage.mjs', 'claims.mjs'].map(load))
const stage = new Stage(home)

/** As wrangler bundles. `isOld`: for a runtime that has no `waitUntil` of its own yet. */
async function bundle(isOld) {
  const old = {
    name: 'an old workerd',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^cloudflare:workers$/ }, () => ({ path: 'workers', namespace: 'old' }))
      onLoad({ filter: /.*/, namespace: 'old' }, () => ({ contents: 'export {}' }))
    },
  }
  const { outputFiles } = await build({
    entryPoints: [join(app, 'worker.mjs')],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['*.wasm', ...(isOld ? [] : ['cloudflare:*'])],
    plugins: isOld ? [old] : [],
    logLevel: 'error',
  })
  return outputFiles[0].text
}

async function open({ isOld = false, compatibilityDate = '2026-07-01' } = {}) {
  const contents = await bundle(isOld)
  const compiled = readFileSync(join(app, 'node_modules/tokenkeep/dist/wasm/tokenkeep.wasm'))
  const runtime = new Miniflare({
    compatibilityDate,
    compatibilityFlags,
    modules: [
      { type: 'ESModule', path: 'worker.mjs', contents },
      { type: 'CompiledWasm', path: 'tokenkeep.wasm', contents: compiled },
    ],
    // Of cancelled continuations it tells at length.
    handleRuntimeStdio: (stdout, stderr) => [stdout, stderr].forEach((stream) => stream.resume()),
  })
  await runtime.ready
  return {
    ask: async (path, given) => (await runtime.dispatchFetch(`http://worker.example${path}`, { method: 'POST', body: JSON.stringify(given) })).text(),
    close: () => runtime.dispose(),
  }
}

const tell = (each) => console.log(JSON.stringify(each))
let worker
const tokenOf = async (login) => JSON.parse(await worker.ask('/token', login))

async function behaves(name, run) {
  tell(await verdict(name, run))
  await stage.clear()
}

await behaves('a manager can be made outside any request', async () => {
  worker = await open()
})
for (const each of JSON.parse(await worker.ask('/judge', { home }))) tell(each)

await behaves('a hundred requests at once cause one login', async () => {
  const server = await stage.baserow({ latencyMs: 200 })
  const answers = await Promise.all(Array.from({ length: 100 }, () => tokenOf(server.login)))
  equal(new Set(answers.map(({ token }) => token)).size, 1, 'the number of tokens')
  ok(answers[0].token.startsWith('eyJ'), answers[0].token)
  equal((await server.counters()).logins, 1, 'the number of logins')
})

await behaves('no request is served an expired token, whatever time has passed since the last one', async () => {
  const server = await stage.baserow({ accessLifetimeMs: 2000 })
  // The second finds the token of the first, and only then it dies.
  await tokenOf(server.login)
  await tokenOf(server.login)
  await sleep(2500)
  const { token, at } = await tokenOf(server.login)
  ok(claimsOf(token).exp * 1000 > at, 'it had expired')
  const { logins, refreshes } = await server.counters()
  equal([logins, refreshes], [1, 1], 'the number of logins and refreshes')
})

await behaves('a login goes on although the request that began it has been answered, and serves the others', async () => {
  const server = await stage.baserow({ latencyMs: 500 })
  equal(await worker.ask('/leave', server.login), 'left', 'the answer')
  const answers = await Promise.all(Array.from({ length: 10 }, () => tokenOf(server.login)))
  ok(answers.every(({ token }) => token.startsWith('eyJ')), JSON.stringify(answers))
  equal((await server.counters()).logins, 1, 'the number of logins')
})
await worker.close()

const old = await open({ isOld: true, compatibilityDate: '2024-10-14' })
await behaves('where a request cannot be made to last, those who waited for its login hear of the deadline, and the next one logs in', async () => {
  const server = await stage.baserow({ latencyMs: 600 })
  const options = { ...server.login, deadlineMs: 1000 }
  await old.ask('/leave', options)
  const told = await Promise.all([1, 2, 3].map(async () => JSON.parse(await old.ask('/token', options)).token))
  ok(told.every((each) => each === 'TIMEOUT'), `they were told ${told}`)
  ok(JSON.parse(await old.ask('/token', options)).token.startsWith('eyJ'), 'there is no token')
})
await old.close()
tell({ end: true })
