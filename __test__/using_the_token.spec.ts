// What docs/using-the-token.md shows is what happens.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const page = readFileSync(join(root, 'docs', 'using-the-token.md'), 'utf8')
const programs = [...page.matchAll(/^## (.*)\n[^]*?^```js\n([^]*?)^```\n+```text\n([^]*?)^```/gm)].map(([, title, code, output]) => ({ title, code: code!, output }))

it('every chapter has a program', () => expect(programs).toHaveLength(page.match(/^## /gm)!.length))

it.each(programs)('the program of "$title" prints what stands below it', async ({ code, output }) => {
  await using server = await startBaserow()
  const env = { ...process.env, BASEROW_URL: server.url, BASEROW_USER_EMAIL: DEFAULT_USER.email, BASEROW_USER_PASSWORD: DEFAULT_USER.password }
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], { cwd: root, env })
  let printed = ''
  child.stdout.on('data', (chunk) => (printed += chunk))
  child.stderr.on('data', (chunk) => (printed += chunk))
  await new Promise((resolve) => child.on('close', resolve))
  expect(printed).toBe(output)
})
