// Threads of one process that each have a manager or a pool. Says what came of it in one line of JSON.
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'

const { TOKEN_URL: url, TOKEN_KEY: key, OTHER_KEY: otherKey, STORE_DIR: dir } = process.env
const numbers = Array.from({ length: 10 }, (_, number) => `${number}`)

/** One thread. Its methods are those of its manager or pool. */
async function hand(changes = {}) {
  const worker = new Worker(new URL('hand.mjs', import.meta.url), { workerData: { url, key, ...changes } })
  const open = new Map()
  let last = 0
  const answered = (number) => new Promise((resolve) => open.set(number, resolve))
  worker.on('message', ({ number, ...answer }) => open.get(number)?.(answer))
  await answered(0)
  const ask = (method, ...given) => {
    const answer = answered(++last)
    worker.postMessage({ number: last, method, given })
    return answer.then(({ value, code }) => value ?? code)
  }
  return { getToken: (...all) => ask('getToken', ...all), invalidate: (token) => ask('invalidate', token), close: () => ask('close'), worker }
}

const hands = (count, changes) => Promise.all(Array.from({ length: count }, () => hand(changes)))
const tokensOf = (all) => Promise.all(all.map((one) => one.getToken()))

const scenes = {
  'one invalidates': async () => {
    const all = await hands(4)
    await tokensOf(all)
    const before = await tokensOf(all)
    await all[0].invalidate(before[0])
    return { before, after: await tokensOf(all) }
  },
  pools: async () => {
    const all = await hands(4, { isPool: true })
    const tokens = await Promise.all(all.flatMap((one) => numbers.map((id) => one.getToken(id))))
    return { tokens }
  },
  'one dies': async () => {
    const [leader, ...others] = await hands(3)
    void leader.getToken()
    await sleep(200)
    const waiting = tokensOf(others)
    await sleep(100)
    await leader.worker.terminate()
    return { tokens: await waiting }
  },
  callbacks: async () => ({ tokens: await tokensOf(await hands(3, { kind: 'custom' })) }),
  'kept apart': async () => {
    const kinds = [{}, { key: otherKey }, { ttlSeconds: 500 }, { ttlSeconds: 600 }, { dir }, { kind: 'custom' }]
    const [once, again] = [await Promise.all(kinds.map(hand)), await Promise.all(kinds.map(hand))]
    return { once: await tokensOf(once), again: await tokensOf(again) }
  },
  'the last one leaves': async () => {
    const [one, other] = await hands(2)
    const first = await one.getToken()
    const second = await other.getToken()
    await one.close()
    const third = await other.getToken()
    await other.close()
    const late = await hand()
    return { before: [first, second, third], after: await late.getToken() }
  },
  storm: async () => {
    const [one, other, pool] = [...(await hands(2)), await hand({ isPool: true })]
    for (let i = 0; i < 5; i++) await one.invalidate(await one.getToken())
    return { codes: [await one.getToken(), await other.getToken(), await pool.getToken('alice'), await pool.getToken('bob')] }
  },
}

console.log(JSON.stringify(await scenes[process.argv[2]]()))
process.exit()
