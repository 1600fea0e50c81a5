// Secrets with unmistakable marks in them, and a search of everything that was printed for the marks, in any spelling.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Fault } from 'tokenkeep/testing'
import { startBaserow, startTokenServer } from 'tokenkeep/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { run } from '../child'
import { tidy, workshop } from './folder'
import { PRODUCT } from './keeper'

afterEach(tidy)

/** Long enough that no chance spells it, and with what JSON and URLs have to escape. */
const marked = (name: string) => `MARK-${name}-"\\/ü&=+%-Zq7xVw3KfTz9LmNp-${name}-KRAM`

const marks = {
  email: 'alice@example.com',
  password: marked('password'),
  wrong: marked('wrong-password'),
  key: marked('api-key'),
  header: 'MARK-header-Zq7xVw3KfTz9LmNp-KRAM',
  garbage: marked('garbage'),
  provisioned: 'MARK.provisioned.Zq7xVw3KfTz9LmNp-KRAM',
  encryptionKey: Buffer.from('MARK-encryption-key-Zq7xVw3KfTz9'.padEnd(32, '-').slice(0, 32)).toString('base64'),
}

/** What the server may do to a login; most of it has something of the request in it, or of a token. */
const faultsWith = (secret: string): Record<string, Fault> => ({
  echo: { kind: 'echo' },
  'echo of a server error': { kind: 'echo', status: 500 },
  'echo of an unauthorised': { kind: 'echo', status: 401 },
  outage: { kind: 'outage' },
  torn: { kind: 'torn' },
  'not JSON': { kind: 'not-json' },
  'no token': { kind: 'no-token' },
  redirect: { kind: 'redirect', location: `/elsewhere/?password=${encodeURIComponent(secret)}` },
  throttled: { kind: 'throttled' },
  reset: { kind: 'reset' },
  'a token in an error': { kind: 'status', status: 403, body: { error: 'ERROR', detail: secret, token: marks.garbage } },
  'a password in plain text': { kind: 'status', status: 404, body: `no such thing as ${secret}` },
  'a password in a header': { kind: 'status', status: 429, headers: { 'retry-after': encodeURIComponent(secret) } },
})

/** How a secret may be spelt in a text. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  // In the middle of a base64 text it looks different at each of three offsets; whole groups of it do not.
  const based = [0, 1, 2].flatMap((offset) => {
    const inner = bytes.subarray((3 - offset) % 3)
    const whole = inner.subarray(0, inner.length - (inner.length % 3))
    return [whole.toString('base64'), whole.toString('base64url')]
  })
  const json = JSON.stringify(secret).slice(1, -1)
  return [secret, json, JSON.stringify(json).slice(1, -1), encodeURIComponent(secret), encodeURI(secret), bytes.toString('hex'), ...based]
}

function leaks(text: string, secrets: Iterable<string>): string[] {
  const found = new Set<string>()
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) {
      const at = text.indexOf(spelling)
      if (at >= 0) found.add(`${secret.slice(0, 24)}…: …${text.slice(Math.max(0, at - 120), at + 20)}`)
    }
  }
  return [...found]
}

describe('nothing that is printed, logged or inspected', { timeout: 120_000 }, () => {
  it('has a password, a key or a token in it, whatever happens', async () => {
    const users = [{ email: marks.email, password: marks.password }]
    const dir = join(workshop(), 'stores')
    mkdirSync(dir, { mode: 0o700 })
    await using good = await startBaserow({ users })
    await using tokens = await startTokenServer({ keys: [marks.key] })
    const faulty = await Promise.all(
      Object.entries(faultsWith(marks.password)).map(async ([name, fault]) => {
        const server = await startBaserow({ users })
        server.fail(fault, { endpoint: 'login', times: Infinity })
        return [name, server] as const
      }),
    )
    const faultyOAuth = await Promise.all(
      Object.entries(faultsWith(marks.key)).map(async ([name, fault]) => {
        const server = await startTokenServer({ keys: [marks.key] })
        server.fail(fault, { endpoint: 'token', times: Infinity })
        return [name, server] as const
      }),
    )
    try {
      const oauths = Object.fromEntries(faultyOAuth.map(([name, server]) => [name, server.url]))
      const baserows = { good: good.baseUrl, ...Object.fromEntries(faulty.map(([name, server]) => [name, server.baseUrl])) }
      const args = [JSON.stringify({ baserows, tokens: tokens.url, oauths, dir, marks })]
      const { code, lines, stderr } = await run('secrets.mjs', { args, env: { KEEPER_DIST: PRODUCT } })
      const text = `${lines.join('\n')}\n${stderr}`
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      // The scenario was as wide as it was meant to be.
      expect(lines.at(-1)).toMatch(/^did \d\d+ things, failed at \d\d+$/)
      for (const word of ['INVALID_CREDENTIALS', 'RATE_LIMITED', 'SERVER_ERROR', 'BAD_RESPONSE', 'NETWORK', 'UNEXPECTED_STATUS', 'INVALID_OPTION', 'CLOSED', 'COOLING_DOWN']) {
        expect(text, 'what happened').toContain(word)
      }
      for (const word of ['MARKED_TOKENS', 'takes its place', 'the credentials were replaced', 'logged out']) expect(text, 'what was said').toContain(word)

      const { email: _, ...secrets } = marks
      // Whatever the servers handed out is known to them by what came back, and to us by its form.
      const sent = [...good.requests, ...tokens.requests].flatMap(({ body, headers }) => {
        const refresh = /"refresh_token":\s*"([^"]+)"/.exec(body)?.[1] ?? new URLSearchParams(body).get('refresh_token') ?? undefined
        return [refresh, String(headers['authorization'] ?? '').split(' ')[1]].filter((token) => token !== undefined)
      })
      expect(sent.length).toBeGreaterThan(0)
      expect(leaks(text, [...Object.values(secrets), ...sent])).toEqual([])
      expect(text.match(/eyJ[\w-]{10,}\.[\w-]+/g) ?? [], 'tokens by their form').toEqual([])
      // The parts of a secret that a message might have cut out of it.
      expect(text.match(/Zq7xVw3K|KfTz9LmNp|KRAM/g) ?? []).toEqual([])
    } finally {
      await Promise.all([...faulty, ...faultyOAuth].map(([, server]) => server.close()))
    }
  })

  it('escapes this search', () => {
    const secret = marks.password
    for (const hidden of [
      secret,
      JSON.stringify({ secret }),
      JSON.stringify(JSON.stringify({ secret })),
      `?a=${encodeURIComponent(secret)}`,
      ...['', 'a', 'ab', 'abc'].map((before) => Buffer.from(`${before}${secret}after`).toString('base64')),
      Buffer.from(JSON.stringify({ n: 1, token: marks.provisioned })).toString('base64url'),
    ]) {
      expect(leaks(hidden, [secret, marks.provisioned]), hidden).not.toEqual([])
    }
  })
})
