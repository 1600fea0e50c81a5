// Pools of many accounts: what they weigh, what a cached token costs, and what happens when all tokens end or all accounts log in at once.
import type { Generosity, Seen } from './measured/many'
import type { Crowd } from './measured/pool-crowd'
import type { Expiry } from './measured/pool-expiry'
import type { Lookup } from './measured/pool-lookup'
import type { Weight } from './measured/pool-memory'
import type { Effort } from './measurements'
import { measured, Server } from './processes'
import { inTurn, noRounds, type Rounds } from './sides'

/** Many accounts. */
export interface Pool {
  accounts: number
  /** Bytes of resident memory per account. */
  weight: Record<keyof Weight, Rounds>
  lookup: Lookup
  /** The minute again and again, until the machine was quiet in one. */
  expiries: Minute[]
  /** Ten thousand that log in at once. */
  crowd: { done: number; atOnce: number }
}

/** The minute in which many tokens end. */
export interface Minute extends Expiry {
  /** The longest delay in a process beside it that does nothing: what a shared machine takes by itself, in milliseconds. */
  idleMs: number
}

/** No minute is measured again in which a process that does nothing was kept waiting no longer than this. */
const QUIET_MS = 10

/** A young generation that stays small: at its full size it comes and goes with the work, and is as large as ten thousand accounts. */
const SMALL = ['--max-semi-space-size=1']

/** Tokens that live for as long as a run. */
const LASTING = { latencyMs: 0, lifetimeSeconds: 86_400 }

export async function pools({ accounts, lookups, minutes, weighings }: Effort, say: (step: string) => void): Promise<Pool> {
  const weight = { atRest: noRounds(), inUse: noRounds() }
  for (let round = 0; round < weighings; round++) {
    for (const side of inTurn(round)) {
      say(`memory of ${accounts} accounts: ${side}`)
      const { atRest, inUse } = await withMany(LASTING, (server) => measured<Weight>('pool-memory', [side, server.baseUrl, accounts], SMALL))
      weight.atRest[side].push(atRest)
      weight.inUse[side].push(inUse)
    }
  }
  say(`cached tokens of ${accounts} accounts`)
  const lookup = await withMany(LASTING, (server) => measured<Lookup>('pool-lookup', [server.baseUrl, accounts, lookups]))
  const expiries = await minutesOf(accounts, minutes, say)
  say('10,000 logins at once')
  const crowd = await withMany({ ...LASTING, latencyMs: 2 }, async (server) => {
    const done = await measured<Crowd>('pool-crowd', [server.baseUrl, 10_000])
    return { done, atOnce: (await server.seen<Seen>()).atOnce }
  })
  return { accounts, weight, lookup, expiries, crowd }
}

/** The minute in which the tokens of all accounts end, again while the machine is not quiet, at most so many times. */
export async function minutesOf(accounts: number, most: number, say: (step: string) => void): Promise<Minute[]> {
  // The logins come first, at two to five thousand a second.
  const minute = 10 + accounts / 1000
  const times = [minute - 2, minute + 80]
  const minutes: Minute[] = []
  do {
    say(`${accounts} accounts whose tokens end in one minute`)
    const [expiry, idleMs] = await withMany({ ...LASTING, minute }, (server) =>
      Promise.all([measured<Expiry>('pool-expiry', [server.baseUrl, accounts, ...times]), measured<number>('idle', times)]),
    )
    minutes.push({ ...expiry, idleMs })
  } while (minutes.length < most && minutes.at(-1)!.idleMs > QUIET_MS)
  return minutes
}

async function withMany<Result>(generosity: Generosity, run: (server: Server) => Promise<Result>): Promise<Result> {
  const server = await Server.start(generosity, 'many')
  try {
    return await run(server)
  } finally {
    await server.stop()
  }
}

