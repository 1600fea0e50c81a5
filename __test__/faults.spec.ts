// A server that fails below HTTP, against both carriers: the native client and the user's fetch.
import { connect } from 'node:net'
import { inspect } from 'node:util'
import { baserow, createBaserowJwtManager, createTokenManager, type BaserowJwtManagerOptions, type TokenError, type TokenErrorCode } from 'tokenkeep'
import { DEFAULT_USER, startBaserow, startFaultServer } from 'tokenkeep/testing'
import type { BaserowServer, FaultServer, NetworkFault, NetworkFaultKind } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { selfSigned } from '../bench/certificate'
import { start } from './child'
import * as certificates from './fixtures/certificates'
import { CA } from './fixtures/certificates'
import { recorder } from './recorder'

const JWT = /^eyJ/
/** Where only the time limit ends it. */
const TIMEOUT_MS = 1000
/** Where something else has to. */
const LONG_TIMEOUT_MS = 15_000
/** What a busy machine may add to a time limit. */
const SLACK_MS = 4000
const OK = 'HTTP/1.1 200 OK\r\n'

let upstream: BaserowServer
let server: FaultServer

beforeEach(async () => {
  upstream = await startBaserow()
  server = await startFaultServer({ upstream: upstream.url })
})
afterEach(() => Promise.all([server.close(), upstream.close()]))

const manager = (changes: Partial<BaserowJwtManagerOptions> = {}) =>
  createBaserowJwtManager({ baseUrl: `${server.url}/api`, ...DEFAULT_USER, timeoutMs: TIMEOUT_MS, ...changes })

interface Failed {
  error: TokenError
  ms: number
}

async function failureOf(promise: Promise<string>): Promise<Failed> {
  const started = performance.now()
  const error = await promise.then(
    () => expect.unreachable('there was a token'),
    (thrown: unknown) => thrown as TokenError,
  )
  return { error, ms: performance.now() - started }
}

/** What the server has said, it has said to nobody else. */
function expectNoSecret(error: TokenError, lines: readonly unknown[] = []): void {
  const shown = inspect([error, error.cause, error.stack, lines], { depth: Infinity, showHidden: true })
  expect(shown).not.toContain(DEFAULT_USER.password)
  expect(shown).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}/)
}

/** What each carrier makes of a fault; where they differ, first the native client. 'token': it takes what came for the whole. */
type Verdict = TokenErrorCode | [native: TokenErrorCode, fetch: TokenErrorCode | 'token']

const ANSWERS: [what: string, fault: NetworkFaultKind | NetworkFault, verdict: Verdict][] = [
  ['that hangs as soon as it is connected', { kind: 'hang', at: 'connect' }, 'TIMEOUT'],
  ['that hangs with the request', 'hang', 'TIMEOUT'],
  ['that hangs in its head', { kind: 'hang', at: 'head' }, 'TIMEOUT'],
  ['that hangs in its body', { kind: 'hang', at: 'body' }, 'TIMEOUT'],
  ['that hangs after a body that nothing says the end of', { kind: 'hang', at: 'end' }, 'TIMEOUT'],
  ['that is reset as soon as it is connected', { kind: 'reset', at: 'connect' }, 'NETWORK'],
  ['that is reset with the request', 'reset', 'NETWORK'],
  ['that is reset in its head', { kind: 'reset', at: 'head' }, 'NETWORK'],
  ['that is reset in its body', { kind: 'reset', at: 'body' }, 'NETWORK'],
  ['that is reset after a body that nothing says the end of', { kind: 'reset', at: 'end' }, ['NETWORK', 'token']],
  ['that is closed as soon as it is connected', { kind: 'fin', at: 'connect' }, 'NETWORK'],
  ['that is half closed with the request', 'fin', 'NETWORK'],
  ['that is half closed in its head', { kind: 'fin', at: 'head' }, 'NETWORK'],
  ['that is half closed in its body', { kind: 'fin', at: 'body' }, 'NETWORK'],
  ['that comes byte by byte', { kind: 'trickle', everyMs: 30 }, 'TIMEOUT'],
  ['that states too small a length', { kind: 'length', by: -5 }, 'BAD_RESPONSE'],
  ['that states no bytes at all', { kind: 'length', says: '0' }, 'BAD_RESPONSE'],
  ['that states too great a length', { kind: 'length', by: 5 }, 'TIMEOUT'],
  ['that states an absurd length', { kind: 'length', says: '18446744073709551616' }, 'NETWORK'],
  ['that states a great length and sends little', { kind: 'length', says: '9007199254740991' }, 'TIMEOUT'],
  ['that states a negative length', { kind: 'length', says: '-1' }, 'NETWORK'],
  ['that states a length in words', { kind: 'length', says: 'many' }, 'NETWORK'],
  ['that states two lengths', { kind: 'length', says: ['10', '20'] }, 'NETWORK'],
  ['in chunks without end', { kind: 'endless', of: 'chunks' }, 'BAD_RESPONSE'],
  ['with a body without end', { kind: 'endless', of: 'body' }, 'BAD_RESPONSE'],
  ['with a status line without end', { kind: 'endless', of: 'status' }, ['NETWORK', 'TIMEOUT']],
  ['with a header without end', { kind: 'endless', of: 'header' }, 'NETWORK'],
  ['with headers without end', { kind: 'endless', of: 'headers' }, 'NETWORK'],
  ['after other answers without end', { kind: 'endless', of: 'interim' }, 'TIMEOUT'],
  ['with trailers without end', { kind: 'endless', of: 'trailers' }, 'NETWORK'],
  ['with 100,000 headers', 'headers', 'NETWORK'],
  ['with one header of 64 MiB', { kind: 'headers', count: 1, bytes: 1 << 26 }, 'NETWORK'],
  ['that is a gzip bomb', { kind: 'bomb', bytes: 1 << 28 }, 'BAD_RESPONSE'],
  ['that is a gzip bomb in a gzip bomb', { kind: 'bomb', bytes: 1 << 28, layers: 2 }, 'BAD_RESPONSE'],
  ['of HTTP/0.9', { kind: 'raw', bytes: '{"token":"unasked"}' }, 'NETWORK'],
  ['of no known protocol', { kind: 'raw', bytes: Buffer.alloc(4096, 0xff), then: 'hang' }, 'NETWORK'],
  ['of another protocol', { kind: 'raw', bytes: 'SSH-2.0-OpenSSH_9.7\r\n', then: 'hang' }, 'NETWORK'],
  ['of HTTP/2', { kind: 'raw', bytes: Buffer.from('000012040000000000', 'hex'), then: 'hang' }, 'NETWORK'],
  ['that is an Upgrade', { kind: 'raw', bytes: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', then: 'hang' }, ['UNEXPECTED_STATUS', 'NETWORK']],
  ['of a chunk whose size is no number', { kind: 'raw', bytes: `${OK}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n` }, 'NETWORK'],
  ['of a chunk greater than any', { kind: 'raw', bytes: `${OK}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}` }, 'NETWORK'],
  ['that is no UTF-8', { kind: 'raw', bytes: Buffer.from(`${OK}content-length: 4\r\n\r\n\xff\xfe{}`, 'latin1') }, 'BAD_RESPONSE'],
  ['without a body', { kind: 'raw', bytes: `${OK}content-length: 0\r\n\r\n` }, 'BAD_RESPONSE'],
  ['204', { kind: 'raw', bytes: 'HTTP/1.1 204 No Content\r\n\r\n' }, 'BAD_RESPONSE'],
  ['of JSON that is deeper than any stack', { kind: 'raw', bytes: `${OK}content-length: 900000\r\n\r\n${'[{"a":'.repeat(150_000)}` }, 'BAD_RESPONSE'],
  ['304', { kind: 'raw', bytes: 'HTTP/1.1 304 Not Modified\r\n\r\n' }, 'BAD_RESPONSE'],
  ['of an unknown status', { kind: 'raw', bytes: 'HTTP/1.1 999 What\r\ncontent-length: 0\r\n\r\n' }, 'UNEXPECTED_STATUS'],
  ['of an error whose page hangs', { kind: 'raw', bytes: 'HTTP/1.1 500 No\r\ncontent-length: 99\r\n\r\noh', then: 'hang' }, 'SERVER_ERROR'],
  ['of an error whose page is torn', { kind: 'raw', bytes: 'HTTP/1.1 503 No\r\ncontent-length: 99\r\n\r\noh', then: 'reset' }, 'SERVER_ERROR'],
]

describe.each([
  ['the native client', 0, undefined],
  ['the fetch option', 1, globalThis.fetch],
] as const)('%s: an answer', (_, carrier, fetch) => {
  const carried = (changes: Partial<BaserowJwtManagerOptions> = {}) => manager(fetch === undefined ? changes : { fetch, ...changes })

  it.each(ANSWERS)('%s is a typed error in time, without a secret, and the next call is fine', async (_what, fault, verdict) => {
    const { logger, lines } = recorder()
    const code = typeof verdict === 'string' ? verdict : verdict[carrier]
    const timeoutMs = code === 'TIMEOUT' || code === 'SERVER_ERROR' ? TIMEOUT_MS : LONG_TIMEOUT_MS
    const one = carried({ logger, timeoutMs })
    server.fail(fault)
    if (code === 'token') return void (await expect(one.getToken()).resolves.toMatch(JWT))
    const { error, ms } = await failureOf(one.getToken())
    expect(error).toMatchObject({ name: 'BaserowAuthError', code })
    // What something else has to end is no TIMEOUT, and that is what tells them apart on a machine that is busy.
    expect(ms).toBeLessThan(timeoutMs + SLACK_MS)
    expect(error.message.length).toBeLessThan(600)
    expectNoSecret(error, lines)
    await expect(one.getToken()).resolves.toMatch(JWT)
    await one.close()
  })

  it('that is ended by the end of the connection is whole', async () => {
    server.fail({ kind: 'fin', at: 'end' })
    await expect(carried().getToken()).resolves.toMatch(JWT)
  })

  it('with another one behind it is one answer: nobody gets the other', async () => {
    const forged = JSON.stringify({ token: 'forged', refresh_token: 'forged' })
    server.fail({ kind: 'twice', second: `${OK}content-type: application/json\r\ncontent-length: ${forged.length}\r\n\r\n${forged}` })
    const one = carried()
    const first = await one.getToken()
    const second = await one.getToken({ forceRefresh: true })
    const third = await one.getToken({ forceRefresh: true })
    for (const token of [first, second, third]) expect(token).toMatch(JWT)
    expect(server.counters.requests).toBe(3)
  })

  it.each([
    ['to elsewhere', () => 'https://elsewhere.example/api/user/token-auth/?ticket=secret-ticket'],
    ['to itself', () => `${server.url}/api/user/token-auth/`],
    ['to another scheme', () => 'file:///etc/passwd'],
    ['to a script', () => 'javascript:alert(1)'],
    ['to what is no URL', () => 'http://[/'],
    ['to very far away', () => `/${'x'.repeat(12_000)}`],
    ['that quotes the request', () => `/${encodeURIComponent(DEFAULT_USER.password)}/${DEFAULT_USER.password}`],
  ])('that is a redirect %s is BAD_RESPONSE, and nobody follows', async (_what, location) => {
    for (const status of [301, 302, 303, 307, 308]) {
      const { logger, lines } = recorder()
      const one = carried({ logger, timeoutMs: LONG_TIMEOUT_MS })
      server.fail({ kind: 'raw', bytes: `HTTP/1.1 ${status} Moved\r\nlocation: ${location()}\r\ncontent-length: 0\r\n\r\n` })
      const before = server.counters.requests
      const { error } = await failureOf(one.getToken())
      expect(error).toMatchObject({ code: 'BAD_RESPONSE', statusCode: 502 })
      expect(server.counters.requests).toBe(before + 1)
      expectNoSecret(error, lines)
      expect(inspect([error, lines])).not.toContain('secret-ticket')
      expect(error.message.length).toBeLessThan(600)
      await expect(one.getToken()).resolves.toMatch(JWT)
      await one.close()
    }
  })

  it('that never comes, try after try, ends at the deadline', async () => {
    server.fail('hang', { times: Infinity })
    const one = createTokenManager({
      provider: baserow({ baseUrl: `${server.url}/api`, ...DEFAULT_USER }),
      ...(fetch && { fetch }),
      timeoutMs: 200,
      deadlineMs: 500,
      retry: { attempts: 100, baseDelayMs: 10, maxDelayMs: 20 },
    })
    const { error, ms } = await failureOf(one.getToken())
    expect(error).toMatchObject({ code: 'TIMEOUT' })
    expect(ms).toBeGreaterThan(400)
    expect(ms).toBeLessThan(500 + SLACK_MS)
    expect(server.counters.requests).toBeGreaterThan(1)
    await one.close()
  })
})

describe('TLS', () => {
  let secure: FaultServer

  beforeEach(async () => {
    secure = await startFaultServer({ upstream: upstream.url, tls: certificates.server })
  })
  afterEach(() => secure.close())

  const HANDSHAKES: [what: string, fault: NetworkFaultKind | NetworkFault, code: TokenErrorCode, says: string][] = [
    ['that is none', 'not-tls', 'NETWORK', 'InvalidContentType'],
    ['that hangs before the handshake', { kind: 'hang', at: 'connect' }, 'TIMEOUT', `no complete answer within ${TIMEOUT_MS} ms`],
    ['that hangs in the handshake', { kind: 'hang', at: 'handshake' }, 'TIMEOUT', `no complete answer within ${TIMEOUT_MS} ms`],
    ['that is reset before the handshake', { kind: 'reset', at: 'connect' }, 'NETWORK', 'reset'],
    ['that is reset in the handshake', { kind: 'reset', at: 'handshake' }, 'NETWORK', 'reset'],
    ['that is cut in the handshake', { kind: 'fin', at: 'handshake' }, 'NETWORK', 'eof'],
    ['that is cut after a body that nothing says the end of', { kind: 'fin', at: 'end', abruptly: true }, 'NETWORK', 'close_notify'],
    ['of an authority that nobody knows', { kind: 'certificate', ...certificates.selfSigned }, 'NETWORK', 'tls.ca'],
    ['of another host', { kind: 'certificate', ...certificates.elsewhere }, 'NETWORK', "another host's"],
  ]

  it.each(HANDSHAKES)('%s is a typed error in time, and the next call is fine', async (_what, fault, code, says) => {
    const { logger, lines } = recorder()
    const timeoutMs = code === 'TIMEOUT' ? TIMEOUT_MS : LONG_TIMEOUT_MS
    const one = manager({ baseUrl: `${secure.url}/api`, tls: { ca: CA }, logger, timeoutMs })
    secure.fail(fault)
    const { error, ms } = await failureOf(one.getToken())
    expect(error).toMatchObject({ name: 'BaserowAuthError', code })
    expect(error.message).toContain(says)
    expect(ms).toBeLessThan(TIMEOUT_MS + SLACK_MS)
    expectNoSecret(error, lines)
    await expect(one.getToken()).resolves.toMatch(JWT)
    await one.close()
  })

  it('of a certificate that has expired is a typed error that says so, even if it is named, and the next call is fine', async () => {
    const expired = selfSigned({ from: -3, until: -1 })
    const one = manager({ baseUrl: `${secure.url}/api`, tls: { ca: [CA, expired.cert] }, timeoutMs: LONG_TIMEOUT_MS })
    secure.fail({ kind: 'certificate', ...expired })
    const { error } = await failureOf(one.getToken())
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringMatching(/certificate.*expired/) as unknown })
    expect(upstream.counters.loginRequests).toBe(0)
    await expect(one.getToken()).resolves.toMatch(JWT)
  })

  it('with a server that has none is a typed error, and nothing is sent in plain', async () => {
    const { error } = await failureOf(manager({ baseUrl: `${server.url.replace('http:', 'https:')}/api` }).getToken())
    // What it takes for the end of a request never comes.
    expect(error.code).toBe('TIMEOUT')
    expect(server.counters.requests).toBe(0)
  })
})

describe('the server', () => {
  it.each<[what: string, fault: unknown, says: string]>([
    ['that is none', undefined, "fail: give a fault, such as 'hang'"],
    ['that is null', null, "fail: give a fault, such as 'hang'"],
    ['of no kind', {}, 'fail: there is no fault undefined'],
    ['at no moment', { kind: 'hang', at: 'noon' }, 'fail: there is no moment "noon"'],
    ['of no bytes at a time, which would never end', { kind: 'trickle', bytes: 0 }, "fail: bytes of the fault 'trickle' must be 1 or more, not 0"],
    ['of half a byte at a time', { kind: 'trickle', bytes: 1.5 }, "fail: bytes of the fault 'trickle' must be a whole number"],
    ['before its time', { kind: 'trickle', everyMs: -1 }, "fail: everyMs of the fault 'trickle' must be 0 or more, not -1"],
    ['of a length that is off by nothing known', { kind: 'length', by: NaN }, "fail: by of the fault 'length' must be a finite number"],
    ['of a length in numbers', { kind: 'length', says: [5] }, "fail: says of the fault 'length' must be a text or a list of texts"],
    ['of no part', { kind: 'endless' }, 'fail: there is no part undefined'],
    ['of no layers', { kind: 'bomb', layers: 0 }, "fail: layers of the fault 'bomb' must be 1 or more, not 0"],
    ['of endless headers', { kind: 'headers', count: Infinity }, "fail: count of the fault 'headers' must be a finite number"],
    ['of a second answer that is none', { kind: 'twice', second: {} }, "fail: second of the fault 'twice' must be a text or bytes"],
    ['of nothing', { kind: 'raw' }, "fail: bytes of the fault 'raw' must be a text or bytes"],
    ['that ends in no way', { kind: 'raw', bytes: '', then: 'close' }, "fail: then of the fault 'raw' must be 'fin', 'hang' or 'reset'"],
  ])('refuses a fault %s, when it is set', async (_what, fault, says) => {
    expect(() => server.fail(fault as NetworkFault)).toThrow(says)
    const one = manager()
    await expect(one.getToken()).resolves.toMatch(JWT)
    await one.close()
  })

  it('refuses a certificate that it cannot show, when it is set', async () => {
    await using secure = await startFaultServer({ tls: certificates.server })
    expect(() => secure.fail({ kind: 'certificate', key: 'no key', cert: 'no certificate' })).toThrow(/PEM/i)
    expect(() => secure.fail({ kind: 'certificate' } as NetworkFault)).toThrow("fail: key of the fault 'certificate' must be PEM text")
  })

  it.each<[behind: unknown, says: string]>([
    ['https://127.0.0.1:1', 'not of an https: one'],
    ['127.0.0.1', 'is no URL'],
    [{ port: 4711 }, 'is no URL'],
  ])('refuses to stand in front of %s', async (behind, says) => {
    await expect(startFaultServer({ upstream: behind as string })).rejects.toThrow(/^startFaultServer: upstream must be the origin of an http: server/)
    await expect(startFaultServer({ upstream: behind as string })).rejects.toThrow(says)
  })

  it('takes a request whose body comes in chunks, and what comes after it on the connection', async () => {
    await using plain = await startFaultServer({ answer: { ok: true } })
    const socket = connect(Number(new URL(plain.url).port), '127.0.0.1')
    const head = (path: string) => `POST ${path} HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n`
    // Chunks that are cut anywhere, with an extension and a trailer.
    for (const piece of [`${head('/one')}5;x=y\r\nhel`, 'lo\r', '\n6\r\n world\r\n0\r\nx-sum: 1\r\n', `\r\n${head('/two')}0\r\n\r\n`]) {
      socket.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await expect.poll(() => plain.requests.map(({ path, body }) => [path, body])).toEqual([['/one', 'hello world'], ['/two', '']])
    socket.write(`${head('/three')}zz\r\n`)
    await new Promise((resolve) => socket.once('close', resolve).resume())
    expect(plain.counters.requests).toBe(2)
  })

  it('passes chunks on to the server behind it', async () => {
    const body = new Blob([JSON.stringify({ email: DEFAULT_USER.email, password: DEFAULT_USER.password })]).stream()
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${server.url}/api/user/token-auth/`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    expect(answer.status).toBe(200)
    expect(server.requests[0]!.headers['transfer-encoding']).toBe('chunked')
  })
})

interface Besieged {
  codes: string[]
  longestMs: number
  grownKb: number
  unhandled: number
}

describe.each(['native', 'fetch'])('the memory of a process, by the %s carrier,', (carrier) => {
  /** Each of these sends without end, or a hundred times as much, to whoever lets it. */
  const SIEGES: [what: string, fault: NetworkFaultKind | NetworkFault][] = [
    ['a body without end', { kind: 'endless', of: 'body' }],
    ['chunks without end', { kind: 'endless', of: 'chunks' }],
    ['a bomb of a gibibyte', { kind: 'bomb', bytes: 1 << 30 }],
    ['a bomb of a gibibyte in a bomb', { kind: 'bomb', bytes: 1 << 30, layers: 2 }],
    ['headers without end', { kind: 'endless', of: 'headers' }],
    ['100,000 headers', 'headers'],
    ['a header without end', { kind: 'endless', of: 'header' }],
    ['a status line without end', { kind: 'endless', of: 'status' }],
    ['trailers without end', { kind: 'endless', of: 'trailers' }],
    ['other answers without end', { kind: 'endless', of: 'interim' }],
    ['an error page without end', { kind: 'raw', bytes: `HTTP/1.1 500 No\r\n\r\n${' '.repeat(1 << 26)}`, then: 'hang' }],
  ]
  const SIEGE_MS = 2000
  /** Where only time is the limit, the first of them takes twice this in one second. */
  const BOUND_KB = carrier === 'native' ? 8192 : 49_152

  it('stays within bounds, whatever a server sends', { timeout: 120_000 }, async () => {
    const child = start('besieged.mjs', { baseUrl: `${server.url}/api`, args: [carrier], killedAfterMs: 120_000 })
    await expect.poll(() => child.lines().length, { timeout: 15_000 }).toBe(1)
    const report: string[] = []
    for (const [at, [what, fault]] of SIEGES.entries()) {
      const sent = server.counters.bytesSent
      server.fail(fault, { times: 2 })
      child.tell(JSON.stringify({ timeoutMs: SIEGE_MS, times: 2 }))
      await expect.poll(() => child.lines().length, { timeout: 30_000 }).toBe(at + 2)
      server.clearFaults()
      const { codes, longestMs, grownKb, unhandled } = JSON.parse(child.lines()[at + 1]!) as Besieged
      const sentKb = Math.round((server.counters.bytesSent - sent) / 1024)
      report.push(`${what}: ${codes.join(', ')} within ${longestMs} ms; +${grownKb} kB for ${sentKb} kB sent`)
      expect(codes, report.join('\n')).not.toContain('token')
      expect(grownKb, report.join('\n')).toBeLessThan(BOUND_KB)
      expect(longestMs, report.join('\n')).toBeLessThan(SIEGE_MS + SLACK_MS)
      expect(unhandled).toBe(0)
    }
    child.tell(JSON.stringify({ timeoutMs: LONG_TIMEOUT_MS, times: 1 }))
    await expect.poll(() => child.lines().length, { timeout: 15_000 }).toBe(SIEGES.length + 2)
    expect(JSON.parse(child.lines().at(-1)!)).toMatchObject({ codes: ['token'] })
    child.kill('SIGKILL')
  })
})
