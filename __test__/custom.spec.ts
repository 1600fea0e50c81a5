// Logins of the user's own.
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import type { CustomOptions, TokenManager, TokenManagerOptions, TokenSet } from 'tokenkeep'
import { createTokenManager, custom, fileStore, TokenError } from 'tokenkeep'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pinoLogger } from './fixtures/loggers'

const CREDENTIAL = 'cr3dential-of-the-relay'
const HOUR = 3_600_000

let dir: string
/** Another one in each test: managers of one account share their session. */
let account = 'relay-0'
const managers: TokenManager[] = []
/** None of what callbacks do may ever end here. */
const unhandled = vi.fn()

beforeEach(() => {
  account = `relay-${Number(account.split('-')[1]) + 1}`
  dir = mkdtempSync(join(tmpdir(), 'tokenkeep-custom-'))
  process.on('unhandledRejection', unhandled)
})
afterEach(async () => {
  await new Promise(setImmediate)
  process.off('unhandledRejection', unhandled)
  expect(unhandled).not.toHaveBeenCalled()
  await Promise.all(managers.splice(0).map((manager) => manager.close()))
  rmSync(dir, { recursive: true })
})

type Changes = Partial<CustomOptions> & { tuning?: Partial<TokenManagerOptions> }

function manage({ tuning, ...changes }: Changes): TokenManager {
  const provider = custom({ account, login: async () => ({ token: 'one' }), ...changes })
  const manager = createTokenManager({ provider, ...tuning })
  managers.push(manager)
  return manager
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(() => expect.unreachable(), (error: unknown) => error as TokenError)

const failure = (changes: Changes) => failureOf(manage(changes).getToken())

/** For a callback that gives what its type forbids. */
const giving = (given: unknown) => async () => given as TokenSet

const never = () => new Promise<never>(() => {})

describe('a login', () => {
  it('brings a token, once for all who ask at the same time', async () => {
    const login = vi.fn(giving({ token: 'one', expiresAt: Date.now() + HOUR }))
    const manager = manage({ login })
    const tokens = await Promise.all(Array.from({ length: 100 }, () => manager.getToken()))
    expect(new Set(tokens)).toEqual(new Set(['one']))
    expect(login).toHaveBeenCalledOnce()
    expect(login.mock.calls[0]).toEqual([{ signal: expect.any(AbortSignal), previous: null }])
    await expect(manager.authorization()).resolves.toBe('Bearer one')
    expect(manager.status()).toMatchObject({ account, source: 'login', state: 'valid', clockSkewMs: null })
  })

  it('is sent with the scheme that the user names', async () => {
    await expect(manage({ scheme: 'JWT' }).authorization()).resolves.toBe('JWT one')
  })

  it('hears of the session before, with an empty token when that was invalidated', async () => {
    const expiresAt = Date.now() + HOUR
    const login = vi.fn(giving({ token: 'one', refreshToken: 'r1', expiresAt, scoped: { guild: 'g1' } }))
    const manager = manage({ login })
    await manager.getToken()
    await manager.getToken({ forceRefresh: true })
    await manager.invalidate()
    await manager.getToken()
    const previous = login.mock.calls.map((call: unknown[]) => (call[0] as { previous: TokenSet | null }).previous)
    expect(previous[0]).toBeNull()
    expect(previous[1]).toMatchObject({ token: 'one', refreshToken: 'r1', scoped: { guild: 'g1' } })
    expect(Math.abs(Number(previous[1]!.expiresAt) - expiresAt)).toBeLessThan(50)
    expect(previous[2]).toMatchObject({ token: '', refreshToken: 'r1' })
  })

  it('may say when the token expires as a number, a Date of any realm, or RFC 3339', async () => {
    const at = Date.now() + HOUR
    const foreign: unknown = runInContext(`new Date(${at})`, createContext())
    for (const expiresAt of [at, new Date(at), foreign, new Date(at).toISOString()]) {
      const manager = manage({ login: giving({ token: 'one', expiresAt }), account: `${account}-${managers.length}` })
      await manager.getToken()
      expect(Math.abs(manager.status().expiresAt! - at)).toBeLessThan(50)
    }
  })

  it('keeps the functions that it was given, and what they are called on', async () => {
    const options = { account, token: 'one', login: async function (this: { token: string }) {
      return { token: this.token }
    } }
    const provider = custom(options)
    options.login = () => Promise.reject(new Error('put there later'))
    await expect(createTokenManager({ provider }).getToken()).resolves.toBe('one')
  })
})

describe('garbage', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'what it returned is not an object'],
    ['null', null, 'what it returned is not an object'],
    ['a string', 'one', 'what it returned is not an object'],
    ['an array', ['one'], 'what it returned is not an object'],
    ['no token', {}, 'token is missing'],
    ['a token that is no string', { token: 17 }, 'token is not a string'],
    ['a token that is a bigint', { token: 17n }, 'token is not a string'],
    ['a token that is a symbol', { token: Symbol('s') }, 'token is not a string'],
    ['a token that no header takes', { token: 'sécret' }, 'token cannot be sent in a header'],
    ['a refresh token that is no string', { token: 'one', refreshToken: {} }, 'refreshToken is not a string'],
    ['seconds', { token: 'one', expiresAt: Math.round(Date.now() / 1000) + 60 }, 'expiresAt counts seconds'],
    ['a time that has passed', { token: 'one', expiresAt: new Date(Date.now() - 1) }, 'expiresAt has passed'],
    ['an invalid Date', { token: 'one', expiresAt: new Date(NaN) }, 'expiresAt is neither'],
    ['NaN', { token: 'one', expiresAt: NaN }, 'expiresAt is neither'],
    ['a time in words', { token: 'one', expiresAt: 'Sat Nov 21 2026' }, 'expiresAt is not an RFC 3339 time'],
    ['scoped tokens in a list', { token: 'one', scoped: ['two'] }, 'scoped is not an object of strings'],
    ['a scoped token that is no string', { token: 'one', scoped: { guild: 17 } }, 'scoped["guild"] is not a string'],
    ['a scoped token that is missing', { token: 'one', scoped: { guild: undefined } }, 'scoped["guild"] is not a string'],
  ])('is BAD_RESPONSE that names the field: %s', async (_, given, words) => {
    const error = await failure({ login: giving(given) })
    expect(error).toMatchObject({ code: 'BAD_RESPONSE', statusCode: 502 })
    expect(error.message).toContain(words)
    expect(error.message).not.toContain('sécret')
  })
})

describe('what a login throws', () => {
  const thrown = new Error('the browser crashed')
  const unkind = { get message() { throw new Error('no') }, toString() { throw new Error('no') } }
  it.each<[string, CustomOptions['login'], unknown, string]>([
    ['an error, at once', () => { throw thrown }, thrown, 'the browser crashed'],
    ['an error, later', () => Promise.reject(thrown), thrown, 'the browser crashed'],
    ['a string', () => Promise.reject('a word'), 'a word', 'a word'],
    ['undefined', () => Promise.reject(undefined), undefined, 'undefined'],
    ['null', () => Promise.reject(null), null, 'null'],
    ['a symbol', () => Promise.reject(Symbol.iterator), Symbol.iterator, 'Symbol(Symbol.iterator)'],
    ['an object that cannot be looked at', () => Promise.reject(unkind), unkind, 'something that cannot be described'],
    ['in a getter of what it returns', giving({ get token() { throw thrown } }), thrown, 'the browser crashed'],
    ['in a then of what it returns', () => ({ then() { throw thrown } }) as never, thrown, 'the browser crashed'],
  ])('is a failure of the moment with that very thing as its cause: %s', async (_, login, cause, words) => {
    const error = await failure({ login })
    expect(error).toBeInstanceOf(TokenError)
    expect(error).toMatchObject({ code: 'SERVER_ERROR', statusCode: 502, retryable: true })
    expect(error.message).toBe(`TOKEN_LOGIN_FAILED: login threw (${words}) for ${account} at custom()`)
    expect(error).toHaveProperty('cause')
    expect(error.cause).toBe(cause)
  })

  it('is shown with what it comes from, and without the credential and the tokens', async () => {
    const cause = new Error(`used ${CREDENTIAL} and old-t0ken`)
    let calls = 0
    const login = async () => {
      if (calls++ === 0) return { token: 'old-t0ken' }
      throw new Error('could not log in', { cause })
    }
    const manager = manage({ credential: CREDENTIAL, login })
    await manager.getToken()
    const error = await failureOf(manager.getToken({ forceRefresh: true }))
    expect(error.message).toContain('login threw (could not log in: used [redacted] and [redacted])')
  })

  it('says what kind of failure it was when it is a TokenError', async () => {
    const told = new TokenError({ code: 'RATE_LIMITED', message: 'slow down', statusCode: 420, retryAfterMs: 90_000 })
    const error = await failure({ login: () => Promise.reject(told) })
    expect(error).toMatchObject({ code: 'RATE_LIMITED', statusCode: 420, retryAfterMs: 90_000, cause: told })
    expect(error).not.toBe(told)
    expect(error.message).toContain('login threw (slow down) for relay-')
  })

  it('is unknown when no renewal fails with its code', async () => {
    const told = new TokenError({ code: 'CLOSED', message: 'the other manager was closed' })
    expect(await failure({ login: () => Promise.reject(told) })).toMatchObject({ code: 'SERVER_ERROR', statusCode: 502, cause: told })
  })

  it('is the cause within COOLING_DOWN too, while that lasts', async () => {
    const told = new TokenError({ code: 'RATE_LIMITED', message: 'slow down', retryAfterMs: 90_000 })
    const login = vi.fn(() => Promise.reject(told))
    const manager = manage({ login })
    await failureOf(manager.getToken())
    for (let again = 0; again < 2; again++) {
      const error = await failureOf(manager.getToken())
      expect(error).toMatchObject({ code: 'COOLING_DOWN', cause: { code: 'RATE_LIMITED', cause: told } })
    }
    expect(login).toHaveBeenCalledOnce()
  })

  it('is tried again as often as the options say, which is not at all by default', async () => {
    const login = vi.fn(() => Promise.reject(thrown))
    await failure({ login })
    expect(login).toHaveBeenCalledOnce()
    const again = vi.fn(() => Promise.reject(thrown))
    await failure({ login: again, account: `${account}-other`, tuning: { retry: { attempts: 3, baseDelayMs: 1 } } })
    expect(again).toHaveBeenCalledTimes(3)
  })
})

describe('a login that does not settle', () => {
  it('is TIMEOUT at its limit, with its signal fired', async () => {
    let signal!: AbortSignal
    const error = await failure({ login: (context) => ((signal = context.signal), never()), tuning: { timeoutMs: 60 } })
    expect(error).toMatchObject({ code: 'TIMEOUT', statusCode: 504 })
    expect(error.message).toContain('did not settle within 60 ms')
    expect(error.message).toContain('timeoutMs')
    await vi.waitFor(() => expect(signal.aborted).toBe(true))
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('is TIMEOUT at the deadline of its flight, with its signal fired', async () => {
    let signal!: AbortSignal
    const error = await failure({ login: (context) => ((signal = context.signal), never()), tuning: { deadlineMs: 60 } })
    expect(error).toMatchObject({ code: 'TIMEOUT' })
    expect(error.message).toContain('deadlineMs')
    await vi.waitFor(() => expect(signal.aborted).toBe(true))
  })

  it('is given up by close() at the deadline, and not before', async () => {
    let signal!: AbortSignal
    const manager = manage({ login: (context) => ((signal = context.signal), never()), tuning: { deadlineMs: 150 } })
    const waiting = failureOf(manager.getToken())
    await vi.waitFor(() => expect(signal).toBeDefined())
    const closed = manager.close()
    await new Promise(setImmediate)
    expect(signal.aborted).toBe(false)
    await closed
    expect(await waiting).toMatchObject({ code: 'TIMEOUT' })
    await vi.waitFor(() => expect(signal.aborted).toBe(true))
  })

  it('may end by its signal; whatever it brings then is ignored, and the next call logs in anew', async () => {
    const late: Array<(how: 'bring' | 'throw') => void> = []
    let calls = 0
    const login = () => {
      if (calls++ > 1) return Promise.resolve({ token: 'three' })
      return new Promise<TokenSet>((resolve, reject) => {
        late.push((how) => (how === 'bring' ? resolve({ token: 'late' }) : reject(new Error('late'))))
      })
    }
    const manager = manage({ login, tuning: { timeoutMs: 30, retry: { attempts: 2, baseDelayMs: 1 } } })
    expect(await failureOf(manager.getToken())).toMatchObject({ code: 'TIMEOUT' })
    late[0]!('bring')
    late[1]!('throw')
    await new Promise(setImmediate)
    expect(manager.peek()).toBeNull()
    await expect(manager.getToken({ forceRefresh: true })).resolves.toBe('three')
  })

  it('does not fire when the login has settled', async () => {
    const signals: AbortSignal[] = []
    const manager = manage({ login: async ({ signal }) => (signals.push(signal), { token: 'one' }), tuning: { timeoutMs: 40 } })
    await manager.getToken()
    await new Promise((wake) => setTimeout(wake, 80))
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  })

  it('because it waits for its own manager ends at its limit', async () => {
    let manager: TokenManager | undefined
    const login = async () => ({ token: await manager!.getToken() })
    manager = manage({ login, tuning: { timeoutMs: 60 } })
    expect(await failureOf(manager.getToken())).toMatchObject({ code: 'TIMEOUT' })
  })
})

describe('a refresh', () => {
  it('takes the place of a login, and keeps the refresh token when it brings no other', async () => {
    const login = vi.fn(giving({ token: 'one', refreshToken: 'r1' }))
    const refresh = vi.fn(giving({ token: 'two' }))
    const manager = manage({ login, refresh })
    await manager.getToken()
    await expect(manager.getToken({ forceRefresh: true })).resolves.toBe('two')
    await manager.getToken({ forceRefresh: true })
    expect(login).toHaveBeenCalledOnce()
    expect(refresh.mock.calls.map((call: unknown[]) => call[0])).toEqual([
      { signal: expect.any(AbortSignal), current: expect.objectContaining({ token: 'one', refreshToken: 'r1' }) as unknown },
      { signal: expect.any(AbortSignal), current: expect.objectContaining({ token: 'two', refreshToken: 'r1' }) as unknown },
    ])
    expect(manager.status()).toMatchObject({ counters: { logins: 1, refreshes: 2 } })
  })

  it('that fails leads to a login, whose failure has its own cause', async () => {
    const [ofRefresh, ofLogin] = [new Error('of the refresh'), new Error('of the login')]
    let calls = 0
    const login = async () => {
      if (calls++ === 1) throw ofLogin
      return { token: `t${calls}`, refreshToken: 'r1' }
    }
    const manager = manage({ login, refresh: () => Promise.reject(ofRefresh) })
    await manager.getToken()
    const error = await failureOf(manager.getToken({ forceRefresh: true }))
    expect(error.cause).toBe(ofLogin)
  })

  it('that threw is not the cause of what fails after it for another reason', async () => {
    let set: unknown = { token: 'one', refreshToken: 'r1' }
    const manager = manage({ login: async () => set as TokenSet, refresh: () => Promise.reject(new Error('of the refresh')) })
    await manager.getToken()
    set = 'garbage'
    const error = await failureOf(manager.getToken({ forceRefresh: true }))
    expect(error).toMatchObject({ code: 'BAD_RESPONSE' })
    expect(error).not.toHaveProperty('cause')
  })
})

describe('logout', () => {
  it('revokes the session, once, and forgets it', async () => {
    const revoke = vi.fn(async (_: TokenSet) => {})
    const manager = manage({ revoke })
    await manager.getToken()
    await manager.logout()
    expect(revoke.mock.calls).toEqual([[expect.objectContaining({ token: 'one' })]])
    expect(manager.peek()).toBeNull()
  })

  it('forgets it even if revoke throws, which is the cause of its failure', async () => {
    const thrown = new Error('the vault is sealed')
    const manager = manage({ revoke: () => Promise.reject(thrown) })
    await manager.getToken()
    const error = await failureOf(manager.logout())
    expect(error).toMatchObject({ code: 'SERVER_ERROR', cause: thrown })
    expect(manager.peek()).toBeNull()
  })
})

describe('AsyncLocalStorage', () => {
  it('is that of the caller who started the flight, in login, refresh and revoke, and when their signal fires', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: Record<string, string | undefined> = {}
    let hangs = false
    const manager = manage({
      login: async ({ signal }) => {
        seen.login = storage.getStore()
        if (!hangs) return { token: 'one', refreshToken: 'r1' }
        signal.addEventListener('abort', () => (seen.signal = storage.getStore()))
        return never()
      },
      refresh: async () => {
        await null
        seen.refresh = storage.getStore()
        return { token: 'two' }
      },
      revoke: async () => void (seen.revoke = storage.getStore()),
      tuning: { timeoutMs: 60 },
    })
    await storage.run('the first', () => manager.getToken())
    await storage.run('the second', () => manager.getToken({ forceRefresh: true }))
    await storage.run('the third', () => manager.logout())
    expect(seen).toEqual({ login: 'the first', refresh: 'the second', revoke: 'the third' })
    hangs = true
    await storage.run('the fourth', () => failureOf(manager.getToken()))
    await vi.waitFor(() => expect(seen).toMatchObject({ login: 'the fourth', signal: 'the fourth' }))
  })
})

describe('with a store', () => {
  const store = () => fileStore({ dir })

  it('a session outlives its manager, without the credential on disk', async () => {
    const login = vi.fn(giving({ token: 'one', expiresAt: Date.now() + HOUR }))
    const first = manage({ login, credential: CREDENTIAL, tuning: { store: store() } })
    await first.getToken()
    // And the session in memory with it.
    await first.close()
    await manage({ login, credential: CREDENTIAL, tuning: { store: store() } }).getToken()
    expect(login).toHaveBeenCalledOnce()
    const [record] = readdirSync(dir).filter((name) => name.endsWith('.json'))
    const text = readFileSync(join(dir, record!), 'utf8')
    expect(JSON.parse(text)).toMatchObject({ provider: 'custom', issuer: '', account, token: 'one' })
    expect(text).not.toContain(CREDENTIAL)
  })

  it('another account, another issuer and another credential do not get it', async () => {
    const login = vi.fn(giving({ token: 'one', expiresAt: Date.now() + HOUR }))
    const tuning = { store: store() }
    for (const change of [{}, { account: `${account}-bob` }, { issuer: 'https://chat.example' }, { credential: 'other' }]) {
      await manage({ login, tuning, credential: CREDENTIAL, ...change }).getToken()
    }
    expect(login).toHaveBeenCalledTimes(4)
  })
})

describe('options', () => {
  const login = giving({ token: 'one' })
  it.each<[string, object]>([
    ['account', { login }],
    ['account', { login, account: '' }],
    ['login', { account: 'relay' }],
    ['login', { account: 'relay', login: 'a string' }],
    ['refresh', { account: 'relay', login, refresh: {} }],
    ['revoke', { account: 'relay', login, revoke: 1 }],
    ['credential', { account: 'relay', login, credential: '' }],
    ['issuer', { account: 'relay', login, issuer: 17 }],
    ['scheme', { account: 'relay', login, scheme: '' }],
    ['options', null as never],
  ])('INVALID_OPTION names %s (%o)', (name, options) => {
    expect(() => custom(options as CustomOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(`INVALID_OPTION: ${name} `) as string }),
    )
  })

  it('nothing of a provider or a manager shows the credential', async () => {
    const { inspect } = await import('node:util')
    const provider = custom({ account, credential: CREDENTIAL, login })
    const manager = createTokenManager({ provider })
    await manager.getToken()
    for (const shown of [inspect(provider, { depth: 9, showHidden: true }), inspect(manager), JSON.stringify(manager.status())]) {
      expect(shown).not.toContain(CREDENTIAL)
    }
  })
})

describe('replaceProvider', () => {
  it('asks the functions of the new provider, also when the old one was of another kind', async () => {
    const first = vi.fn(giving({ token: 'one' }))
    const second = vi.fn(giving({ token: 'two' }))
    const manager = manage({ login: first })
    await manager.getToken()
    await manager.replaceProvider(custom({ account: `${account}-bob`, login: second }))
    await expect(manager.getToken()).resolves.toBe('two')
    expect(first).toHaveBeenCalledOnce()
    expect(second).toHaveBeenCalledOnce()
    expect(manager.status().account).toBe(`${account}-bob`)
  })

  it('asks them even for those who ask while it is being done', async () => {
    for (let round = 0; round < 50; round++) {
      const manager = manage({ account: `${account}-${round}`, login: giving({ token: 'one' }) })
      const replaced = manager.replaceProvider(custom({ account: `${account}-bob-${round}`, login: giving({ token: 'two' }) }))
      // Whose it is depends on who was first.
      await expect(manager.getToken()).resolves.toMatch(/one|two/)
      await replaced
      await expect(manager.getToken()).resolves.toBe('two')
    }
  })

  it('asks nobody for the tokens of another, also when one replacement overtakes the end of the one before', async () => {
    for (let round = 0; round < 50; round++) {
      const who = (name: string) => {
        const login = vi.fn(async () => ({ token: name, expiresAt: Date.now() + HOUR }))
        return { login, provider: custom({ account: `${account}-${name}-${round}`, login }) }
      }
      const [first, second, third] = [who('one'), who('two'), who('three')]
      const manager = createTokenManager({ provider: first.provider })
      managers.push(manager)
      const seen: string[] = []
      manager.on('login', ({ account }) => seen.push(account))
      // Asked for in the very batch of letters that says it is done, and on either side of it.
      const asking = () => Promise.allSettled(Array.from({ length: 3 }, () => manager.getToken({ forceRefresh: true })))
      const asked = [asking()]
      const replaced = [manager.replaceProvider(second.provider), manager.replaceProvider(third.provider)]
      asked.push(asking())
      await replaced[0]
      asked.push(asking())
      await Promise.all([...replaced, ...asked])
      await expect(manager.getToken()).resolves.toBe('three')
      expect(third.login).toHaveBeenCalled()
      expect(manager.status().account).toBe(`${account}-three-${round}`)
    }
  })

  it('asks them even for those who were waiting while it was done', async () => {
    let letGo!: () => void
    const first = () => new Promise<TokenSet>((resolve) => (letGo = () => resolve({ token: 'one' })))
    const manager = manage({ login: first })
    const early = manager.getToken()
    await vi.waitFor(() => expect(letGo).toBeDefined())
    const replaced = manager.replaceProvider(custom({ account, credential: 'another', login: giving({ token: 'two' }) }))
    const late = manager.getToken({ forceRefresh: true })
    letGo()
    await replaced
    await early
    await expect(late).resolves.toMatch(/one|two/)
    await expect(manager.getToken()).resolves.toBe('two')
  })
})

it('log lines say what came of it, and no line shows a token', async () => {
  const { logger, lines } = pinoLogger()
  await manage({ login: giving({ token: 's3cret-token', expiresAt: Date.now() + HOUR }), tuning: { logger } }).getToken()
  expect(lines.map(({ msg }) => msg)).toEqual([expect.stringMatching(/^logged in/)])
  expect(JSON.stringify(lines)).not.toContain('s3cret-token')
})
