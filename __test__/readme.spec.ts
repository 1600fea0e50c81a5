// What the README shows is what happens.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer } from 'tokenkeep/testing'
import { TokenError } from 'tokenkeep'
import type { TokenErrorCode } from 'tokenkeep'
import { expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const read = (name: string) => readFileSync(join(root, name), 'utf8')
const blocks = (language: string) => [...read('README.md').matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map((block) => block[1]!)

function run(code: string, env: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: root, env: { ...process.env, ...env } })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return new Promise((resolve) => child.on('close', () => resolve(output)))
}

it('the first program prints what stands below it', async () => {
  await using server = await startBaserow()
  const output = await run(blocks('js')[0]!, {
    BASEROW_URL: server.url,
    BASEROW_USER_EMAIL: DEFAULT_USER.email,
    BASEROW_USER_PASSWORD: DEFAULT_USER.password,
  })
  // Only the figures differ from run to run.
  const steady = (text: string) => text.replace(/durationMs: \d+/, 'durationMs: N').replace(/expiresInSeconds: (599|600)/, 'expiresInSeconds: N').replace(/:\d+'/, ":PORT'").replace(/9 minutes/, '10 minutes')
  expect(steady(output)).toBe(steady(blocks('text')[0]!))
})

it('the program with a store prints what stands below it, and says store the second time', async () => {
  await using server = await startTokenServer()
  const home = mkdtempSync(join(tmpdir(), 'tokenkeep-readme-'))
  try {
    const program = blocks('js').find((block) => block.includes('fileStore()'))!
    const env = { LOGIN_URL: server.loginUrl, API_KEY: DEFAULT_KEY, HOME: home, XDG_CACHE_HOME: '', TOKENKEEP_CACHE_DIR: '' }
    const first = await run(program, env)
    const steady = (text: string) => text.replace(home, '/home/me').replace(/[0-9a-f]{32}/, 'NAME')
    const shown = blocks('text').find((block) => block.startsWith('login '))!
    if (process.platform === 'linux') expect(steady(first)).toBe(steady(shown))
    expect(await run(program, env)).toBe(first.replace('login', 'store'))
    expect(server.counters.loginRequests).toBe(1)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
})

/** The program that uses this, and what the page says that it prints. */
function shown(name: string): { code: string; output: string } {
  const found = [...read('README.md').matchAll(/^```js\n((?:(?!```)[^])*)```\n\n```text\n([^]*?)^```/gm)].filter(([, code]) => code!.includes(name))
  expect(found).toHaveLength(1)
  return { code: found[0]![1]!, output: found[0]![2]! }
}

it('the program with authFetch prints what stands below it', async () => {
  await using server = await startBaserow()
  const { code, output } = shown('authFetch(')
  expect(await run(code, { BASEROW_URL: server.url, BASEROW_USER_EMAIL: DEFAULT_USER.email, BASEROW_USER_PASSWORD: DEFAULT_USER.password })).toBe(output)
})

it('the program with a pool prints what stands below it', async () => {
  const password = 'the-password-of-all'
  await using server = await startTokenServer({ users: ['ann', 'bob', 'cleo'].map((username) => ({ username, password })) })
  const { code, output } = shown('createTokenPool(')
  expect(await run(code, { LOGIN_URL: server.loginUrl, PASSWORD: password })).toBe(output)
})

it('the program with OAuth 2.0 prints what stands below it', async () => {
  await using server = await startTokenServer()
  const { code, output } = shown('oauth2(')
  expect(await run(code, { TOKEN_URL: server.tokenUrl, CLIENT_SECRET: DEFAULT_KEY })).toBe(output)
})

it('the program with scoped tokens prints what stands below it', async () => {
  const { code, output } = shown('getScopedToken(')
  expect(await run(code, {})).toBe(output)
})

it('the program with a login of its own logs in, and says what is wrong with its key', async () => {
  await using server = await startTokenServer()
  const program = blocks('js').find((block) => block.includes('custom('))!
  expect(await run(program, { LOGIN_URL: server.loginUrl, API_KEY: DEFAULT_KEY })).toBe('true login\n')
  expect(await run(program, { LOGIN_URL: server.loginUrl, API_KEY: 'another' })).toContain('login threw (the key was refused) for relay at custom()')
})

it('the program for users of the test kit runs', async () => {
  const kit = blocks('js').find((block) => block.includes('tokenkeep/testing'))!
  expect(await run(kit, {})).toBe('0\n')
})

it('every code has its heading in docs/errors.md and its row in the README, with the right status', () => {
  const headings = [...read('docs/errors.md').matchAll(/^## (\w+)$/gm)].map(([, code]) => code as TokenErrorCode)
  const rows = [...read('README.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code as TokenErrorCode)
  const codes = read('lib/errors.ts').split('\n\n')[0]!.match(/(?<=')\w+(?=')/g)!
  expect(headings.sort()).toEqual([...codes].sort())
  expect(rows.sort()).toEqual([...codes].sort())
  for (const [, code, status] of read('README.md').matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \|/gm)) {
    expect(headings).toContain(code)
    expect(new TokenError({ code: code as TokenErrorCode, message: '' }).statusCode).toBe(Number(status))
  }
})

it('every option of the README is one, with the default that it names', () => {
  const types = read('index.d.ts')
  for (const [, cell] of read('README.md').split('| method |')[0]!.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)) {
    for (const [, option] of cell!.matchAll(/`(\w+)`/g)) expect(types).toMatch(new RegExp(`\\b${option}\\??:`))
  }
})
