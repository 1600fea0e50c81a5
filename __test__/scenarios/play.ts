// Plays a scenario on a build, step by step, through the public API alone.
import type { TokenManager } from 'tokenkeep'
import { recorder } from '../recorder'
import type { Build } from './build'
import { difference, type Ending, faultOf, stateOf } from './judge'
import { Names } from './names'
import type { Action, Answer, Endpoint, Fault, Given, Scenario, Step } from './script'
import { Server } from './server'
import { PASSWORD, SEED, Service } from './services'
import { provisioned, Shelf } from './shelf'

const ME = 'me'
const ENDPOINTS: Endpoint[] = ['login', 'refresh', 'verify', 'revoke']

/** 2026-01-01T00:00:00Z. */
const START = Date.UTC(2026, 0, 1)

let serial = 0

/** Somebody who waits for an answer. */
interface Call {
  ending: Ending
}

/** Only a test that fails waits that long. */
const PATIENCE_MS = 5000

export class Play {
  readonly #build: Build
  readonly #given: Given
  readonly #service: Service
  readonly #names = new Names()
  readonly #server: Server
  readonly #shelf: Shelf
  readonly #log = recorder()
  readonly #managers = new Map<string, TokenManager>()
  readonly #calls = new Map<string, Call>()
  readonly #variable = `SCENARIO_TOKENS_${process.pid}_${++serial}`
  /** What the managers of this process keep their sessions in. */
  readonly #store: ReturnType<Build['api']['customStore']> | undefined
  /** True time is the wall clock before anybody set it. */
  #set = 0
  #endings = 0

  constructor(build: Build, scenario: Scenario) {
    this.#build = build
    this.#given = scenario.given ?? {}
    build.hands.stop(START)
    const wall = () => build.hands.wall
    this.#service = new Service(this.#given.provider ?? 'baserow', serial)
    this.#names.named(SEED, () => this.#service.seed)
    this.#server = new Server(this.#service, this.#names, () => wall() - this.#set)
    this.#shelf = new Shelf(this.#service, this.#names, wall)
    this.#store = this.#given.stored ? build.api.customStore(this.#shelf.callbacks()) : undefined
    if (this.#given.record) this.#shelf.put(this.#given.record)
    if (this.#given.backup) this.#shelf.putBackup(this.#given.backup)
    this.#shelf.look()
    const { environment } = this.#given
    if (environment) process.env[this.#variable] = provisioned(environment, this.#names, wall())
  }

  async play(steps: readonly Step[]): Promise<void> {
    try {
      this.#enter(ME)
      for (const [index, step] of steps.entries()) {
        const why = await this.#step(step)
        if (why !== undefined) throw new Error(`step ${index + 1} ${JSON.stringify(step)}:\n  ${why}`)
      }
    } finally {
      delete process.env[this.#variable]
      this.#server.alwaysAnswers('broken')
      this.#server.releaseAll()
      this.#shelf.becomes('well')
      const closed = [...this.#managers.values()].map((manager) => manager.close())
      await this.#settle()
      // Whoever still waits for a server that never answers, or for a lock.
      await this.#build.hands.advance(100_000)
      await Promise.all(closed)
    }
  }

  async #step(step: Step): Promise<string | undefined> {
    const manager = this.#enter(step.who ?? ME)
    const asked = this.#server.asked.length
    const warned = this.#warnings().length
    const why = await this.#act(step, manager, step.who ?? ME)
    if (this.#server.surprises.length > 0) return `${this.#server.surprises.join()} was asked once more than the script says`
    const heard = this.#server.asked.slice(asked)
    const wanted = step.asked ?? []
    const isAsked = (wanted: string, got: string) => wanted === got || (!wanted.includes(' ') && got.split(' ')[0] === wanted)
    if (heard.length !== wanted.length || heard.some((got, index) => !isAsked(wanted[index]!, got))) {
      const rest = why === undefined ? '' : `\n  ${why}`
      return `the server was asked ${JSON.stringify(heard)}, not ${JSON.stringify(wanted)}${rest}`
    }
    if (why !== undefined) return why
    const warnings = this.#warnings().slice(warned)
    if (step.warnings === undefined || warnings.length === step.warnings) return undefined
    return `${step.warnings} warnings were due, not ${JSON.stringify(warnings, null, 2)}`
  }

  /** A process starts when it is first heard of. */
  #enter(who: string): TokenManager {
    const known = this.#managers.get(who)
    if (known !== undefined) return known
    const { api } = this.#build
    const process = this.#given.processes?.[who] ?? {}
    const isHere = who === ME || process.besideMe === true
    const store = isHere || this.#store === undefined ? this.#store : api.customStore(this.#shelf.callbacks())
    const totp = this.#given.totp ? () => '123456' : undefined
    const given = process.options ?? this.#given.options ?? {}
    const options = {
      ...given,
      refreshMarginSeconds: given.refreshMarginSeconds ?? 60,
      retry: { attempts: 1, ...given.retry },
      fetch: this.#server.fetch as typeof fetch,
      logger: this.#log.logger,
      ...(this.#given.environment && { fallbackEnv: this.#variable }),
      ...(store && { store }),
    }
    const password = process.password ?? PASSWORD
    let manager: TokenManager
    if (process.dropIn || this.#given.dropIn) {
      const { baseUrl, email } = this.#service.settings
      manager = api.createBaserowJwtManager({ baseUrl: baseUrl!, email: email!, password, ...(totp && { totp }), ...options })
    } else {
      manager = api.createTokenManager({ provider: this.#service.provider(api, password, totp), ...options })
    }
    this.#managers.set(who, manager)
    return manager
  }

  async #act(action: Action, manager: TokenManager, who: string): Promise<string | undefined> {
    const { hands } = this.#build
    switch (action.do) {
      case 'answer':
        for (const endpoint of ENDPOINTS) this.#server.willAnswer(endpoint, (action as { [endpoint in Endpoint]?: Answer })[endpoint])
        return undefined
      case 'server':
        this.#server.alwaysAnswers(action.is)
        return undefined
      case 'release':
        this.#server.release(action.gate)
        await this.#settle()
        return undefined
      case 'getToken': {
        const calls = Array.from({ length: action.times ?? 1 }, () => this.#ask(manager, action.force))
        await this.#settle()
        await this.#patiently(() => calls.every(({ ending }) => ending !== 'waiting'))
        return calls.map(({ ending }) => this.#judged(ending, action)).find((why) => why !== undefined)
      }
      case 'ask':
        this.#calls.set(action.as, this.#ask(manager, action.force))
        await this.#settle()
        return undefined
      case 'answered': {
        const call = this.#calls.get(action.of)
        if (call === undefined) return 'nobody of that name has asked'
        if (action.waiting) return call.ending === 'waiting' ? undefined : `the caller waits no longer: ${this.#words(call.ending)}`
        return this.#judged(call.ending, action)
      }
      case 'advance':
        await hands.advance(Math.round((action.seconds ?? 0) * 1000 + (action.ms ?? 0)))
        return undefined
      case 'suspend':
        hands.stepWall(action.seconds * 1000)
        return undefined
      case 'setClock':
        this.#set += action.seconds * 1000
        hands.stepWall(action.seconds * 1000)
        return undefined
      case 'invalidate':
        return this.#ended(manager.invalidate(action.token === undefined ? undefined : this.#names.text(action.token)), undefined)
      case 'logout': {
        const ended = this.#ended(manager.logout(), action.error)
        if (!action.later) return ended
        await this.#settle()
        return undefined
      }
      case 'close':
        void manager.close()
        await this.#settle()
        return undefined
      case 'peek': {
        const held = this.#names.name(manager.peek())
        return held === (action.token ?? null) ? undefined : `it shows ${held}, not ${action.token}`
      }
      case 'status': {
        const { do: _, who: __, note: ___, asked: ____, warnings: _____, ...wanted } = action as Step & { do: 'status' }
        return difference(wanted, stateOf(manager.status(), hands.wall))
      }
      case 'record':
        if (action.put) this.#shelf.put(action.put)
        else if (action.removed) this.#shelf.remove()
        else if (action.torn) this.#shelf.tear()
        else return `nothing is done to the record by ${who}`
        this.#shelf.look()
        return undefined
      case 'stored': {
        const { do: _, who: __, note: ___, asked: ____, warnings: _____, ...wanted } = action as Step & { do: 'stored' }
        return difference(wanted, this.#shelf.described())
      }
      case 'store':
        this.#shelf.becomes(action.is)
        await this.#settle()
        return undefined
      case 'lock':
        if (action.held) this.#shelf.take()
        else this.#shelf.letGo()
        await this.#settle()
        return undefined
    }
  }

  #ask(manager: TokenManager, force: boolean | undefined): Call {
    const call: Call = { ending: 'waiting' }
    const end = (ending: Ending) => {
      call.ending = ending
      this.#endings++
    }
    // As callers do: without options where there is nothing to say.
    const asked = force ? manager.getToken({ forceRefresh: true }) : manager.getToken()
    asked.then(
      (token) => end({ token }),
      (error: unknown) => end({ error }),
    )
    return call
  }

  #judged(ending: Ending, wanted: { token?: string; error?: Fault }): string | undefined {
    if ((wanted.token === undefined) === (wanted.error === undefined)) return 'say either a token or an error'
    if (ending === 'waiting') return 'the caller still waits'
    if ('token' in ending) {
      const got = this.#names.name(ending.token)
      return got === wanted.token ? undefined : `the caller got ${got}, not ${JSON.stringify(wanted.token ?? wanted.error)}`
    }
    return wanted.error === undefined ? `the caller got no ${wanted.token}: ${this.#words(ending)}` : faultOf(wanted.error, ending.error)
  }

  #words(ending: Ending): string {
    if (ending === 'waiting') return ending
    if ('token' in ending) return String(this.#names.name(ending.token))
    const { code, message } = ending.error as { code?: string; message?: string }
    return `${code} (${message})`
  }

  /** How something ends that brings nothing, and has to end without time passing. */
  async #ended(work: Promise<void>, wanted: Fault | undefined): Promise<string | undefined> {
    let ending: { error?: unknown } | undefined
    work.then(
      () => (ending = {}),
      (error: unknown) => (ending = { error }),
    )
    await this.#settle()
    await this.#patiently(() => ending !== undefined)
    if (ending === undefined) return 'it still waits'
    if (!('error' in ending)) return wanted === undefined ? undefined : `it did not fail with ${JSON.stringify(wanted)}`
    return wanted === undefined ? `it failed: ${String(ending.error)}` : faultOf(wanted, ending.error)
  }

  /** A disk is on no thread whose work is counted, and takes its time on a busy machine. */
  async #patiently(isOver: () => boolean): Promise<void> {
    const until = performance.now() + PATIENCE_MS
    while (!isOver() && performance.now() < until) await this.#settle()
  }

  #settle(): Promise<void> {
    return this.#build.hands.settle(() => this.#server.activity + this.#shelf.activity + this.#endings)
  }

  #warnings(): string[] {
    return this.#log.lines.filter(({ level }) => level === 'warn').map(({ message }) => message!)
  }
}
