// A page in a Chromium without a screen, served on loopback by ourselves: what it imports, it gets by the `browser` condition of the package's
// exports.
import { createServer } from 'node:http'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { extname, join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brought } from './brought.mjs'
import { chromium } from './chromium.mjs'

const PATIENCE_MS = 180_000
const WIDTH = 956
const MEDIA_TYPES = { '.html': 'text/html; charset=utf-8', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' }

/** `screenshot`: where to keep what it shows in the end. */
export async function inChromium({ app, home, screenshot }) {
  const [{ executablePath, env, missing }, steersman] = [await chromium(), await brought('chromium')]
  if (missing !== undefined || steersman.missing !== undefined) return { missing: missing ?? `puppeteer-core: ${steersman.missing}` }
  const { default: puppeteer } = await import(pathToFileURL(createRequire(join(steersman.folder, 'package.json')).resolve('puppeteer-core')).href)
  // Its sandbox needs what a container has not, and nothing is loaded here but our own page.
  const browser = await puppeteer.launch({ executablePath, env: { ...process.env, ...env }, headless: 'shell', args: ['--no-sandbox', '--disable-gpu'] })
  const { url, close } = await serve(app)
  try {
    const page = await browser.newPage()
    await page.setViewport({ width: WIDTH, height: 600 })
    const errors = []
    page.on('pageerror', (error) => errors.push(String(error?.stack ?? error)))
    page.on('requestfailed', (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`))
    await page.goto(`${url}/page/index.html?home=${encodeURIComponent(home)}`)
    try {
      await page.waitForFunction('globalThis.verdicts !== undefined', { timeout: PATIENCE_MS })
    } catch (error) {
      throw new Error(`the page gave no verdicts: ${errors.join('\n') || error}`)
    }
    const verdicts = await page.evaluate('globalThis.verdicts')
    if (screenshot !== undefined) await page.screenshot({ path: screenshot, fullPage: true })
    return { runtime: `Chromium ${(await browser.version()).replace(/^\D+/, '')}, headless`, verdicts }
  } finally {
    await browser.close()
    close()
  }
}

/** The files of a folder, and nothing else. */
function serve(folder) {
  const server = createServer((request, response) => {
    const file = join(folder, normalize(new URL(request.url, 'http://page').pathname))
    if (!file.startsWith(folder) || !existsSync(file)) return response.writeHead(404).end()
    const content = readFileSync(file)
    response.writeHead(200, { 'content-type': MEDIA_TYPES[extname(file)] ?? 'application/octet-stream' })
    response.end(extname(file) === '.html' ? content.toString().replace('IMPORTS', () => JSON.stringify(importMap(folder))) : content)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }))
  })
}

/** Where the names of the package lead in a browser. */
function importMap(folder) {
  const at = '/node_modules/tokenkeep'
  const { exports } = JSON.parse(readFileSync(join(folder, at, 'package.json'), 'utf8'))
  const paths = Object.entries(exports).map(([name, target]) => [name.replace(/^\./, 'tokenkeep'), resolved(target)])
  return { imports: Object.fromEntries(paths.filter(([, path]) => path !== undefined).map(([name, path]) => [name, path.replace(/^\./, at)])) }
}

/** The first that holds, as in Node's own algorithm. */
function resolved(target, conditions = ['browser', 'import', 'default']) {
  if (typeof target === 'string') return target
  const found = Object.keys(target).find((name) => conditions.includes(name) && resolved(target[name], conditions) !== undefined)
  return found && resolved(target[found], conditions)
}
