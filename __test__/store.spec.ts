// Sessions that outlive a manager: one that was closed and one that comes after it are what two processes are, but for the crash.
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import os, { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TokenEvent, TokenManagerOptions } from 'tokenkeep'
import { baserow, createTokenManager, fileStore, memoryStore } from 'tokenkeep'
import { type BaserowServer, DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { recorder } from './recorder'

let server: BaserowServer
let dir: string

beforeEach(async () => {
  server = await startBaserow()
  dir = join(mkdtempSync(join(tmpdir(), 'tokenkeep-store-')), 'cache')
})
afterEach(async () => {
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

const provider = (password = DEFAULT_USER.password) => baserow({ baseUrl: server.baseUrl, email: DEFAULT_USER.email, password })
const manager = (changes: Partial<TokenManagerOptions> = {}) =>
  createTokenManager({ provider: provider(), store: fileStore({ dir }), ...changes })
/** A manager that is gone before the next comes. */
const once = async (changes: Partial<TokenManagerOptions> = {}): Promise<string> => {
  await using one = manager(changes)
  return await one.getToken()
}
const record = (): Record<string, unknown> & { path: string } => {
  const name = readdirSync(dir).find((file) => /^[0-9a-f]{32}\.json$/.test(file))!
  return { path: join(dir, name), ...(JSON.parse(readFileSync(join(dir, name), 'utf8')) as Record<string, unknown>) }
}

describe('a session on disk', () => {
  it('is what the next manager starts with: no login, and it says where the token is from', async () => {
    const token = await once()
    const { logger, lines } = recorder()
    const next = manager({ logger })
    const events: TokenEvent[] = []
    next.on('restore', (event) => events.push(event))
    expect(await next.getToken()).toBe(token)
    expect(server.counters.logins).toBe(1)
    expect(next.status()).toMatchObject({
      state: 'valid',
      source: 'store',
      location: record().path,
      counters: { logins: 0, storeHits: 1 },
      recent: [{ how: 'store' }],
    })
    expect(next.status().savedAt).toBeLessThanOrEqual(Date.now())
    expect(lines).toMatchObject([{ level: 'info', message: 'using the stored token, expires in 10 minutes' }])
    expect(events).toMatchObject([{ name: 'restore', source: 'store', account: DEFAULT_USER.email, attempts: [] }])
  })

  it('is told as restored, even if the renewal that somebody wants beyond it cannot begin', async () => {
    const token = await once()
    const before = process.env
    const last = vi.fn(() => {
      // The first flight asks for it, and then the one that is to follow.
      if (last.mock.calls.length > 1) throw new Error('no environment')
      return undefined
    })
    process.env = Object.defineProperty({ ...before }, 'OF_LAST_RESORT', { get: last })
    try {
      await using one = manager({ fallbackEnv: 'OF_LAST_RESORT' })
      const restored = vi.fn()
      one.on('restore', restored)
      const [any, renewed] = await Promise.allSettled([one.getToken(), one.getToken({ forceRefresh: true })])
      expect(any).toMatchObject({ value: token })
      expect(renewed).toMatchObject({ reason: { message: 'no environment' } })
      await vi.waitFor(() => expect(restored).toHaveBeenCalledOnce())
    } finally {
      process.env = before
    }
  })

  it('is there before its token is, in a file and a folder that are nobody else’s', async () => {
    const token = await once()
    expect(record()).toMatchObject({ version: 1, provider: 'baserow', issuer: server.baseUrl, account: DEFAULT_USER.email, token })
    expect(statSync(record().path).mode & 0o777).toBe(0o600)
    expect(statSync(dir).mode & 0o777).toBe(0o700)
  })

  it('is one for all spellings of an address that are one to Baserow', async () => {
    await once()
    const email = ` ${DEFAULT_USER.email.toUpperCase().replace('A', 'Ａ')} `
    const other = manager({ provider: baserow({ baseUrl: `${server.baseUrl}/`, email, password: DEFAULT_USER.password }) })
    await other.getToken()
    expect(server.counters.logins).toBe(1)
  })

  it('is a miss when the password has changed', async () => {
    await once()
    const error = await once({ provider: provider('another') }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'INVALID_CREDENTIALS', name: 'TokenError' })
    expect(await once()).toBe(record().token)
  })

  it('comes back from nowhere once its token was refused', async () => {
    const one = manager()
    const dead = await one.getToken()
    await one.invalidate(dead)
    await one.close()
    expect(JSON.stringify(record())).not.toContain(dead)
    expect(await once()).not.toBe(dead)
    expect(server.counters).toMatchObject({ logins: 1, refreshes: 1 })
  })

  it('is invalidated by a manager that never had it, if its token is named', async () => {
    const dead = await once()
    const other = manager()
    let told = 0
    other.on('invalidate', () => told++)
    await other.invalidate('some other token')
    expect(record().token).toBe(dead)
    await other.invalidate(dead)
    expect(record().token).toBeUndefined()
    expect(told).toBe(1)
  })

  it('is gone after a logout', async () => {
    await once()
    await manager().logout()
    expect(readdirSync(dir).filter((file) => file.endsWith('.json'))).toEqual([])
    expect(server.requests.at(-1)).toMatchObject({ path: expect.stringContaining('token-blacklist') })
  })

  it('is unreadable for whoever does not have the key', async () => {
    const key = 'ab'.repeat(32)
    const sealed = () => once({ store: fileStore({ dir, encryptionKey: key }) })
    const token = await sealed()
    expect(JSON.stringify(record())).not.toContain(token)
    expect(Object.keys(record()).sort()).toEqual(['nonce', 'path', 'sealed', 'version'])
    expect(await sealed()).toBe(token)
  })

  it('that was torn is set aside with one warning, and the token comes from a login', async () => {
    await once()
    writeFileSync(record().path, '{"version":1,')
    const { logger, lines } = recorder()
    expect(await manager({ logger }).getToken()).toBeTruthy()
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
    expect(readdirSync(dir).some((file) => file.includes('corrupt'))).toBe(true)
  })
})

describe('the rules of renewal over a store', () => {
  it('a forced caller who joins a flight that only found a token gets a new one all the same', async () => {
    const stored = await once()
    const one = manager()
    const [any, renewed] = await Promise.all([one.getToken(), one.getToken({ forceRefresh: true })])
    expect(any).toBe(stored)
    expect(renewed).not.toBe(stored)
    expect(server.counters).toMatchObject({ logins: 1, refreshes: 1 })
  })

  it('a forced call out of a listener is answered with what everybody else gets', async () => {
    await once()
    const one = manager()
    let within: Promise<string> | undefined
    one.on('restore', () => void (within ??= one.getToken({ forceRefresh: true })))
    const [, renewed] = await Promise.all([one.getToken(), one.getToken({ forceRefresh: true })])
    const silence = new Promise((resolve) => setTimeout(resolve, 2000, 'nothing'))
    expect(await Promise.race([within, silence])).toBe(renewed)
    expect(server.counters.refreshes).toBe(1)
  })

  it('a wrong password is one login for all managers of the folder, and then waits', async () => {
    const wrong = () => manager({ provider: provider('wrong') })
    const first = wrong()
    await expect(first.getToken()).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS', statusCode: 401 })
    const again = await first.getToken().catch((reason: unknown) => reason)
    expect(again).toMatchObject({ code: 'COOLING_DOWN', statusCode: 503, cause: { code: 'INVALID_CREDENTIALS', name: 'TokenError' } })
    expect((again as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(1000)
    await first.close()
    await expect(wrong().getToken()).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS', statusCode: 401 })
    expect(server.requests).toHaveLength(1)
  })

  it('replaceProvider forgets the old session, in the file too, before the new credentials are used', async () => {
    const one = manager()
    const old = await one.getToken()
    server.addUser({ email: 'bob@example.com', password: 'bob’s own' })
    await one.replaceProvider(baserow({ baseUrl: server.baseUrl, email: 'bob@example.com', password: 'bob’s own' }))
    expect(readdirSync(dir).filter((file) => file.endsWith('.json'))).toEqual([])
    expect(one.peek()).toBeNull()
    expect(await one.getToken()).not.toBe(old)
    expect(one.status().account).toBe('bob@example.com')
    expect(record().account).toBe('bob@example.com')
  })

  it('exported tokens are what fallbackEnv takes when login is impossible', async () => {
    const one = manager()
    const token = await one.getToken()
    process.env.SPEC_TOKENS = await one.exportTokens()
    try {
      server.fail('outage', { endpoint: 'login' })
      const { logger, lines } = recorder()
      const other = manager({ store: memoryStore(), fallbackEnv: 'SPEC_TOKENS', retry: { attempts: 1 }, logger })
      expect(await other.getToken()).toBe(token)
      expect(other.status().source).toBe('environment')
      expect(lines.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
        expect.stringContaining('Using the tokens in the environment variable SPEC_TOKENS instead'),
      ])
    } finally {
      delete process.env.SPEC_TOKENS
    }
  })

  it('what is worth it is retried within one renewal, and each try is told', async () => {
    server.fail('outage', { endpoint: 'login', times: 2 })
    const one = manager({ retry: { baseDelayMs: 1 } })
    expect(await one.getToken()).toBeTruthy()
    expect(server.requests).toHaveLength(3)
  })
})

describe('places', () => {
  it('one very file for one account', async () => {
    const file = join(dir, 'deep', 'relay.json')
    const one = manager({ store: fileStore({ file }) })
    const token = await one.getToken()
    expect((JSON.parse(readFileSync(file, 'utf8')) as { token: string }).token).toBe(token)
    expect(one.status().location).toBe(file)
  })

  it('TOKENKEEP_NO_CACHE with a word that is neither yes nor no is refused by name', () => {
    for (const word of ['y', 'maybe']) {
      process.env.TOKENKEEP_NO_CACHE = word
      try {
        expect(() => fileStore({ dir })).toThrow(/^INVALID_OPTION: TOKENKEEP_NO_CACHE must be 1, true, yes or on/)
      } finally {
        delete process.env.TOKENKEEP_NO_CACHE
      }
    }
  })

  it('are found without a home folder if they are named, and else the error names the variable', () => {
    const { HOME, XDG_CACHE_HOME, TOKENKEEP_CACHE_DIR } = process.env
    // What it does for a user without an entry in the passwd file.
    const homedir = vi.spyOn(os, 'homedir').mockImplementation(() => {
      throw new Error('ENOENT: no such file or directory, uv_os_homedir')
    })
    try {
      for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA', 'APPDATA']) delete process.env[name]
      process.env.TOKENKEEP_CACHE_DIR = dir
      expect(() => fileStore()).not.toThrow()
      delete process.env.TOKENKEEP_CACHE_DIR
      expect(() => fileStore({ dir })).not.toThrow()
      expect(() => fileStore()).toThrow(/^INVALID_OPTION: TOKENKEEP_CACHE_DIR must be set: this user has no home folder/)
    } finally {
      homedir.mockRestore()
      for (const [name, value] of Object.entries({ HOME, XDG_CACHE_HOME, TOKENKEEP_CACHE_DIR })) if (value !== undefined) process.env[name] = value
    }
  })

  it('TOKENKEEP_NO_CACHE keeps every secret off the disk', async () => {
    process.env.TOKENKEEP_NO_CACHE = '1'
    try {
      const one = manager()
      await one.getToken()
      expect(one.status().location).toBeNull()
      expect(() => readdirSync(dir)).toThrow('ENOENT')
    } finally {
      delete process.env.TOKENKEEP_NO_CACHE
    }
  })
})
