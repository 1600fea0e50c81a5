// A process with one manager that does what its parent says over IPC, and says everything that it hears. KEEPER_DIST is the
// build that it uses; the first argument has the rest as JSON.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { baserow, createTokenManager, fileStore, jsonLogin } = await import(
  pathToFileURL(join(process.env.KEEPER_DIST, 'index.mjs')).href
)
const { provider, store, options, atOnce } = JSON.parse(process.argv[2])
const { redisStore } = store.redis === undefined ? {} : await import(pathToFileURL(join(process.env.KEEPER_DIST, 'redis.mjs')).href)
const storeOf = ({ redis, ...files }) => (redis === undefined ? fileStore(files) : redisStore(withClient(redis)))
const providerOf = ({ kind, ...rest }) => (kind === 'baserow' ? baserow(rest) : jsonLogin(rest))
const tell = (message) => process.connected && process.send(message)

const asksSentinels = {
  async ioredis(sentinels) {
    const { Redis } = await import('ioredis')
    return new Redis({ sentinels, name: 'mymaster' }).on('error', () => {})
  },
  async 'node-redis'(sentinels) {
    const { createSentinel } = await import('redis')
    const client = createSentinel({ name: 'mymaster', sentinelRootNodes: sentinels, scanInterval: 500 }).on('error', () => {})
    await client.connect()
    return client
  },
}
const client = store.redis?.sentinels && (await asksSentinels[store.redis.client](store.redis.sentinels))
const withClient = ({ sentinels, ...options }) => (sentinels === undefined ? options : { ...options, client })

const note = (level) => (fields, message) => tell({ line: { level, fields, message } })
const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
const manager = createTokenManager({ ...options, provider: providerOf(provider), store: storeOf(store), logger })
for (const name of ['login', 'refresh', 'restore']) manager.on(name, () => tell({ event: name }))

const calls = {
  replaceProvider: (next) => manager.replaceProvider(providerOf(next)),
  /** Variables that the native side reads at its next step. */
  environment: (variables) => void Object.assign(process.env, variables),
  /** One token of a manager of its own, and what it had to complain of. */
  async freshManager(store) {
    const lines = []
    const complain = (_, message) => lines.push(message)
    const quiet = { debug() {}, info() {}, warn: complain, error: complain }
    const fresh = createTokenManager({ ...options, provider: providerOf(provider), store: storeOf(store), logger: quiet })
    const value = await fresh.getToken()
    await fresh.close()
    return JSON.stringify({ value, lines })
  },
  /** Renews again and again, each time in another way, until it is told to stop. */
  async churn() {
    let last = await manager.getToken()
    // A fifth token that is refused as soon as it is made would blow the fuse.
    let refusals = 0
    for (let round = 0; !stopped; round += 1) {
      const refuses = round % 3 === 0 && ++refusals <= 4
      if (refuses) await manager.invalidate(last)
      last = await manager.getToken({ forceRefresh: !refuses && round % 3 !== 2 })
      // Lets the message in that says stop.
      await new Promise(setImmediate)
    }
    return last
  },
}
let stopped = false

async function answer({ id, call, args }) {
  try {
    tell({ id, value: (await (calls[call]?.(...args) ?? manager[call](...args))) ?? null })
  } catch ({ code, statusCode, message }) {
    tell({ id, error: { code, statusCode, message } })
  }
}

process.on('message', (message) => {
  if (message === 'stop') stopped = true
  else if (message === 'leave') process.disconnect()
  else void answer(message)
})
tell('ready')
if (atOnce) void answer({ id: 0, call: 'getToken', args: [] })
