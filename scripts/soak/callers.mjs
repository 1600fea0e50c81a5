import { setTimeout as pause } from 'node:timers/promises'
import { complaintAbout, isBelated } from './cast.mjs'
import { Pulse } from './pulse.mjs'

/** Asks for tokens, and keeps count of what came of it. */
export class Callers {
  /** Plain numbers and short texts: a worker sends it home. */
  tally = { calls: 0, judged: 0, belated: 0, faulty: {} }
  #complain
  #cast
  #weather
  #chance
  #managers = new Map()
  #running = []
  #pulse
  #stopped = false

  /** `accounts`: the numbers of those that are asked for; `complain` hears at once of what is wrong: a worker may be ended any moment. */
  constructor({ cast, weather, chance, accounts, dir, complain }) {
    this.#cast = cast
    this.#complain = complain
    this.#pulse = new Pulse(dir)
    this.#weather = weather
    this.#chance = chance
    for (const number of accounts) this.#managers.set(number, cast.open(number))
  }

  /** Callers who come one after the other, or all at once, for each account. */
  start() {
    for (const number of this.#managers.keys()) this.#running.push(this.#ask(number))
    this.#running.push(this.#refuse(), this.#change())
  }

  async stop() {
    this.#stopped = true
    await Promise.all(this.#running)
    await Promise.all([...this.#managers.values()].map((manager) => manager.close()))
    await this.#cast.close()
    this.#pulse.stop()
  }

  async #ask(number) {
    while (!this.#stopped) {
      await pause(this.#chance.between(10, 60))
      const crowd = this.#chance.next() < 0.02 ? 50 : 1
      await Promise.all(Array.from({ length: crowd }, () => this.#call(this.#managers.get(number), number)))
    }
  }

  async #call(manager, number) {
    const spell = this.#weather.spell
    const started = performance.now()
    const got = await manager.getToken().then(
      (token) => ({ token }),
      (error) => ({ error }),
    )
    this.tally.calls += 1
    const isUp = spell !== null && spell === this.#weather.spell
    if (isUp) this.tally.judged += 1
    const belated = isUp && isBelated(got.error)
    if (belated) this.tally.belated += 1
    const isOwed = isUp && got.error && !belated
    const complaint = complaintAbout(got, this.#pulse.stalledMs) ?? (isOwed ? `no token while the server was up: ${got.error.message}` : undefined)
    if (complaint !== undefined) this.#complain(`account ${number}, after ${Math.round(performance.now() - started)} ms: ${complaint}`)
    if (got.error) this.tally.faulty[got.error.code] = (this.tally.faulty[got.error.code] ?? 0) + 1
  }

  /** An API that refuses a token now and then. */
  async #refuse() {
    while (!this.#stopped) {
      await pause(this.#chance.between(50, 200))
      const manager = this.#chance.of([...this.#managers.values()])
      const token = manager.peek()
      // At its end a manager may be closed in between.
      if (token !== null) await manager.invalidate(token).catch((error) => error.code !== 'CLOSED' && this.#complain(String(error)))
    }
  }

  /** Managers that come and go. */
  async #change() {
    while (!this.#stopped) {
      await pause(this.#chance.between(200, 600))
      const number = this.#chance.of([...this.#managers.keys()])
      const before = this.#managers.get(number)
      this.#managers.set(number, this.#cast.open(number))
      await before.close()
    }
  }
}
