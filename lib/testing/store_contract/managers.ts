import type { JsonLoginOptions, Logger, Store, StoreCallbacks, TokenManager } from '../../api'
import type { TokenServer } from '../token-server/handle'
import { DEFAULT_KEY } from '../token-server/options'
import { startTokenServer } from '../token-server/server'
import { type Clause, isCallbacks, type Made, newKey, type Scene } from './case'

declare const require: (id: string) => unknown

/** The rest of the package, when it is needed: a second copy of it would not know the stores that the first has made. */
const tokenkeep = () => require('./index.cjs') as typeof import('../../index')

const OTHER_KEY = 'another-key-that-opens-test-servers-only'
const CROWD = 8
const ROUNDS = 5

/** No case has more steps, one after the other, that wait for the store. */
const STEPS = 6

/** What sessions are promised that outlive the managers that got them. */
export const OUTLIVING: Clause[] = [
  clause('a session that one manager got is found by the next, without another login', async (play) => {
    const token = await play.manager().getToken()
    await play.closeAll()
    play.same(await play.manager().getToken(), token, 'the token of the next manager')
    play.same(play.server.counters.logins, 1, 'logins')
  }),
  clause('what invalidate forgot is forgotten by the next manager too', async (play) => {
    const first = play.manager()
    const token = await first.getToken()
    await first.invalidate(token)
    await play.closeAll()
    play.differs(await play.manager().getToken(), token, 'the token of the next manager')
  }),
  clause('what logout cleared is not there for the next manager', async (play) => {
    const first = play.manager()
    const token = await first.getToken()
    await first.logout()
    await play.closeAll()
    play.differs(await play.manager().getToken(), token, 'the token of the next manager')
    play.same(play.server.counters.logins, 2, 'logins')
  }),
  clause('a session is not found with another credential', async (play) => {
    const token = await play.manager().getToken()
    await play.closeAll()
    play.differs(await play.manager({ body: { api_key: OTHER_KEY } }).getToken(), token, 'the token of the other credential')
  }),
]

/** What is promised of managers that are there at the same time. */
export const SHARING: Clause[] = [
  clause('a session that one manager got is used by another beside it, without another login', async (play) => {
    const token = await play.manager().getToken()
    play.same(await play.manager().getToken(), token, 'the token of the other manager')
    play.same(play.server.counters.logins, 1, 'logins')
  }),
  clause('another account does not get the session', async (play) => {
    const token = await play.manager().getToken()
    play.differs(await play.manager({ account: newKey() }).getToken(), token, 'the token of the other account')
    play.same(play.server.counters.logins, 2, 'logins')
  }),
  clause('what another manager renewed is adopted', async (play) => {
    const [one, other] = [play.manager(), play.manager()]
    const old = await one.getToken()
    await other.getToken()
    const renewed = await other.getToken({ forceRefresh: true })
    const { loginRequests, refreshRequests } = play.server.counters
    await one.invalidate(old)
    play.same(await one.getToken(), renewed, 'the token of the manager that did not renew')
    play.same(play.server.counters.loginRequests, loginRequests, 'login requests')
    play.same(play.server.counters.refreshRequests, refreshRequests, 'refresh requests')
  }),
]

/** What is promised of managers that take turns. */
export const TURNS: Clause[] = [
  clause(`${CROWD} managers at once make one login`, async (play) => {
    const tokens = await Promise.all(Array.from({ length: CROWD }, () => play.manager().getToken()))
    play.same(new Set(tokens).size, 1, 'how many tokens they have')
    play.same(play.server.counters.logins, 1, 'logins')
  }),
  clause('a refresh token that works once is never used twice', async (play) => {
    const managers = Array.from({ length: CROWD }, () => play.manager({ refreshUrl: play.server.refreshUrl }))
    await Promise.all(managers.map((manager) => manager.getToken()))
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(managers.map((manager) => manager.getToken({ forceRefresh: true })))
    }
    play.same(play.server.counters.reuses, 0, 'refresh tokens that came a second time')
    play.same(play.server.counters.logins, 1, 'logins')
  }),
]

/** What is promised of the callbacks alone, by way of a manager. */
export const SPOILT: Clause<StoreCallbacks>[] = [
  clause<StoreCallbacks>('a text of no use costs one warning and a login', async (play) => {
    const saved: [key: string, generation: number][] = []
    const { made } = play
    const witness: StoreCallbacks = {
      ...bound(made),
      async save(key, record, expected, generation) {
        const did = await made.save(key, record, expected, generation)
        if (did) saved.push([key, generation])
        return did
      },
    }
    await play.manager({}, { store: witness }).getToken()
    await play.closeAll()
    const last = saved.at(-1)
    if (last === undefined) return play.broken('the manager: expected it to save its session, and it did not')
    const [key, generation] = last
    play.same(await made.save(key, 'garbage', generation, generation + 1), true, 'save of garbage over the session')
    const warnings: string[] = []
    const token = await play.manager({}, { logger: listening(warnings) }).getToken()
    play.same(typeof token, 'string', 'the token')
    play.same(play.server.counters.logins, 2, 'logins')
    play.same(warnings.length, 1, 'warnings')
  }),
]

/** A test server, and the managers of one account at it. */
class Play<M extends Made> {
  readonly made: M
  readonly server: TokenServer
  readonly #scene: Scene<M>
  readonly #account = newKey()
  #open: TokenManager[] = []

  constructor(scene: Scene<M>, server: TokenServer) {
    this.made = scene.made
    this.#scene = scene
    this.server = server
  }

  /** Callbacks are given to each manager as a store of its own, as if each were in another process. */
  manager(changes: Partial<JsonLoginOptions> = {}, { store = this.made as Made, logger }: { store?: Made; logger?: Logger } = {}) {
    const { createTokenManager, customStore, jsonLogin } = tokenkeep()
    const login = { url: this.server.loginUrl, body: { api_key: DEFAULT_KEY }, account: this.#account }
    const manager = createTokenManager({
      provider: jsonLogin({ ...login, ...changes }),
      store: isCallbacks(store) ? customStore(store) : (store as Store),
      logger,
      // They wait for a lock 5 s longer than this.
      deadlineMs: this.#scene.promised.patienceMs,
    })
    this.#open.push(manager)
    return manager
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#open.map((manager) => manager.close()))
    this.#open = []
  }

  same(got: unknown, expected: unknown, what: string): void {
    this.#scene.promised.same(got, expected, what)
  }

  differs(got: unknown, from: unknown, what: string): void {
    if (got === from) this.broken(`${what}: expected another than before, got the same`)
  }

  broken(how: string): never {
    this.#scene.promised.broken(how)
  }
}

function clause<M extends Made = Made>(name: string, check: (play: Play<M>) => Promise<void>): Clause<M> {
  return {
    name,
    async check(scene) {
      const server = await startTokenServer({ keys: [DEFAULT_KEY, OTHER_KEY] })
      const play = new Play(scene, server)
      try {
        await scene.promised.soon(check(play), 'its managers', STEPS)
      } finally {
        await scene.promised.given(play.closeAll())
        await server.close()
      }
    },
  }
}

/** With `this` as it was: the callbacks may be methods. */
function bound(made: StoreCallbacks): StoreCallbacks {
  return {
    load: made.load.bind(made),
    save: made.save.bind(made),
    clear: made.clear.bind(made),
    ...(made.lock === undefined ? undefined : { lock: made.lock.bind(made) }),
  }
}

function listening(warnings: string[]): Logger {
  const nothing = () => {}
  const warn = (_: object, message?: string) => void warnings.push(message ?? '')
  return { debug: nothing, info: nothing, warn, error: warn }
}
