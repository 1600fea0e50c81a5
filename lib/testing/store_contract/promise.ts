/** What is promised of a store, and what came of it: an error that says both, for any runner. */
export class Promised {
  readonly #what: string
  readonly #patienceMs: number
  readonly #own = new WeakSet<object>()

  constructor(what: string, patienceMs: number) {
    this.#what = what
    this.#patienceMs = patienceMs
  }

  /** `got` is `expected`; `when` says in which situation. */
  same(got: unknown, expected: unknown, when: string): void {
    if (!Object.is(got, expected)) this.broken(`${when}: expected ${shown(expected)}, got ${shown(got)}`)
  }

  /** What is waited for comes soon; of work in several `steps` each may take its time. */
  async soon<T>(work: Promise<T>, when: string, steps = 1): Promise<T> {
    const patienceMs = this.#patienceMs * steps
    const settled = await this.#within(work, patienceMs)
    if (settled === undefined) return this.broken(`${when}: expected it to settle within ${patienceMs} ms, and it did not`)
    // What was said of a part of it says more.
    if ('error' in settled && typeof settled.error === 'object' && this.#own.has(settled.error!)) throw settled.error
    if ('error' in settled) return this.broken(`${when}: expected it to resolve, and it rejected`, settled.error)
    return settled.value
  }

  /** It fails soon, for whatever reason. */
  async fails(work: Promise<unknown>, when: string): Promise<void> {
    const settled = await this.#within(work, this.#patienceMs)
    if (settled === undefined) this.broken(`${when}: expected it to reject within ${this.#patienceMs} ms, and it still waits`)
    else if ('value' in settled) this.broken(`${when}: expected it to reject, and it resolved`)
  }

  /** It still waits after a while. */
  async waits(work: Promise<unknown>, ms: number, when: string): Promise<void> {
    const settled = await this.#within(work, ms)
    if (settled === undefined) return
    this.broken(`${when}: expected it to wait, and it ${'error' in settled ? 'rejected' : 'resolved'}`)
  }

  /** The same for what is tidied up, where nothing is promised any more. */
  async given<T>(work: Promise<T>): Promise<void> {
    await this.#within(work, this.#patienceMs)
  }

  get patienceMs(): number {
    return this.#patienceMs
  }

  broken(how: string, cause?: unknown): never {
    const error = new Error(`${this.#what}. ${how}`, cause === undefined ? undefined : { cause })
    this.#own.add(error)
    throw error
  }

  async #within<T>(work: Promise<T>, ms: number): Promise<{ value: T } | { error: unknown } | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const over = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), ms)))
    try {
      return await Promise.race([work.then((value) => ({ value }), (error: unknown) => ({ error })), over])
    } finally {
      clearTimeout(timer)
    }
  }
}

const LONGEST = 80

function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`
}
