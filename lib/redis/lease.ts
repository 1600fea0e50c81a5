import { randomBytes } from 'node:crypto'
import { Passing } from '../passing'
import { MOVED } from '../shelves'
import { steadyClock } from '../steady'
import type { Line } from './line'
import type { Reply } from './reply'
import { EXTEND, RELEASE, TAKE } from './scripts'

// Kept from before a test can put fake ones in their place.
const { setTimeout, clearTimeout } = globalThis

/** How long the first pause between two looks is, on average, and the longest. */
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 250

/** How long it is at most where the lease goes from hand to hand: who has waited for long must not look less often than who has just come. */
const CROWDED_PAUSE_MS = 40

/** A lease that two beats did not reach is still held. */
const BEATS = 3

/** One that was heard of longer ago is taken anew before anything depends on it: what it is asked for takes a moment, too. */
const SAFE = 2 / 3

/** A pause may come twice. */
const LATE_ANSWERS = 3

/** How a lease is waited for. */
export interface Wait {
  timeoutMs: number
  signal: AbortSignal
  /** The generation that is no news; without it, that of the first look. */
  known?: string | undefined
}

/** A lease that is held, and what lay under it when it was taken. */
export interface Taken {
  found: string[]
  /** When it was asked for: what was found may be as old as that. */
  since: Passing
  /** False once somebody else has it, or may have it soon because nothing was heard of it for so long: this process was paused. */
  isOurs(): boolean
  release(): Promise<void>
}

/** Who asked for a lease. */
interface Asker {
  owner: string
  /** It waits for the lease, or holds it. */
  isWanting: boolean
  /** Since something that was sent has had no answer. */
  unheard?: Passing
}

/** Leases on keys: whoever holds one is alone with it, for as long as it can say so to Redis. */
export class Leases {
  readonly #line: Line
  readonly #leaseMs: number
  /**
   * By key: who asked and heard nothing, the latest last. It may have been granted all the same, and is then still ours for the next of us, until
   * it has run out.
   */
  readonly #unheard = new Map<string, Asker>()

  constructor(line: Line, leaseMs: number) {
    this.#line = line
    this.#leaseMs = leaseMs
  }

  /**
   * Waits for the lease of `key`, at most `timeoutMs`, or for another generation of `record`: then there may be no need for the lease any
   * more, and all who wait for it can see that at once. Rejects at once when Redis cannot be asked and nobody is known to hold it.
   */
  async take(key: string, record: string, { timeoutMs, signal, known }: Wait): Promise<Taken | typeof MOVED> {
    // Its process is for the person who wants to know who is in the way.
    const mine = this.#unheard.get(key) ?? ({ owner: `${process.pid}-${randomBytes(16).toString('hex')}`, isWanting: true } as Asker)
    mine.isWanting = true
    this.#unheard.delete(key)
    const until = steadyClock() + timeoutMs
    let heldUntil = 0
    let pauseMs = FIRST_PAUSE_MS
    let holder: string | undefined
    let generation = known
    let isTaken = false
    let late = 0
    try {
      for (;;) {
        signal.throwIfAborted()
        const asked = new Passing()
        const isSent = !this.#line.isClosed()
        const reply = await this.#ask(key, record, mine).catch((error: Error) => error)
        if (!(reply instanceof Error)) {
          const [what, ...more] = reply
          if (what === 'taken' && asked.time() >= this.#leaseMs) {
            // Whoever was paused before it heard the answer may have lost it already, and asks again; where answers always take that
            // long there is no lease to be had.
            mine.unheard = new Passing()
            if (++late < LATE_ANSWERS) continue
            throw new Error(`its answers take longer than leaseMs (${this.#leaseMs} ms)`)
          }
          if (what === 'taken') {
            isTaken = true
            const taken = this.#keep(key, mine, more, asked)
            if (!signal.aborted) return taken
            await taken.release().catch(() => {})
            throw signal.reason
          }
          const [leftMs, by, now] = more
          heldUntil = steadyClock() + Number(leftMs)
          if (generation !== undefined && now !== '' && now !== generation) return MOVED
          generation = now
          if (holder !== undefined && holder !== by) pauseMs = Math.min(pauseMs, CROWDED_PAUSE_MS)
          holder = by
        } else {
          if (isSent) mine.unheard = new Passing()
          // Whoever was seen to hold it may still be spending a token that works once. After that nobody knows of anybody.
          if (steadyClock() >= heldUntil) throw reply
        }
        if (steadyClock() >= until) throw new DOMException('somebody else held the lease the whole time', 'TimeoutError')
        // Half of it to one and a half: those who began to wait together do not look again together.
        await sleep(Math.min(pauseMs * (0.5 + Math.random()), Math.max(0, until - steadyClock())), signal)
        pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)
      }
    } finally {
      if (!isTaken) {
        mine.isWanting = false
        if (mine.unheard !== undefined) this.#remember(key, mine)
      }
    }
  }

  #remember(key: string, mine: Asker): void {
    this.#unheard.set(key, mine)
    for (const [each, { unheard }] of this.#unheard) {
      if (unheard!.time() < this.#leaseMs) return
      this.#unheard.delete(each)
    }
  }

  #ask(key: string, record: string, mine: Asker): Promise<Reply> {
    // Taken when nobody wanted it any more: it would be in everybody's way until it has run out.
    const late = ([what]: Reply) => {
      if (what !== 'taken' || mine.isWanting) return
      if (this.#unheard.get(key) === mine) this.#unheard.delete(key)
      void this.#release(key, mine.owner).catch(() => {})
    }
    return this.#line.run(TAKE, [key, record], [mine.owner, String(this.#leaseMs)], late)
  }

  /** Says again and again that it is still held, until it is released. */
  #keep(key: string, mine: Asker, found: string[], taken: Passing): Taken {
    const { owner } = mine
    const pauseMs = this.#leaseMs / BEATS
    let timer: ReturnType<typeof setTimeout>
    let told = taken
    const beat = () => {
      const asked = new Passing()
      const late = ([what]: Reply) => void (what !== 'lost' && !mine.isWanting && this.#release(key, owner).catch(() => {}))
      this.#line.run(EXTEND, [key], [owner, String(this.#leaseMs)], late).then(
        (reply) => {
          // One that was lost is not wanted back: the saves of its successor are fenced, and so are ours.
          isLost = reply[0] === 'lost'
          if (!mine.isWanting || isLost) return late(reply)
          told = asked
          next()
        },
        () => mine.isWanting && again(pauseMs),
      )
    }
    const again = (afterMs: number) => {
      timer = setTimeout(beat, afterMs)
      timer.unref()
    }
    let isLost = false
    // Redis counts from when it was asked: an answer that came late leaves less time.
    const next = () => again(Math.max(0, pauseMs - told.time()))
    next()
    return {
      found,
      since: taken,
      isOurs: () => !isLost && told.time() < this.#leaseMs * SAFE,
      release: async () => {
        mine.isWanting = false
        clearTimeout(timer)
        await this.#release(key, owner)
      },
    }
  }

  async #release(key: string, owner: string): Promise<void> {
    await this.#line.run(RELEASE, [key], [owner])
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    timer.unref()
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}
