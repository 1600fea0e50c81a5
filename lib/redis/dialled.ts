import type { Server } from './client'
import type { Connection, Driver } from './drivers'
import type { Place } from './place'

/** A Redis that is connected to when there is something to ask it, and again when that connection is no more. */
export class Dialled implements Server {
  readonly #dial: Driver
  readonly #place: Place
  readonly #timeoutMs: number
  #connection: Connection | undefined

  constructor(dial: Driver, place: Place, timeoutMs: number) {
    this.#dial = dial
    this.#place = place
    this.#timeoutMs = timeoutMs
  }

  async run(script: string, keys: string[], values: string[]): Promise<unknown> {
    this.#connection ??= this.#connected()
    return this.#connection.run(script, keys, values)
  }

  /** Ends it. Whoever asks again connects again. */
  hangUp(): void {
    const connection = this.#connection
    this.#connection = undefined
    connection?.end()
  }

  #connected(): Connection {
    const connection = this.#dial(this.#place, this.#timeoutMs, () => {
      if (this.#connection === connection) this.#connection = undefined
    })
    return connection
  }
}
