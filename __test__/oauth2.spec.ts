// OAuth 2.0 against an authorization server that is not ours: npm's oidc-provider, with one-time refresh tokens, and with a reuse
// of one costing everything that came of it.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OAuth2Options, TokenManager, TokenManagerOptions } from 'tokenkeep'
import { createTokenManager, fileStore, oauth2, TokenError } from 'tokenkeep'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { run } from './child'
import { type AuthorizationServer, POSTER, RUNNER, SERVICE, startAuthorizationServer } from './fixtures/authorization_server'

let server: AuthorizationServer
let dir: string
let managers: TokenManager[] = []

beforeAll(async () => {
  server = await startAuthorizationServer()
})
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tokenkeep-oauth2-'))
  server.asked.length = 0
  server.paths.length = 0
})
afterEach(async () => {
  await Promise.all(managers.map((manager) => manager.close()))
  managers = []
  rmSync(dir, { recursive: true, force: true })
})
afterAll(() => server.close())

function keep(options: OAuth2Options, more: Partial<TokenManagerOptions> = {}): TokenManager {
  const manager = createTokenManager({ provider: oauth2(options), ...more })
  managers.push(manager)
  return manager
}

const service = (): OAuth2Options => ({ tokenUrl: server.tokenUrl, ...SERVICE, grant: 'client_credentials' })
const runner = async (): Promise<OAuth2Options> => ({
  tokenUrl: server.tokenUrl,
  revocationUrl: server.revocationUrl,
  ...RUNNER,
  grant: 'refresh_token',
  refreshToken: await server.consent(),
  account: 'backup@example.com',
})
const onDisk = () => ({ store: fileStore({ dir }) })
const failureOf = (manager: TokenManager, forceRefresh = false) =>
  manager.getToken({ forceRefresh }).then(
    () => expect.unreachable('a token came'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(TokenError)
      return error as TokenError
    },
  )
const record = (): Record<string, unknown> => {
  const name = readdirSync(dir).find((name) => /^[0-9a-f]{32}\.json$/.test(name))
  return JSON.parse(readFileSync(join(dir, name!), 'utf8'))
}
/** The refresh tokens that were sent; in a flow without faults each comes once. */
const sent = () => server.asked.map(({ refreshToken }) => refreshToken)
const isEachSentOnce = () => expect(new Set(sent()).size).toBe(sent().length)

describe('client credentials', () => {
  it('bring a token that the server takes, with an id and a secret that have to be encoded', async () => {
    const manager = keep(service())
    const token = await manager.getToken()
    expect(await server.accepts(token)).toBe(true)
    expect(await manager.authorization()).toBe(`Bearer ${token}`)
    expect(server.asked).toEqual([{ grant: 'client_credentials', by: 'header', status: 200 }])
    const { state, account, source, expiresAt } = manager.status()
    expect({ state, account, source }).toEqual({ state: 'valid', account: SERVICE.clientId, source: 'login' })
    expect(Math.abs(expiresAt! - Date.now() - 3_600_000)).toBeLessThan(10_000)
  })

  it('go in the body where that is asked for', async () => {
    const manager = keep({ ...service(), ...POSTER, clientAuth: 'post' })
    expect(await server.accepts(await manager.getToken())).toBe(true)
    expect(server.asked).toEqual([{ grant: 'client_credentials', by: 'body', status: 200 }])
  })

  it('bring what the scope names', async () => {
    const both = keep({ ...service(), scope: 'files:read files:write' })
    expect(await server.accepts(await both.getToken())).toBe(true)
    const denied = await failureOf(keep({ ...service(), scope: 'files:read offline_access' }))
    expect(denied).toMatchObject({ code: 'INVALID_CREDENTIALS', statusCode: 400, retryable: false })
    expect(denied.message).toMatch(/^TOKEN_LOGIN_FAILED: login returned 400 \(invalid_scope: .* for service:1 at 127\.0\.0\.1:\d+\. Check the option scope$/)
  })

  it('that are wrong are refused in words that say what to check, and without the secret', async () => {
    const refused = await failureOf(keep({ ...service(), clientSecret: 'the wr0ng secret' }))
    expect(refused).toMatchObject({ code: 'INVALID_CREDENTIALS', statusCode: 401, retryable: false })
    expect(refused.message).toMatch(/login returned 401 \(invalid_client: .*Check clientId, clientSecret and clientAuth$/)
    expect(refused.message).not.toContain('wr0ng')
    expect(await failureOf(keep({ ...service(), clientId: 'nobody' }))).toMatchObject({ code: 'INVALID_CREDENTIALS' })
  })

  it('for a grant that the client may not use are refused as that', async () => {
    const refused = await failureOf(keep({ ...service(), grant: 'refresh_token', refreshToken: await server.consent() }))
    // RFC 6749 has unauthorized_client for it; this server has other words, which are shown.
    expect(refused).toMatchObject({ code: 'UNEXPECTED_STATUS', statusCode: 400, retryable: false })
    expect(refused.message).toContain('invalid_request: requested grant type is not allowed for this client')
  })

  it('are revoked on logout: the server does not take the token any more', async () => {
    const manager = keep({ ...service(), revocationUrl: server.revocationUrl })
    const token = await manager.getToken()
    await manager.logout()
    expect(await server.accepts(token)).toBe(false)
    expect(manager.peek()).toBeNull()
    expect(await server.accepts(await manager.getToken())).toBe(true)
  })
})

describe('endpoints', () => {
  it('are found through the issuer', async () => {
    const { tokenUrl: _, ...rest } = service()
    const manager = keep({ ...rest, issuer: server.issuer })
    const token = await manager.getToken()
    await manager.getToken({ forceRefresh: true })
    await manager.logout()
    expect(await server.accepts(token)).toBe(true)
    expect(server.paths).toEqual(['/.well-known/oauth-authorization-server', '/token', '/token', '/token/revocation'])
  })

  it('are not taken from the metadata of another issuer', async () => {
    const { tokenUrl: _, ...rest } = service()
    const elsewhere = await failureOf(keep({ ...rest, issuer: server.issuer.replace('127.0.0.1', 'localhost') }, { retry: { attempts: 1 } }))
    expect(elsewhere).toMatchObject({ code: 'BAD_RESPONSE' })
    expect(elsewhere.message).toMatch(/discovery returned 200, but the metadata is that of another issuer/)
    expect(server.paths).toEqual(['/.well-known/oauth-authorization-server'])
  })

  it('of an issuer that has no metadata are a failure that says so', async () => {
    const { tokenUrl: _, ...rest } = service()
    const nowhere = await failureOf(keep({ ...rest, issuer: `${server.issuer}/tenant` }))
    expect(nowhere).toMatchObject({ code: 'UNEXPECTED_STATUS', statusCode: 404 })
    expect(nowhere.message).toMatch(/discovery returned 404 .*There is no metadata: is the issuer right\? Else set tokenUrl$/)
    expect(server.paths).toEqual(['/.well-known/oauth-authorization-server/tenant', '/tenant/.well-known/openid-configuration'])
  })
})

describe('a provisioned refresh token', () => {
  it('is exchanged once, and each renewal and each restart goes on with the one before it', async () => {
    const options = await runner()
    const seen = new Set<unknown>()
    for (let restart = 0; restart < 3; restart += 1) {
      const manager = keep(options, onDisk())
      expect(await server.accepts(await manager.getToken())).toBe(true)
      for (let renewal = 0; renewal < 3; renewal += 1) {
        const token = await manager.getToken({ forceRefresh: true })
        expect(await server.accepts(token)).toBe(true)
        expect(record()['token']).toBe(token)
        seen.add(record()['refresh_token'])
      }
      await manager.close()
    }
    expect(server.asked.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(sent()[0]).toBe(options.refreshToken)
    expect(seen.size).toBe(9)
    isEachSentOnce()
  })

  it('whose reuse the server detects costs everything, as a test that repeats one sees', async () => {
    const options = await runner()
    const manager = keep(options, onDisk())
    const token = await manager.getToken()
    const again = await fetch(server.tokenUrl, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: options.refreshToken!, client_id: RUNNER.clientId }),
    })
    expect([again.status, await again.json()]).toEqual([400, expect.objectContaining({ error: 'invalid_grant' })])
    expect(await server.accepts(token)).toBe(false)
    server.asked.length = 0

    const failure = await failureOf(manager, true)
    expect(failure).toMatchObject({ code: 'INVALID_CREDENTIALS', statusCode: 400, retryable: false })
    expect(failure.message).toMatch(/refresh returned 400 \(invalid_grant.* for backup@example\.com at 127\.0\.0\.1:\d+\. The refresh token was refused or has been used up\. Provision a new one: as the option refreshToken, or with tokenkeep import$/)
    for (let time = 0; time < 3; time += 1) await failureOf(manager, true)
    await failureOf(keep(options, onDisk()), true)
    // The refused one, once; the configured one never again.
    expect(server.asked).toHaveLength(1)
    expect(server.asked[0]).toMatchObject({ status: 400, error: 'invalid_grant' })
    expect(sent()).not.toContain(options.refreshToken)
  })

  it('is shared by two managers of one process over one file', async () => {
    const options = await runner()
    const pair = [keep(options, onDisk()), keep(options, onDisk())]
    const [one, other] = await Promise.all(pair.map((manager) => manager.getToken()))
    expect(other).toBe(one)
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(pair.map((manager) => manager.getToken({ forceRefresh: true })))
    }
    expect(server.asked.every(({ status }) => status === 200)).toBe(true)
    isEachSentOnce()
  })

  it('is shared by four processes that renew as fast as they can, and no token is sent twice', async () => {
    const provider = await runner()
    const args = [JSON.stringify({ provider, dir, renewals: 6 })]
    const ended = await Promise.all(Array.from({ length: 4 }, () => run('runner.mjs', { args })))
    const outcomes = ended.map(({ lines, stderr }) => {
      expect(stderr).toBe('')
      return JSON.parse(lines.at(-1)!) as { token?: string; message?: string }[]
    })
    for (const { token, message } of outcomes.flat()) expect({ message, token }).toEqual({ message: undefined, token: expect.any(String) })
    expect(await server.accepts(outcomes.flat().at(-1)!.token!)).toBe(true)
    expect(server.asked.length).toBeGreaterThanOrEqual(6)
    expect(server.asked.every(({ status }) => status === 200)).toBe(true)
    isEachSentOnce()
  })

  it('whose reply is lost is sent again, since nobody has anything else', async () => {
    const manager = keep(await runner(), { ...onDisk(), retry: { attempts: 2, baseDelayMs: 1 } })
    server.loseReplies(1)
    const failure = await failureOf(manager)
    // The server had rotated it: what it makes of the repetition is its own affair.
    expect(failure).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    expect(server.asked.map(({ status }) => status)).toEqual([200, 400])
    await failureOf(manager, true)
    expect(server.asked).toHaveLength(2)
  })

  it('is not sent again by another manager of the process, whose session would be taken back', async () => {
    const options = await runner()
    const token = await keep(options).getToken()
    // Kept apart by the lifetime that it is given: else it would share the session.
    const other = await failureOf(keep(options, { ttlSeconds: 60 }))
    expect(other).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    expect(other.message).toContain('the refresh token was refused or has been used up')
    expect(sent()).toEqual([options.refreshToken])
    expect(await server.accepts(token)).toBe(true)
  })

  it('that is refused once is not sent again', async () => {
    const manager = keep({ ...(await runner()), refreshToken: 'never-heard-of-it' })
    const [first, second] = [await failureOf(manager), await failureOf(manager, true)]
    for (const { code, message } of [first, second]) {
      expect(code).toBe('INVALID_CREDENTIALS')
      expect(message).not.toContain('never-heard-of-it')
    }
    expect(server.asked).toHaveLength(1)
  })

  it('that is missing is a failure that says where one may come from', async () => {
    const { refreshToken: _, ...options } = await runner()
    const failure = await failureOf(keep(options, onDisk()))
    expect(failure).toMatchObject({ code: 'INVALID_CREDENTIALS', statusCode: 401 })
    expect(failure.message).toMatch(/no refresh token .* for backup@example\.com at 127\.0\.0\.1:\d+\. Provision a new one: as the option refreshToken, or with tokenkeep import$/)
    expect(server.asked).toEqual([])
  })

  it('is revoked on logout, with everything that came of it', async () => {
    const options = await runner()
    const manager = keep(options, onDisk())
    const token = await manager.getToken()
    const { refresh_token: current } = record()
    await manager.logout()
    expect(readdirSync(dir).filter((name) => name.endsWith('.json'))).toEqual([])
    expect(await server.accepts(token)).toBe(false)
    const refused = await failureOf(keep({ ...options, refreshToken: current as string }))
    expect(refused.message).toContain('invalid_grant')
    server.asked.length = 0
    await failureOf(manager, true)
    expect(server.asked).toEqual([])
  })

  it('works with a client that has a secret, in its body or in its header', async () => {
    const options = { ...(await runner()), ...POSTER, clientAuth: 'post' as const, refreshToken: await server.consent(POSTER.clientId) }
    const manager = keep(options, onDisk())
    expect(await server.accepts(await manager.getToken())).toBe(true)
    await manager.close()

    // A wrong secret costs no refresh token: with the right one the session goes on.
    const mistaken = keep({ ...options, clientSecret: 'mistyped', account: 'another' })
    expect(await failureOf(mistaken)).toMatchObject({ code: 'INVALID_CREDENTIALS' })
    expect(await server.accepts(await keep(options, onDisk()).getToken({ forceRefresh: true }))).toBe(true)
  })

  it('is exported and imported like any other session', async () => {
    const manager = keep(await runner(), onDisk())
    await manager.getToken()
    const exported = JSON.parse(Buffer.from(await manager.exportTokens(), 'base64').toString()) as Record<string, unknown>
    expect(exported).toMatchObject({ refresh_token: record()['refresh_token'], account: 'backup@example.com' })
  })
})
