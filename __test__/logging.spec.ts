// What is logged, where it goes, and what never gets there.
import { inspect } from 'node:util'
import type { BaserowJwtManagerOptions } from 'tokenkeep'
import { createBaserowJwtManager } from 'tokenkeep'
import type { BaserowServer } from 'tokenkeep/testing'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from './child'
import { pinoLogger, streamedConsole } from './fixtures/loggers'
import { recorder } from './recorder'

const SERVICE = 'baserow-jwt-manager'
const INFO = 30
const WARN = 40

let server: BaserowServer

beforeEach(async () => {
  server = await startBaserow()
})
afterEach(() => server.close())

const manager = (changes: Partial<BaserowJwtManagerOptions>) =>
  createBaserowJwtManager({ baseUrl: server.baseUrl, ...DEFAULT_USER, ...changes })

describe('pino', () => {
  it('gets one info line per login and per refresh, with who, where, how long and until when', async () => {
    const { logger, lines } = pinoLogger()
    const logged = manager({ logger })
    await logged.getToken()
    await logged.getToken()
    await logged.getToken({ forceRefresh: true })
    const line = {
      level: INFO,
      time: expect.any(Number),
      service: SERVICE,
      account: DEFAULT_USER.email,
      host: new URL(server.url).host,
      durationMs: expect.any(Number),
      expiresInSeconds: expect.closeTo(600, -1),
    }
    expect(lines).toEqual([
      { ...line, msg: 'logged in, the token expires in 10 minutes' },
      { ...line, msg: 'refreshed, the token expires in 10 minutes' },
    ])
  })

  it('gets one warning when a refresh fails, and then the line of the login', async () => {
    const { logger, lines } = pinoLogger()
    const logged = manager({ logger })
    await logged.getToken()
    server.fail('outage', { endpoint: 'refresh' })
    await logged.getToken({ forceRefresh: true })
    expect(lines.slice(1)).toMatchObject([
      { level: WARN, service: SERVICE, code: 'SERVER_ERROR', status: 500, msg: expect.stringMatching(/^refresh failed/) },
      { level: INFO, service: SERVICE, msg: expect.stringMatching(/^logged in/) },
    ])
    expect(lines).toHaveLength(3)
  })

  it('gets one warning when a login fails', async () => {
    const { logger, lines } = pinoLogger()
    const logged = manager({ logger, password: 'wrong' })
    await expect(logged.getToken()).rejects.toThrow()
    expect(lines).toMatchObject([{ level: WARN, service: SERVICE, code: 'INVALID_CREDENTIALS', status: 401 }])
  })

  it('gets one warning about tokens without exp, over any number of renewals', async () => {
    server.configure({ omitExp: true })
    const { logger, lines } = pinoLogger()
    const logged = manager({ logger })
    for (let renewals = 0; renewals < 4; renewals += 1) {
      await logged.getToken()
      await logged.invalidate()
    }
    expect(server.counters).toMatchObject({ logins: 1, refreshes: 3 })
    expect(lines.filter((line) => line['level'] === INFO)).toHaveLength(4)
    expect(lines.filter((line) => line['level'] === WARN)).toMatchObject([{ msg: expect.stringContaining('55 minutes') }])
  })

  it('keeps the level that its user has set', async () => {
    const { logger, lines } = pinoLogger()
    logger.level = 'warn'
    await manager({ logger }).getToken()
    expect(lines).toEqual([])
  })
})

describe('a logger of another make', () => {
  it('may be a console, which shows the service too', async () => {
    const { logger, written } = streamedConsole()
    await manager({ logger }).getToken()
    expect(written.text).toContain(`service: '${SERVICE}'`)
    expect(written.text).toContain(`account: '${DEFAULT_USER.email}'`)
    expect(written.text).toMatch(/logged in, the token expires in/)
  })

  it('may have no child(), and then finds the service among the fields', async () => {
    const { logger, lines } = recorder()
    await manager({ logger: { ...logger, child: undefined as never } }).getToken()
    expect(lines).toMatchObject([{ level: 'info', fields: { service: SERVICE, account: DEFAULT_USER.email } }])
  })

  it('may keep its methods on a class, which are called on the logger itself', async () => {
    class Kept {
      readonly messages: string[] = []
      debug(): void {}
      error(): void {}
      warn(): void {}
      info(_: object, message = ''): void {
        this.messages.push(message)
      }
    }
    const kept = new Kept()
    await manager({ logger: kept }).getToken()
    expect(kept.messages).toHaveLength(1)
  })

  it('may throw at every line without any harm to the token', async () => {
    const fail = () => {
      throw new Error('disk full')
    }
    const logger = { debug: fail, info: fail, warn: fail, error: fail }
    await expect(manager({ logger }).getToken()).resolves.toMatch(/^eyJ/)
  })
})

describe('lines', () => {
  it('reach the logger of the manager that they are about, however many fly at once', async () => {
    const ours = Array.from({ length: 8 }, (_, n) => ({ ...recorder(), email: `user${n}@example.com` }))
    for (const { email } of ours) server.addUser({ email, password: DEFAULT_USER.password })
    const managers = ours.map(({ email, logger }) => manager({ email, logger }))
    const renewAll = () => Promise.all(managers.map((one) => one.getToken({ forceRefresh: true })))
    // The first to be asked answers last, so that nobody's lines come in the order of the questions.
    for (const endpoint of ['login', 'refresh'] as const) server.fail({ kind: 'slow', ms: 60 }, { endpoint })
    await renewAll()
    await renewAll()
    for (const { email, lines } of ours) {
      expect(lines.map((line) => line.fields['account'])).toEqual([email, email])
      expect(lines.map((line) => line.message!.split(',')[0])).toEqual(['logged in', 'refreshed'])
    }
  })

  it('are not carried over to a manager that has no logger', async () => {
    const { logger, lines } = recorder()
    await Promise.all([manager({ logger }).getToken(), manager({}).getToken()])
    expect(lines).toHaveLength(1)
  })

  it('are written before the promise settles that they explain', async () => {
    const order: string[] = []
    const note = (_: object, message = '') => void order.push(message.split(',')[0]!)
    const logged = manager({ logger: { debug: note, info: note, warn: note, error: note } })
    await logged.getToken().then(() => order.push('token'))
    server.fail('outage', { times: 2 })
    await logged.getToken({ forceRefresh: true }).catch(() => order.push('error'))
    expect(order).toEqual(['logged in', 'token', 'refresh failed', expect.stringContaining('500'), 'error'])
  })

  it('are dropped and counted when the event loop cannot keep up, and no token is', async () => {
    server.configure({ omitExp: true })
    for (let i = 0; i < 400; i++) server.addUser({ email: `user${i}@example.com`, password: DEFAULT_USER.password })
    const { code, lines: output, stderr } = await run('blocked.mjs', { baseUrl: server.baseUrl })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    interface Noted {
      number: number
      dropped?: number
      message: string
    }
    const report = JSON.parse(output[0]!) as { linesWhileBlocked: number; delivered: number; lines: Noted[] }
    expect(report).toMatchObject({ linesWhileBlocked: 0, delivered: 400 })
    // The renewal afterwards is logged as ever: the count starts anew.
    expect(report.lines.pop()).toMatchObject({ number: 0, message: expect.stringMatching(/^refreshed/) })
    const complaints = report.lines.filter((line) => line.dropped !== undefined)
    const through = report.lines.filter((line) => line.dropped === undefined)
    expect(through).toHaveLength(512)
    expect(complaints.reduce((sum, line) => sum + line.dropped!, 0)).toBe(2 * 400 - 512)
    const missing = (number: number) => 2 - through.filter((line) => line.number === number).length
    const affected = Array.from({ length: 400 }, (_, number) => number).filter((number) => missing(number) > 0)
    expect(complaints.map((line) => line.number).sort((a, b) => a - b)).toEqual(affected)
    for (const line of complaints) expect(line).toMatchObject({ level: 'warn', dropped: missing(line.number) })
  })
})

describe('a secret never gets into the log', () => {
  const CORE = 'Zk9Planted7Qx'
  const PASSWORD = ` ü"${CORE}\\&<'> %41+é `
  const bob = { email: 'bob@example.com', password: PASSWORD }

  beforeEach(() => void server.addUser(bob))

  it.each([
    ['JWTs', false],
    ['random strings', true],
  ])('whatever goes wrong while tokens are %s', async (_, opaque) => {
    server.configure({ opaque })
    const { logger: console, written } = streamedConsole()
    const { logger, lines } = pinoLogger()
    const tokens = new Set<string>()
    for (const chosen of [logger, console]) {
      const logged = manager({ ...bob, logger: chosen }).on('login', () => {
        throw new Error('a listener that throws is logged')
      })
      const renew = () => logged.getToken({ forceRefresh: true }).then((token) => tokens.add(token), () => {})
      await renew()
      await renew()
      const refreshToken = String(JSON.parse(server.requests.at(-1)!.body).refresh_token)
      tokens.add(refreshToken)
      server.fail({ kind: 'status', status: 500, body: `${PASSWORD} ${logged.peek()} ${refreshToken}` }, { times: 2 })
      await renew()
      for (const fault of ['echo', 'not-json', 'torn', 'reset', 'redirect', 'no-token'] as const) {
        server.fail(fault, { times: 2 })
        await renew()
      }
      server.fail({ kind: 'status', status: 500, body: refreshToken }, { endpoint: 'blacklist' })
      await logged.logout().catch(() => {})
    }
    expect(tokens.size).toBeGreaterThanOrEqual(6)
    for (const text of [JSON.stringify(lines), written.text]) {
      expect(text).toContain('([redacted] [redacted] [redacted])')
      expect(text).toMatch(/could not revoke it: .*\[redacted\]/)
      for (const secret of [CORE, ...tokens]) expect(text).not.toContain(secret)
    }
  })

  const html = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  it.each<[string, (text: string) => string]>([
    ['as it stands', (text) => text],
    ['as JSON', (text) => JSON.stringify(text)],
    ['as JavaScript puts it into a URL', encodeURIComponent],
    ['as a form puts it into a URL', (text) => new URLSearchParams({ text }).toString()],
    ['as Python puts it into a page', (text) => html(text).replaceAll('"', '&quot;').replaceAll("'", '&#x27;')],
    ['as PHP puts it into a page', (text) => html(text).replaceAll('"', '&quot;').replaceAll("'", '&#039;')],
  ])('nor into an error, when the server writes it %s', async (_, spell) => {
    server.fail({ kind: 'status', status: 500, body: `it was: ${spell(PASSWORD)}` })
    const { logger, lines } = pinoLogger()
    const error = await manager({ ...bob, logger })
      .getToken()
      .catch((reason: Error) => reason)
    const text = JSON.stringify(lines) + inspect(error, { depth: Infinity, showHidden: true })
    expect(text).toContain('it was: ')
    expect(text).not.toContain(CORE)
    expect(text).toContain('[redacted]')
  })
})
