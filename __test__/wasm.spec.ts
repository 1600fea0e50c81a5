// What is peculiar to the WebAssembly build: when it is chosen, what it says of itself, and what becomes of everybody when it dies.
import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { platforms } from '../scripts/packages.mjs'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const require = createRequire(import.meta.url)

let server: Awaited<ReturnType<typeof startBaserow>>
let bare: string

beforeAll(async () => {
  server = await startBaserow()
  bare = mkdtempSync(join(tmpdir(), 'tokenkeep-'))
  // The package as it is where no package of a platform was installed.
  for (const name of ['dist', 'package.json', 'binding.js']) {
    cpSync(join(dist, '..', name), join(bare, name), { recursive: true })
  }
})
afterAll(async () => {
  await server.close()
  rmSync(bare, { recursive: true, force: true })
})

/** Runs a program that logs in with the `tokenkeep` that is at `entry`, and answers what it said. */
async function login(entry: string, env: Record<string, string> = {}, more = '') {
  const options = JSON.stringify({ baseUrl: server.baseUrl, email: DEFAULT_USER.email, password: DEFAULT_USER.password })
  const program = `
    const tokenkeep = require(${JSON.stringify(entry)})
    const wasm = () => Object.keys(require.cache).some((file) => file.endsWith('binding.cjs'))
    const addon = () => Object.keys(require.cache).some((file) => file.endsWith('.node'))
    ;(async () => {
      const manager = tokenkeep.createBaserowJwtManager(${options})
      const token = await manager.getToken()
      ${more}
      console.log(JSON.stringify({ isToken: /^eyJ/.test(token), wasm: wasm(), addon: addon() }))
    })()`
  const { TOKENKEEP_FORCE_WASM: _, ...outside } = process.env
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', program], { env: { ...outside, ...env } })
  return { said: JSON.parse(stdout) as Record<string, boolean>, warnings: stderr }
}

describe('the build that is loaded', () => {
  it('is the addon where there is one, and nothing of WebAssembly', async () => {
    expect(await login(join(dist, 'index.cjs'))).toEqual({ said: { isToken: true, wasm: false, addon: true }, warnings: '' })
  })

  it('is WebAssembly, and nothing of the addon, where TOKENKEEP_FORCE_WASM says so', async () => {
    const { said, warnings } = await login(join(dist, 'index.cjs'), { TOKENKEEP_FORCE_WASM: '1' })
    expect({ said, warnings }).toEqual({ said: { isToken: true, wasm: true, addon: false }, warnings: '' })
  })

  it('is WebAssembly where tokenkeep/wasm is what is imported', async () => {
    const { said, warnings } = await login(join(dist, 'wasm', 'index.cjs'))
    expect({ said, warnings }).toEqual({ said: { isToken: true, wasm: true, addon: false }, warnings: '' })
  })

  it('is WebAssembly, with one warning that names the missing package and why it may be missing, where no binary fits', async () => {
    const { said, warnings } = await login(join(bare, 'dist', 'index.cjs'))
    expect(said).toEqual({ isToken: true, wasm: true, addon: false })
    const ours = platforms().filter(({ os, cpu }) => os[0] === process.platform && cpu[0] === process.arch).map(({ name }) => name)
    expect(ours).toContain(/Missing is the package (\S+):/.exec(warnings)?.[1])
    expect(warnings).toContain('https://github.com/npm/cli/issues/4828')
    expect(warnings.match(/TOKENKEEP_WASM/g)).toHaveLength(1)
  })

  it('names the very package of each platform, and that there is none for the others', async () => {
    const all = [...platforms(), { name: 'tokenkeep-linux-ppc64-gnu', os: ['linux'], cpu: ['ppc64'] }]
    const program = `
      const fs = require('node:fs')
      const { readFileSync } = fs
      process.emitWarning = (said) => console.log(/Missing is the package (\\S+):/.exec(said)?.[1] ?? /There is none.*/.exec(said)?.[0] ?? said)
      for (const { name, os: [platform], cpu: [arch] } of ${JSON.stringify(all)}) {
        Object.defineProperties(process, { platform: { value: platform }, arch: { value: arch } })
        fs.readFileSync = (path, ...rest) => (path === '/usr/bin/ldd' ? name : readFileSync(path, ...rest))
        for (const file of Object.keys(require.cache)) if (/(index\\.cjs|binding\\.js)$/.test(file)) delete require.cache[file]
        require(${JSON.stringify(join(bare, 'dist', 'index.cjs'))})
      }`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program])
    expect(stdout.trim().split('\n')).toEqual([...platforms().map(({ name }) => name), 'There is none for linux-ppc64'])
  })

  it('is WebAssembly, with one warning that says why, where there is a binary that does not load', async () => {
    const broken = platforms().map(({ main }) => join(bare, main))
    for (const file of broken) writeFileSync(file, 'not a binary')
    try {
      const { said, warnings } = await login(join(bare, 'dist', 'index.cjs'))
      expect(said).toEqual({ isToken: true, wasm: true, addon: false })
      expect(warnings).toMatch(/It did not load: .*\.node/)
      expect(warnings).not.toContain('Missing')
    } finally {
      for (const file of broken) rmSync(file)
    }
  })

  it('is none, with an error about the addon, where WebAssembly is missing too', async () => {
    const file = join(bare, 'dist', 'wasm', 'binding.cjs')
    renameSync(file, `${file}.away`)
    try {
      await expect(login(join(bare, 'dist', 'index.cjs'))).rejects.toThrow(/Error: Cannot find native binding/)
    } finally {
      renameSync(`${file}.away`, file)
    }
  })

  it('does not compile its module before there is a manager', async () => {
    const program = `
      const { Module } = WebAssembly
      let compiled = 0
      WebAssembly.Module = class extends Module { constructor(bytes) { compiled++; super(bytes) } }
      const { createBaserowJwtManager } = require(${JSON.stringify(join(dist, 'wasm', 'index.cjs'))})
      const before = compiled
      createBaserowJwtManager({ baseUrl: 'http://127.0.0.1:9', email: 'a@b.c', password: 'x' })
      console.log(before, compiled)`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program])
    expect(stdout.trim()).toBe('0 1')
  })
})

describe('the entry for browsers', () => {
  it('needs nothing of Node: neither process, nor setImmediate, nor a module', async () => {
    const options = JSON.stringify({ baseUrl: server.baseUrl, email: DEFAULT_USER.email, password: DEFAULT_USER.password })
    const program = `
      import { readFileSync } from 'node:fs'
      import { fileURLToPath } from 'node:url'
      const { process, fetch } = globalThis
      // As the server of a page would answer.
      const module = (url) => new Response(readFileSync(fileURLToPath(url)), { headers: { 'content-type': 'application/wasm' } })
      globalThis.fetch = async (url, init) => (String(url).startsWith('file:') ? module(url) : fetch(url, init))
      globalThis.process = globalThis.setImmediate = undefined
      const { createBaserowJwtManager } = await import(${JSON.stringify(pathToFileURL(join(dist, 'wasm', 'web.mjs')).href)})
      const manager = createBaserowJwtManager(${options})
      const tokens = await Promise.all(Array.from({ length: 1000 }, () => manager.getToken()))
      globalThis.process = process
      console.log(new Set(tokens).size, manager.status().counters.logins)
      await manager.close()`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 })
    expect(stdout.trim()).toBe('1 1')
  })
})

describe('a process on WebAssembly', () => {
  /** Asks through a fetch whose answer keeps nothing alive, and waits for it or not. */
  async function ended(waits: string): Promise<string> {
    const program = `
      const { createBaserowJwtManager } = require(${JSON.stringify(join(dist, 'wasm', 'index.cjs'))})
      const answer = () => new Response('{"detail":"no"}', { status: 401, headers: { 'content-type': 'application/json' } })
      const fetch = () => new Promise((resolve) => setTimeout(() => resolve(answer()), 300).unref())
      const manager = createBaserowJwtManager({ baseUrl: 'http://127.0.0.1:9', email: 'a@b.c', password: 'x', fetch })
      const settled = () => console.log('settled')
      ${waits}`
    return (await promisify(execFile)(process.execPath, ['-e', program], { timeout: 10_000 })).stdout.trim()
  }

  it('stays alive for whoever waits', async () => {
    expect(await ended('manager.getToken().catch(settled)')).toBe('settled')
  })

  it('stays alive for nobody who has left, and for no timer', async () => {
    expect(await ended(`
      const leaving = new AbortController()
      manager.getToken({ signal: leaving.signal }).catch(() => console.log('left'))
      leaving.abort()`)).toBe('left')
  })
})

it('is small: at most 250 kB for a page to load', () => {
  expect(gzipSync(readFileSync(join(dist, 'wasm', 'tokenkeep.wasm')), { level: 9 }).length).toBeLessThanOrEqual(250_000)
})

describe('what needs more than there is', () => {
  const wasm = require(join(dist, 'wasm', 'index.cjs')) as typeof import('tokenkeep')
  const given = { baseUrl: 'https://baserow.example.com', email: 'a@example.com', password: 'secret' }

  it('fileStore says so, and what can be used instead', () => {
    expect(() => wasm.fileStore()).toThrow(/^INVALID_OPTION: store cannot be fileStore\(\) here.*customStore\(\)/)
  })

  it.each([
    ['tls.ca', { tls: { ca: 'a certificate' } }],
    ['tls.roots', { tls: { roots: 'system' as const } }],
    ['proxy', { proxy: 'http://proxy.example:3128' }],
  ])('%s is an INVALID_OPTION that says to pass a fetch', (name, more) => {
    expect(() => wasm.createBaserowJwtManager({ ...given, ...more })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(new RegExp(`^INVALID_OPTION: ${name} .*[Pp]ass a fetch`)) }),
    )
  })
})

describe('an instance that dies', () => {
  it('leaves nobody waiting: calls under way and later ones reject with CLOSED and the reason', async () => {
    const program = `
      const { createBaserowJwtManager } = require(${JSON.stringify(join(dist, 'wasm', 'index.cjs'))})
      const { Instance } = WebAssembly
      // Its memory is gone from one call to the next, as after a panic: every access is out of bounds.
      let exports
      WebAssembly.Instance = class extends Instance { constructor(...given) { super(...given); return { exports: exports = { ...super.exports } } } }
      ;(async () => {
        let asked
        const hanging = new Promise((resolve) => (asked = resolve))
        const fetch = () => { asked(); return new Promise(() => {}) }
        const manager = createBaserowJwtManager({ baseUrl: 'http://127.0.0.1:9', email: 'a@b.c', password: 'x', fetch })
        const waiting = manager.getToken()
        await hanging
        // Nobody is on the way to look at the mail any more.
        await new Promise((resolve) => setTimeout(resolve, 50))
        const die = () => { throw new WebAssembly.RuntimeError('unreachable') }
        for (const name of Object.keys(exports)) if (name.startsWith('nativemanager_')) exports[name] = die
        const asking = new Promise(() => manager.status())
        const ends = await Promise.allSettled([waiting, asking])
        ends.push(...(await Promise.allSettled([manager.getToken({ forceRefresh: true })])))
        console.log(JSON.stringify(ends.map(({ reason }) => [reason.code, reason.message.includes('unreachable')])))
      })()`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { timeout: 20_000 })
    expect(JSON.parse(stdout)).toEqual([
      ['CLOSED', true],
      ['CLOSED', true],
      ['CLOSED', true],
    ])
  })
})

it('a token that is older than the process does not become young when the clock is set back', async () => {
  const program = `
    const ahead = { wall: 0, steady: 0 }
    for (const [clock, name] of [[Date, 'wall'], [performance, 'steady']]) {
      const now = clock.now.bind(clock)
      clock.now = () => now() + ahead[name]
    }
    const { createTokenManager, custom, customStore } = require(${JSON.stringify(join(dist, 'wasm', 'index.cjs'))})
    const minutes = (count) => count * 60_000
    const records = new Map()
    const store = customStore({
      load: async (key) => records.get(key) ?? null,
      save: async (key, record) => (records.set(key, record), true),
      clear: async (key) => records.delete(key),
    })
    let logins = 0
    const provider = custom({ account: 'alice', login: async () => ({ token: 'token ' + ++logins, expiresAt: Date.now() + minutes(60) }) })
    const manager = () => createTokenManager({ provider, store })
    ;(async () => {
      ahead.wall = -minutes(50)
      const earlier = manager()
      await earlier.getToken()
      await earlier.close()
      ahead.wall = 0
      const later = manager()
      const said = [await later.getToken()]
      ahead.wall = -minutes(50)
      ahead.steady = minutes(11)
      said.push(await later.getToken())
      await later.close()
      console.log(JSON.stringify(said))
    })()`
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program])
  expect(JSON.parse(stdout)).toEqual(['token 1', 'token 2'])
})
