// The renewal daemon (cli.md, watch): real signals, a real socket, and no waiting that is not for something.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Running } from './cli'
import { Shell } from './cli'

let server: BaserowServer
let shell: Shell
let running: Running | undefined

beforeEach(async () => {
  server = await startBaserow()
  shell = new Shell(server)
})
afterEach(async () => {
  running?.child.kill('SIGKILL')
  await running?.ended
  running = undefined
  expect(shell.written).not.toMatch(/eyJ[\w-]+\./)
  expect(shell.written).not.toContain(DEFAULT_USER.password)
  await server.close()
  shell.clear()
})

const watch = (args: string[] = [], env: Record<string, string> = {}) => (running = shell.start(['watch', ...args], { env }))
const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
  running!.child.kill(signal)
  return running!.ended
}
const until = (condition: () => unknown, timeout = 15_000) => expect.poll(condition, { interval: 10, timeout }).toBeTruthy()
const linesOf = (text: string) => text.split('\n').filter((line) => line !== '')

describe('a session', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('is made at the start, and left in the store at %s', async (signal) => {
    const { says } = watch()
    await says(/logged in/)
    const { code, stdout, stderr } = await stop(signal)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(linesOf(stdout)).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ logged in as \S+@\S+, the token expires in (9|10) minutes$/),
      expect.stringMatching(/Z stopping$/),
    ])
    expect((await shell.run(['status'])).code).toBe(0)
  })

  it('that is good is taken over, without a request', async () => {
    await shell.run(['login'])
    const { connections } = server.counters
    const { says } = watch()
    await says(/took the session over from the store as \S+, the token expires in (9|10) minutes/)
    expect((await stop()).code).toBe(0)
    expect(server.counters.connections).toBe(connections)
  })

  it('is renewed ahead of its end, one line a time, and never falls out of the store', async () => {
    server.configure({ accessLifetimeMs: 3000 })
    const { says } = watch()
    await says(/(refreshed as .*\n[^]*){2}/)
    expect(server.counters.loginRequests).toBe(1)
    const { code, stdout } = await stop()
    expect(code).toBe(0)
    expect(linesOf(stdout).length).toBe(server.counters.logins + server.counters.refreshes + 1)
  })

  it('is renewed by the interval however long it lives', async () => {
    const { says } = watch([], { TOKENKEEP_REFRESH_INTERVAL: '1' })
    await says(/(refreshed as .*\n[^]*){2}/)
    expect((await stop()).code).toBe(0)
    expect(server.counters.loginRequests).toBe(1)
  })

  it('tells of itself in JSON', async () => {
    const { says } = watch(['--json'], { TOKENKEEP_REFRESH_INTERVAL: '1' })
    await says(/"refresh"/)
    const { code, stdout } = await stop()
    expect(code).toBe(0)
    const at = expect.any(Number)
    const renewal = { at, account: DEFAULT_USER.email, durationMs: expect.any(Number), expiresAt: expect.any(Number) }
    const told = linesOf(stdout).map((line) => JSON.parse(line) as unknown)
    expect(told.slice(0, 2)).toEqual([
      { ...renewal, event: 'login', how: 'login' },
      { ...renewal, event: 'refresh', how: 'refresh' },
    ])
    expect(told.at(-1)).toEqual({ at, event: 'stopping' })
  })
})

describe('what others do to the session', () => {
  // A watch looks up once a minute at the latest; this one is quicker.
  const quick = () => {
    const path = join(shell.folder, 'quick.cjs')
    const code = "const t = require('node:timers/promises'), { setTimeout } = t; t.setTimeout = (ms, ...rest) => setTimeout(ms >= 60000 ? 200 : ms, ...rest)"
    writeFileSync(path, code)
    return { NODE_OPTIONS: `--require ${path}` }
  }

  it.each(['invalidate', 'logout'])('%s of another process is seen within a minute', async (command) => {
    const { says } = watch([], quick())
    await says(/logged in/)
    expect((await shell.run([command])).code).toBe(0)
    await says(/(logged in|refreshed) as [^]*(logged in|refreshed) as/)
    expect((await stop()).code).toBe(0)
    expect((await shell.run(['status'])).code).toBe(0)
  })

  it('is no request as long as nothing happens', async () => {
    const { says } = watch([], quick())
    await says(/logged in/)
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const { code, stdout } = await stop()
    expect({ code, lines: linesOf(stdout).length }).toEqual({ code: 0, lines: 2 })
    expect(server.counters).toMatchObject({ loginRequests: 1, refreshRequests: 0 })
  })
})

it('ends when its reader has gone', async () => {
  const { child, says } = watch(['--json'], { TOKENKEEP_REFRESH_INTERVAL: '1' })
  await says(/login/)
  child.stdout.destroy()
  const { code, signal } = await running!.ended
  expect({ code, signal }).toEqual({ code: 0, signal: null })
})

describe('a failure', () => {
  it('is told and tried again, later and later', async () => {
    server.fail('outage', { times: Infinity })
    const { stderr } = watch([], { TOKENKEEP_STORE: 'memory' })
    await until(() => (stderr().match(/renewal failed/g) ?? []).length >= 2)
    const failures = linesOf(stderr()).filter((line) => line.includes('renewal failed'))
    expect(failures[0]).toMatch(/^\S+Z renewal failed: .+; next try in \d+ seconds?$/)
    server.clearFaults()
    await running!.says(/logged in/)
    expect((await stop()).code).toBe(0)
  })

  it('that is a wrong password is not repeated for a minute', async () => {
    server.user(DEFAULT_USER.email).changePassword('another')
    const { stderr } = watch()
    await until(() => stderr().includes('renewal failed'))
    expect(stderr()).toMatch(/next try in (1|\d\d+) (minute|second)s?/)
    const { code } = await stop()
    expect(code).toBe(0)
    expect(server.counters.loginRequests).toBe(1)
  })

  it('of a server that hangs holds up the first signal, and not the second', async () => {
    server.fail('hang', { times: Infinity })
    const { says, child, ended } = watch()
    await until(() => server.counters.loginRequests === 1)
    child.kill('SIGINT')
    await says(/stopping/)
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  })
})

describe('what it refuses', () => {
  it('TOKENKEEP_AUTO_REFRESH=false, by name', async () => {
    const { code, stderr } = await watch([], { TOKENKEEP_AUTO_REFRESH: 'false' }).ended
    expect(code).toBe(1)
    expect(stderr).toMatch(/^tokenkeep: INVALID_OPTION: TOKENKEEP_AUTO_REFRESH switches renewals by timer off/)
    expect(server.counters.connections).toBe(0)
  })

  it('a port that is taken, by number', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    const { code, stderr } = await watch(['--health', String(port)]).ended
    taken.close()
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `tokenkeep: INVALID_OPTION: --health ${port}: another program listens on 127.0.0.1:${port}\n`,
    })
    expect(server.counters.connections).toBe(0)
  })
})

describe('--health', () => {
  const listening = async (env: Record<string, string> = {}) => {
    const { says } = watch(['--health', '0'], env)
    return (await says(/health and metrics at (http:\/\/127\.0\.0\.1:\d+)\/health/))[1]!
  }

  it('answers /health with 200 while there is a token', async () => {
    const url = await listening()
    await running!.says(/logged in/)
    const response = await fetch(`${url}/health`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    const text = await response.text()
    shell.written += text
    expect(JSON.parse(text)).toEqual({
      status: 'ok',
      state: 'valid',
      expiresAt: expect.any(Number),
      refreshAt: expect.any(Number),
      renewing: false,
      lastError: null,
    })
    expect((await stop()).code).toBe(0)
    await expect(fetch(`${url}/health`)).rejects.toThrow()
  })

  it('answers /health with 503 while there is none', async () => {
    server.fail('outage', { times: Infinity })
    const url = await listening()
    await until(() => running!.stderr().includes('renewal failed'))
    const response = await fetch(`${url}/health`)
    expect(response.status).toBe(503)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({ status: 'failing', state: 'empty', expiresAt: null, lastError: { code: 'SERVER_ERROR', at: expect.any(Number) } })
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^tokenkeep_up 0$/m)
  })

  it('answers /metrics as Prometheus reads it', async () => {
    const url = await listening({ TOKENKEEP_REFRESH_INTERVAL: '1' })
    await running!.says(/refreshed/)
    const response = await fetch(`${url}/metrics`)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    shell.written += text
    const samples = new Map<string, number>()
    for (const line of linesOf(text)) {
      if (line.startsWith('#')) {
        expect(line).toMatch(/^# (HELP tokenkeep_\w+ \S.*|TYPE tokenkeep_\w+ (gauge|counter))$/)
        continue
      }
      const [, name, value] = /^(tokenkeep_\w+(?:\{how="\w+"\})?) ([\d.]+)$/.exec(line)!
      samples.set(name!, Number(value))
    }
    expect(Object.fromEntries(samples)).toEqual({
      tokenkeep_up: 1,
      tokenkeep_token_expiry_timestamp_seconds: expect.any(Number),
      'tokenkeep_renewals_total{how="login"}': 1,
      'tokenkeep_renewals_total{how="refresh"}': server.counters.refreshes,
      'tokenkeep_renewals_total{how="store"}': 0,
      'tokenkeep_renewals_total{how="environment"}': 0,
      'tokenkeep_renewals_total{how="backup"}': 0,
      'tokenkeep_failed_tries_total{how="login"}': 0,
      'tokenkeep_failed_tries_total{how="refresh"}': 0,
      tokenkeep_failures_total: 0,
    })
    const expiry = samples.get('tokenkeep_token_expiry_timestamp_seconds')!
    expect(expiry - Date.now() / 1000).toBeGreaterThan(590)
    expect(expiry - Date.now() / 1000).toBeLessThan(601)
  })

  it('counts fallbacks apart, and the tries that failed before', async () => {
    await shell.run(['login'])
    const TOKENKEEP_TOKENS_B64 = (await shell.run(['export'])).stdout.trimEnd()
    server.fail('outage', { times: Infinity })
    const url = await listening({ TOKENKEEP_TOKENS_B64, TOKENKEEP_CACHE_DIR: join(shell.folder, 'other') })
    await running!.says(/fell back to the tokens of TOKENKEEP_TOKENS_B64/)
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toMatch(/^tokenkeep_renewals_total\{how="environment"\} 1$/m)
    expect(text).toMatch(/^tokenkeep_renewals_total\{how="store"\} 0$/m)
    expect(text).toMatch(/^tokenkeep_failed_tries_total\{how="login"\} [1-9]\d*$/m)
  })

  it('answers nothing else', async () => {
    const url = await listening()
    for (const path of ['/', '/healthz', '/health/', '/metrics/x']) expect((await fetch(url + path)).status).toBe(404)
    const posted = await fetch(`${url}/health`, { method: 'POST' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await fetch(`${url}/metrics?x=1`, { method: 'HEAD' })).status).toBe(200)
  })
})
