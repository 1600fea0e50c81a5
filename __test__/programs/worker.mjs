// A worker thread with a manager of its own; `workerData.scene` says what becomes of it.
import { parentPort, workerData } from 'node:worker_threads'
import { createBaserowJwtManager } from '../../dist/index.mjs'

const { account, scene } = workerData
const say = (word) => parentPort.postMessage(word)
const logger = { debug() {}, info: (_, message) => say(message), warn() {}, error() {} }
const manager = createBaserowJwtManager({ ...account, logger })

const scenes = {
  // Ends by itself, with its token.
  token: async () => say(await manager.getToken()),
  // Stays until it is told to leave: a session ends with its last manager.
  'token and stay': async () => {
    parentPort.once('message', () => parentPort.close())
    say(await manager.getToken())
  },
  // Waits, with others at its side, for a server that does not answer, until somebody ends it.
  flying: async () => {
    const side = createBaserowJwtManager({ ...account, totp: () => '000000' }).on('login', () => {})
    side.getToken().catch(() => {})
    manager.getToken({ signal: new AbortController().signal }).catch(() => {})
    say('flying')
  },
  'leaves a flight behind and exits': () => {
    manager.on('login', () => {}).getToken()
    process.exit(3)
  },
  'leaves a flight behind and throws': () => {
    manager.getToken()
    throw new Error('thrown by the worker')
  },
  'leaves a flight that nobody waits for': async () => {
    const leaving = new AbortController()
    const waiting = manager.getToken({ signal: leaving.signal }).catch(() => say('left'))
    leaving.abort()
    await waiting
  },
  'has an idle manager and listeners': async () => {
    manager.on('login', () => {}).on('failure', () => {})
    say(await manager.getToken())
  },
}

await scenes[scene]()
