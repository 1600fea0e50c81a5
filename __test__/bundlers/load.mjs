// Loads a page's program with nothing of Node in sight: `node load.mjs <program> <JSON of the login>`. What it fetches from beside itself it gets.
import { readFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const [program, login] = process.argv.slice(2)
const { console, fetch: real } = globalThis

/** As those of browsers do, it refuses to be anybody's method. */
async function fetch(url, init) {
  if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation')
  if (!String(url).startsWith('file:')) return real(url, init)
  return new Response(readFileSync(fileURLToPath(url)), { headers: { 'content-type': 'application/wasm' } })
}

const document = { baseURI: pathToFileURL(program).href, currentScript: null, getElementsByTagName: () => [], querySelector: () => null }
const host = process
// Node's own fetch cannot do without Buffer.
Object.assign(globalThis, { fetch, document, login: JSON.parse(login), process: undefined, setImmediate: undefined })
await import(pathToFileURL(program).href)
const said = await globalThis.asked
Object.assign(globalThis, { process: host })
console.log(said)
