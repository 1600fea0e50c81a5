import type { StoreCallbacks } from '../../api'
import type { Clause, Scene } from './case'

/** Long enough to see that somebody waits. */
const A_WHILE_MS = 60

/** Longer than any of these waits. */
const LONG_MS = 20_000

const CROWD = 50

type Of = Scene<StoreCallbacks>

export const LOCKING: Clause<StoreCallbacks>[] = [
  {
    name: 'lock keeps others out until it is released, and then lets the next in',
    async check(scene) {
      const { promised } = scene
      const key = scene.key()
      const release = await taken(scene, key, 'lock of a free key')
      const next = lock(scene, key)
      await promised.waits(next, A_WHILE_MS, 'lock of a key that is held')
      await promised.soon(Promise.resolve(release()), 'release')
      const releaseNext = await promised.soon(next, 'lock of a key that has just been released')
      const third = lock(scene, key)
      await promised.waits(third, A_WHILE_MS, 'a third lock')
      await promised.soon(Promise.resolve(releaseNext()), 'release')
      // Whatever has been asked for is let go of: a lock that comes late is still somebody's.
      const releaseThird = await promised.soon(third, 'a third lock, after the second was released')
      await promised.soon(Promise.resolve(releaseThird()), 'release')
      await released(scene, key)
    },
  },
  {
    name: 'lock rejects when timeoutMs are over, and holds nothing then',
    async check(scene) {
      const { promised } = scene
      const key = scene.key()
      const release = await taken(scene, key, 'lock of a free key')
      await promised.fails(lock(scene, key, A_WHILE_MS), `lock with timeoutMs ${A_WHILE_MS} of a key that is held`)
      await promised.soon(Promise.resolve(release()), 'release')
      await released(scene, key)
    },
  },
  {
    name: 'lock rejects when its signal fires, and holds nothing then',
    async check(scene) {
      const { promised } = scene
      const key = scene.key()
      const release = await taken(scene, key, 'lock of a free key')
      const controller = new AbortController()
      const waiting = lock(scene, key, LONG_MS, controller.signal)
      await promised.waits(waiting, A_WHILE_MS, 'lock of a key that is held')
      controller.abort(new Error('the signal of the contract'))
      await promised.fails(waiting, 'lock whose signal has fired')
      await promised.fails(lock(scene, key, LONG_MS, controller.signal), 'lock whose signal had fired before')
      await promised.soon(Promise.resolve(release()), 'release')
      await released(scene, key)
    },
  },
  {
    name: 'a release that comes twice does not take the lock from the next holder',
    async check(scene) {
      const { promised } = scene
      const key = scene.key()
      const release = await taken(scene, key, 'lock of a free key')
      await promised.soon(Promise.resolve(release()), 'release')
      const next = await taken(scene, key, 'lock of a key that was released')
      // It may reject; it may not do anything else.
      await promised.soon(Promise.resolve(release()).catch(() => {}), 'the second release')
      const third = lock(scene, key)
      await promised.waits(third, A_WHILE_MS, 'lock of a key that is held, after another holder released twice')
      await promised.soon(Promise.resolve(next()), 'release')
      await promised.soon(Promise.resolve((await promised.soon(third, 'lock'))()), 'release')
    },
  },
  {
    name: 'locks of two keys are independent',
    async check(scene) {
      const [one, other] = [scene.key(), scene.key()]
      const releaseOne = await taken(scene, one, 'lock of a free key')
      const releaseOther = await taken(scene, other, 'lock of another key')
      await scene.promised.soon(Promise.resolve(releaseOne()), 'release')
      const waiting = lock(scene, other)
      await scene.promised.waits(waiting, A_WHILE_MS, 'lock of the other key, which is still held')
      await scene.promised.soon(Promise.resolve(releaseOther()), 'release')
      await scene.promised.soon(Promise.resolve((await scene.promised.soon(waiting, 'lock'))()), 'release')
    },
  },
  {
    name: 'a lock keeps neither load nor save nor clear out',
    async check(scene) {
      const { made, promised } = scene
      const key = scene.key()
      const release = await taken(scene, key, 'lock of a free key')
      promised.same(await promised.soon(made.save(key, 'one', null, 1), 'save'), true, 'save while the key is locked')
      promised.same(await promised.soon(made.load(key), 'load'), 'one', 'load while the key is locked')
      promised.same(await promised.soon(made.clear(key, 1), 'clear'), true, 'clear while the key is locked')
      await promised.soon(Promise.resolve(release()), 'release')
    },
  },
  {
    name: `${CROWD} who take turns under the lock lose nothing`,
    async check(scene) {
      const { made, promised } = scene
      const key = scene.key()
      await promised.soon(made.save(key, '0', null, 1), 'save')
      const turn = async () => {
        const release = await lock(scene, key)
        const count = Number(await made.load(key))
        const saved = await made.save(key, String(count + 1), count + 1, count + 2)
        await release()
        return saved
      }
      const turns = await promised.soon(Promise.all(Array.from({ length: CROWD }, turn)), `${CROWD} turns`, CROWD / 10)
      promised.same(turns.filter(Boolean).length, CROWD, 'how many could save what they had under the lock')
      promised.same(await promised.soon(made.load(key), 'load'), String(CROWD), 'what they counted')
    },
  },
]

async function lock({ made, promised }: Of, key: string, timeoutMs = LONG_MS, signal = new AbortController().signal) {
  if (made.lock === undefined) return promised.broken('There is no lock: if that is meant, say { locks: false }')
  const release = await made.lock(key, { timeoutMs, signal })
  if (typeof release !== 'function') return promised.broken('lock of a free key: expected it to resolve to a function')
  return release
}

function taken(scene: Of, key: string, when: string): Promise<() => Promise<void> | void> {
  return scene.promised.soon(lock(scene, key), when)
}

/** Nobody holds the key any more. */
async function released(scene: Of, key: string): Promise<void> {
  const release = await taken(scene, key, 'lock of a key that nobody holds any more')
  await scene.promised.soon(Promise.resolve(release()), 'release')
}
