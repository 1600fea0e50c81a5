import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'

const EVERY_MS = 50
/** What it says of now is about this long. */
const REMEMBERED_MS = 3000

/** How long this thread got no turn, or its disk gave no answer: on a busy machine that is nobody's fault, and no promise can be kept meanwhile. */
export class Pulse {
  #timer
  #probe
  #last = performance.now()
  #stalls = []
  #asking = null

  constructor(dir) {
    this.#probe = join(dir, `pulse-${threadId}`)
    this.#timer = setInterval(() => this.#beat(), EVERY_MS)
    this.#timer.unref()
  }

  #beat() {
    const now = performance.now()
    this.#note(now - this.#last - EVERY_MS)
    this.#last = now
    if (this.#asking === null) void this.#ask(now)
  }

  async #ask(now) {
    this.#asking = now
    // The folder may be gone in the end.
    const file = await open(this.#probe, 'w').catch(() => null)
    await file?.write('.')
    await file?.sync()
    await file?.close()
    this.#note(performance.now() - now)
    this.#asking = null
  }

  #note(late) {
    const now = performance.now()
    if (late > EVERY_MS) this.#stalls.push({ now, late })
    while (this.#stalls.length > 0 && this.#stalls[0].now < now - REMEMBERED_MS) this.#stalls.shift()
  }

  /** The longest of late, or of this very moment. */
  get stalledMs() {
    const now = performance.now()
    const current = Math.max(now - this.#last - EVERY_MS, this.#asking === null ? 0 : now - this.#asking)
    return Math.round(Math.max(0, current, ...this.#stalls.map(({ late }) => late)))
  }

  stop() {
    clearInterval(this.#timer)
  }
}
