// The way out: through a proxy when told to, and a word of warning when the password would travel in the clear.
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import type { BaserowAuthError, BaserowJwtManagerOptions, TokenManager } from 'tokenkeep'
import { createBaserowJwtManager } from 'tokenkeep'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CA, server as certificate } from './fixtures/certificates'
import { Proxy } from './fixtures/proxy'
import { recorder } from './recorder'

const JWT = /^eyJ/
const PASSWORD = 'pr0xy:s3cret/@?'
const SPELLINGS = [PASSWORD, encodeURIComponent(PASSWORD), Buffer.from(`porter:${PASSWORD}`).toString('base64')]

let proxy: Proxy
let plain: BaserowServer
let secure: BaserowServer

beforeEach(async () => {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY']) {
    vi.stubEnv(name, undefined)
    vi.stubEnv(name.toLowerCase(), undefined)
  }
  proxy = await Proxy.start()
  plain = await startBaserow()
  secure = await startBaserow({ tls: certificate })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await Promise.all([proxy.close(), plain.close(), secure.close()])
})

const overHttp = (changes: Partial<BaserowJwtManagerOptions>) =>
  createBaserowJwtManager({ baseUrl: plain.baseUrl, ...DEFAULT_USER, ...changes })
const overHttps = (changes: Partial<BaserowJwtManagerOptions>) =>
  createBaserowJwtManager({ baseUrl: secure.baseUrl, ...DEFAULT_USER, tls: { ca: CA }, ...changes })

/** A manager that leaves no session to the next. */
const once = async (manager: TokenManager) => {
  await manager.getToken()
  await manager.close()
}

const failureOf = (promise: Promise<string>) =>
  promise.then(expect.unreachable, (error: unknown) => error as BaserowAuthError)

const tunnel = () => ({ method: 'CONNECT', target: new URL(secure.url).host, authorization: undefined })
const forwarded = () => ({ method: 'POST', target: `${plain.baseUrl}/user/token-auth/`, authorization: undefined })

describe('a proxy that the option names', () => {
  it('is asked for http in absolute form', async () => {
    await expect(overHttp({ proxy: proxy.url }).getToken()).resolves.toMatch(JWT)
    expect(proxy.asked).toEqual([forwarded()])
    expect(plain.counters.loginRequests).toBe(1)
  })

  it('is asked for a tunnel to https, in which it sees nothing', async () => {
    await expect(overHttps({ proxy: proxy.url }).getToken()).resolves.toMatch(JWT)
    expect(proxy.asked).toEqual([tunnel()])
    expect(secure.counters.loginRequests).toBe(1)
  })

  it('is used in spite of NO_PROXY, which belongs to the variables', async () => {
    vi.stubEnv('NO_PROXY', '*')
    await overHttp({ proxy: proxy.url }).getToken()
    expect(proxy.asked).toHaveLength(1)
  })

  it.each([
    ['http', overHttp],
    ['https', overHttps],
  ])('gets user and password for %s, and the server behind it never does', async (_, over) => {
    const guarded = await Proxy.start(`porter:${PASSWORD}`)
    const token = await over({ proxy: guarded.urlFor('porter', PASSWORD) }).getToken()
    await guarded.close()
    expect(token).toMatch(JWT)
    expect(guarded.asked).toMatchObject([{ authorization: `Basic ${SPELLINGS[2]}` }])
    const heard = JSON.stringify([plain.requests, secure.requests])
    for (const spelling of [...SPELLINGS, 'proxy-authorization']) expect(heard).not.toContain(spelling)
  })

  it('keeps its password out of errors, log lines and everything a manager shows of itself', async () => {
    const port = await closedPort()
    const { logger, lines } = recorder()
    const managers = [overHttp, overHttps].map((over) =>
      over({ proxy: `http://porter:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`, logger }),
    )
    const errors = await Promise.all(managers.map((manager) => failureOf(manager.getToken())))
    const shown = [managers, errors, lines, managers.map((manager) => manager.status())].map((things) =>
      inspect(things, { depth: Infinity, showHidden: true, getters: true }),
    )
    shown.push(...errors.map((error) => `${error.stack}`), JSON.stringify([managers, errors, lines]), managers.join())
    expect(lines).toHaveLength(2)
    for (const spelling of [...SPELLINGS, 'pr0xy']) expect(shown.join('\n')).not.toContain(spelling)
  })

  it.each([
    ['http', overHttp],
    ['https', overHttps],
  ])('is a network failure for %s when nobody is there', async (_, over) => {
    const error = await failureOf(over({ proxy: `http://127.0.0.1:${await closedPort()}` }).getToken())
    expect(error).toMatchObject({ code: 'NETWORK', statusCode: 502, retryable: true })
    expect([plain.counters.connections, secure.counters.connections]).toEqual([0, 0])
  })

  it.each([
    ['http', overHttp],
    ['https', overHttps],
  ])('that wants another password for %s is an unexpected status, 407', async (_, over) => {
    const guarded = await Proxy.start('porter:another')
    const error = await failureOf(over({ proxy: guarded.urlFor('porter', PASSWORD) }).getToken())
    await guarded.close()
    expect(error).toMatchObject({ code: 'UNEXPECTED_STATUS', statusCode: 407, retryable: false })
    expect(error.message).toContain('407')
    for (const spelling of SPELLINGS) expect(inspect(error, { depth: Infinity })).not.toContain(spelling)
  })

  it.each([
    ['an empty string', ''],
    ['no URL', 'the proxy down the hall'],
    ['a scheme without a host', 'http://'],
    ['a host that cannot be one', `http://porter:${encodeURIComponent(PASSWORD)}@[not-an-address]:80`],
    ['a port that cannot be one', `http://porter:${encodeURIComponent(PASSWORD)}@127.0.0.1:99999`],
    ['a scheme that is not ours', 'socks5://127.0.0.1:1080'],
    ['a number', 3128],
  ])('is refused at construction when it is %s', (_, value) => {
    const make = () => overHttp({ proxy: value as never })
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(/: proxy /) }))
    expect(make).not.toThrow(/pr0xy/)
  })
})

describe('the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY', () => {
  const all = (value: string) => {
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) vi.stubEnv(name, value)
  }

  it.each([
    ['left out', undefined],
    ['false', false],
  ])('are not read by the drop-in, as before: proxy is %s', async (_, value) => {
    all(proxy.url)
    await overHttp({ proxy: value as never }).getToken()
    await overHttps({ proxy: value as never }).getToken()
    expect(proxy.asked).toEqual([])
  })

  it.each(['upper', 'lower'] as const)('are read with `proxy: true`, each for its own scheme: %s case', async (letters) => {
    const spell = (name: string) => (letters === 'upper' ? name : name.toLowerCase())
    vi.stubEnv(spell('HTTP_PROXY'), proxy.url)
    await once(overHttps({ proxy: true }))
    expect(proxy.asked).toEqual([])
    await once(overHttp({ proxy: true }))
    expect(proxy.asked).toEqual([forwarded()])
    vi.stubEnv(spell('HTTP_PROXY'), undefined)
    vi.stubEnv(spell('HTTPS_PROXY'), proxy.url)
    await once(overHttp({ proxy: true }))
    expect(proxy.asked).toEqual([forwarded()])
    await once(overHttps({ proxy: true }))
    expect(proxy.asked).toEqual([forwarded(), tunnel()])
  })

  it('may leave the scheme of a proxy out, as curl takes it', async () => {
    vi.stubEnv('HTTP_PROXY', `127.0.0.1:${proxy.port}`)
    await overHttp({ proxy: true }).getToken()
    expect(proxy.asked).toHaveLength(1)
  })

  it('change nothing when none is set', async () => {
    await expect(overHttp({ proxy: true }).getToken()).resolves.toMatch(JWT)
  })

  it.each([
    ['NO_PROXY', '127.0.0.1', 0],
    ['no_proxy', 'internal.example, 127.0.0.0/8', 0],
    ['NO_PROXY', '*', 0],
    ['NO_PROXY', 'internal.example', 1],
  ])('go direct where %s=%s says so', async (name, value, asked) => {
    all(proxy.url)
    vi.stubEnv(name, value)
    await overHttp({ proxy: true }).getToken()
    await overHttps({ proxy: true }).getToken()
    expect(proxy.asked).toHaveLength(2 * asked)
  })

  it('are refused at construction, under the name of the option, when one is no proxy', () => {
    vi.stubEnv('HTTP_PROXY', `http://porter:pr0xy@[not-an-address]`)
    const make = () => overHttp({ proxy: true })
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringMatching(/: proxy /) }))
    expect(make).not.toThrow(/pr0xy/)
  })
})

describe('a base URL over plain http', () => {
  const linesAtConstruction = (baseUrl: string) => {
    const { logger, lines } = recorder()
    createBaserowJwtManager({ baseUrl, ...DEFAULT_USER, logger })
    return lines
  }

  it.each([
    'http://baserow.example.com/api',
    'http://localhost.example.com/api',
    'http://127.0.0.1.example.com/api',
    'http://mylocalhost/api',
    'http://10.0.0.7:8000/api',
    'http://128.0.0.1/api',
    'http://[2001:db8::1]/api',
  ])('is one warning when it leaves this machine: %s', (baseUrl) => {
    expect(linesAtConstruction(baseUrl)).toEqual([
      { level: 'warn', fields: { service: 'baserow-jwt-manager', baseUrl }, message: expect.stringContaining('https') },
    ])
  })

  it.each([
    'http://localhost:8000/api',
    'http://LOCALHOST/api',
    'http://127.0.0.1:8000/api',
    'http://127.1.2.3/api',
    'http://[::1]:8000/api',
    'http://baserow.localhost/api',
    'https://baserow.example.com/api',
    'https://10.0.0.7/api',
  ])('is no warning on loopback, nor is https: %s', (baseUrl) => {
    expect(linesAtConstruction(baseUrl)).toEqual([])
  })
})

/** A port of this machine on which nobody listens. */
async function closedPort(): Promise<number> {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const { port } = holder.address() as AddressInfo
  await new Promise((resolve) => holder.close(resolve))
  return port
}
