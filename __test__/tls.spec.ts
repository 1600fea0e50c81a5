// Whom a manager trusts over https, and who it says it is.
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { inspect } from 'node:util'
import type { BaserowAuthError, BaserowJwtManagerOptions } from 'tokenkeep'
import { createBaserowJwtManager } from 'tokenkeep'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from './child'
import * as certificates from './fixtures/certificates'
import { CA, CA_DER, pathOf } from './fixtures/certificates'
import { recorder } from './recorder'

const JWT = /^eyJ/

let server: BaserowServer

beforeEach(async () => {
  server = await startBaserow({ tls: certificates.server })
})
afterEach(() => server.close())

const manager = (changes: Partial<BaserowJwtManagerOptions> = {}) =>
  createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, ...changes })

const failureOf = (promise: Promise<string>) =>
  promise.then(expect.unreachable, (error: unknown) => error as BaserowAuthError)

interface Outcome {
  token?: string
  code?: string
  message?: string
  logged: string[]
}

async function attempt(env: Record<string, string>, options: object = {}, baseUrl = server.baseUrl): Promise<Outcome> {
  const { lines, stderr } = await run('attempt.mjs', { baseUrl, env, args: [JSON.stringify(options)] })
  expect(lines, stderr).toHaveLength(1)
  return JSON.parse(lines[0]!) as Outcome
}

describe('a server whose authority nobody has named', () => {
  it('is refused, and the error says where to name it', async () => {
    const error = await failureOf(manager().getToken())
    expect(error).toMatchObject({ code: 'NETWORK', statusCode: 502, retryable: true })
    for (const word of ['tls.ca', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED is not honoured', '127.0.0.1']) {
      expect(error.message).toContain(word)
    }
    expect(server.counters.loginRequests).toBe(0)
  })

  it('is refused even if NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
    const { token, code, message } = await attempt({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    expect({ token, code }).toEqual({ token: undefined, code: 'NETWORK' })
    expect(message).toContain('NODE_TLS_REJECT_UNAUTHORIZED is not honoured')
  })

  it('is refused when its certificate is for another host, whoever signed it', async () => {
    const elsewhere = await startBaserow({ tls: certificates.elsewhere })
    const error = await failureOf(manager({ baseUrl: elsewhere.baseUrl, tls: { ca: CA } }).getToken())
    await elsewhere.close()
    expect(error).toMatchObject({ code: 'NETWORK', message: expect.stringContaining('not valid for name') })
    expect(elsewhere.counters.loginRequests).toBe(0)
  })
})

describe('a server whose authority is named', () => {
  it.each<[string, string | Uint8Array | Array<string | Uint8Array>]>([
    ['PEM text', CA],
    ['the bytes of PEM', Buffer.from(CA)],
    ['the bytes of DER', CA_DER],
    ['an array of any of them', [certificates.elsewhere.cert, CA_DER]],
    ['several in one text', `first the one of another\n${certificates.elsewhere.cert}\nthen ours\n${CA}`],
  ])('in tls.ca is trusted: %s', async (_, ca) => {
    await expect(manager({ tls: { ca } }).getToken()).resolves.toMatch(JWT)
  })

  it('is trusted under each name of its certificate', async () => {
    const port = new URL(server.url).port
    const local = manager({ baseUrl: `https://localhost:${port}/api`, tls: { ca: CA } })
    await expect(local.getToken()).resolves.toMatch(JWT)
  })

  it('is trusted when its certificate is its own authority, as `openssl req -x509` makes it', async () => {
    const { cert } = certificates.selfSigned
    const own = await startBaserow({ tls: certificates.selfSigned })
    const outcome = await manager({ baseUrl: own.baseUrl, tls: { ca: cert } })
      .getToken()
      .catch((error: BaserowAuthError) => error.message)
    await own.close()
    expect(outcome).toMatch(JWT)
  })

  it('in NODE_EXTRA_CA_CERTS is trusted', async () => {
    const { token } = await attempt({ NODE_EXTRA_CA_CERTS: pathOf('ca.pem') })
    expect(token).toMatch(JWT)
  })

  it("in the system's store is trusted with tls.roots 'system', and not without", async () => {
    const env = { SSL_CERT_FILE: pathOf('ca.pem') }
    expect(await attempt(env, { tls: { roots: 'system' } })).toMatchObject({ token: expect.stringMatching(JWT) })
    expect(await attempt(env, { tls: { roots: 'bundled' } })).toMatchObject({ code: 'NETWORK' })
  })
})

describe('a file that NODE_EXTRA_CA_CERTS names and that is not there', () => {
  const missing = { NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' }

  it('is one warning, and no failure where other trust suffices', async () => {
    const { token, logged } = await attempt(missing, { tls: { ca: CA } })
    expect(token).toMatch(JWT)
    const warning = expect.stringMatching(/^warn: NODE_EXTRA_CA_CERTS \(\/nowhere\/ca\.pem\) is ignored: /)
    expect(logged).toEqual([warning, expect.stringMatching(/^info: logged in/)])
  })

  it('does not concern a login over plain http', async () => {
    const plain = await startBaserow()
    const { token, logged } = await attempt(missing, {}, plain.baseUrl)
    await plain.close()
    expect(token).toMatch(JWT)
    expect(logged).toEqual([expect.stringMatching(/^info: logged in/)])
  })

  // Every thread of ours reads its trust anew, and ends when it has been idle for 5 s; seen in /proc.
  it.skipIf(process.platform !== 'linux')('stays one warning for as long as the manager lives', async () => {
    const { logger, lines } = recorder()
    process.env['NODE_EXTRA_CA_CERTS'] = '/nowhere/ca.pem'
    const lasting = manager({ logger, tls: { ca: CA } })
    delete process.env['NODE_EXTRA_CA_CERTS']
    await lasting.getToken()
    await expect.poll(ourThreads, { interval: 50, timeout: 12_000 }).toBe(0)
    await lasting.getToken({ forceRefresh: true })
    expect(lines.filter((line) => line.level === 'info')).toHaveLength(2)
    expect(lines.filter((line) => line.level === 'warn')).toHaveLength(1)
  })
})

function ourThreads(): number {
  const names = readdirSync('/proc/self/task').map((id) => readFileSync(`/proc/self/task/${id}/comm`, 'utf8'))
  return names.filter((name) => name.trim() === 'tokenkeep').length
}

describe('a server that wants to know its clients', () => {
  let door: ReturnType<typeof createServer>
  let inside: BaserowServer
  const seen: string[] = []

  beforeEach(async () => {
    inside = await startBaserow()
    seen.length = 0
    const { cert, key } = certificates.server
    door = createServer({ cert, key, ca: CA, requestCert: true, rejectUnauthorized: true }, forward)
    await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    door.closeAllConnections()
    await new Promise((resolve) => door.close(resolve))
    await inside.close()
  })

  function forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, headers, url } = incoming
    const socket = incoming.socket as TLSSocket
    seen.push(String(socket.getPeerCertificate().subject.CN))
    const onward = request(`${inside.url}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(onward)
  }

  const behind = (tls: object) =>
    manager({ baseUrl: `https://127.0.0.1:${(door.address() as AddressInfo).port}/api`, tls: { ca: CA, ...tls } })

  it('is shown the certificate of tls.cert and tls.key', async () => {
    await expect(behind(certificates.client).getToken()).resolves.toMatch(JWT)
    expect(seen).toEqual(['tokenkeep test client'])
  })

  it('refuses a manager without one, and one that somebody else signed', async () => {
    expect(await failureOf(behind({}).getToken())).toMatchObject({ code: 'NETWORK' })
    expect(await failureOf(behind(certificates.selfSigned).getToken())).toMatchObject({ code: 'NETWORK' })
    expect(seen).toEqual([])
  })
})

describe('tls options that cannot be used are refused at construction, by name', () => {
  const { cert, key } = certificates.client
  const broken = (label: string) => `-----BEGIN ${label}-----\nSecretlyPlantedBytes\n-----END ${label}-----\n`

  it.each<[string, unknown, string]>([
    ['text that is no PEM', { ca: 'my authority' }, 'tls.ca'],
    ['bytes that are no certificate', { ca: Uint8Array.of(1, 2, 3) }, 'tls.ca'],
    ['a PEM certificate whose inside is nonsense', { ca: broken('CERTIFICATE') }, 'tls.ca'],
    ['one good and one bad authority', { ca: [CA, broken('CERTIFICATE')] }, 'tls.ca'],
    ['a key where an authority belongs', { ca: key }, 'tls.ca'],
    ['a number', { ca: 7 }, 'tls.ca'],
    ['a list with a hole', { ca: [CA, null] }, 'tls.ca'],
    ['a certificate without a key', { cert }, 'tls.key'],
    ['a key without a certificate', { key }, 'tls.cert'],
    ['a certificate that is none', { cert: 'my certificate', key }, 'tls.cert'],
    ['a key where the certificate belongs', { cert: key, key }, 'tls.cert'],
    ['a certificate where the key belongs', { cert, key: cert }, 'tls.key'],
    ['a key whose inside is nonsense', { cert, key: broken('PRIVATE KEY') }, 'tls.key'],
    ['a key in bytes', { cert, key: Buffer.from(key) }, 'tls.key'],
    ['the key of another certificate', { cert, key: certificates.server.key }, 'tls.cert'],
    ['an unknown place for roots', { roots: 'mine' }, 'tls.roots'],
    ['no object at all', 'secure', 'tls'],
  ])('%s', (_, tls, option) => {
    let error: unknown
    try {
      manager({ tls: tls as never })
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ name: 'BaserowAuthError', code: 'INVALID_OPTION', statusCode: 500, retryable: false })
    expect((error as Error).message).toMatch(new RegExp(`^INVALID_OPTION: ${option} `))
    const shown = inspect(error, { depth: Infinity, showHidden: true })
    const secrets = [...key.split('\n'), ...certificates.server.key.split('\n'), 'SecretlyPlantedBytes']
    for (const secret of secrets.filter((line) => line.length > 8 && !line.startsWith('-----'))) {
      expect(shown).not.toContain(secret)
    }
  })
})
