import type { StoreCallbacks } from '../../api'
import type { Clause, Scene } from './case'

/** What generations begin with: the epoch in milliseconds, which 32 bits do not hold. */
const FIRST = 1_767_225_600_000

/** How many try at once. */
const CROWD = 10

export const FENCING: Clause<StoreCallbacks>[] = [
  {
    name: 'save writes only over the generation that it expects',
    async check(scene) {
      const key = scene.key()
      await saves(scene, key, 'one', null, FIRST)
      for (const expected of [null, FIRST - 1, FIRST + 1, 0]) await refuses(scene, key, expected, FIRST + 2, 'one')
      // The next generation need not be the next number.
      await saves(scene, key, 'two', FIRST, FIRST + 7)
      for (const expected of [null, FIRST, FIRST + 1, FIRST + 6]) await refuses(scene, key, expected, FIRST + 8, 'two')
      await saves(scene, key, 'three', FIRST + 7, FIRST + 8)
    },
  },
  {
    name: 'save is refused where it expects a generation and nothing is stored',
    async check(scene) {
      await refuses(scene, scene.key(), FIRST, FIRST + 1, null)
      await refuses(scene, scene.key(), 0, 1, null)
    },
  },
  {
    name: 'generations are kept to the last digit, up to 2^53 - 1',
    async check(scene) {
      const key = scene.key()
      const last = Number.MAX_SAFE_INTEGER
      await saves(scene, key, 'one', null, last - 2)
      await refuses(scene, key, last - 3, last, 'one')
      await refuses(scene, key, last - 1, last, 'one')
      // As many as 32 bits can count.
      await refuses(scene, key, last - 2 - 2 ** 32, last, 'one')
      await saves(scene, key, 'two', last - 2, last)
    },
  },
  {
    name: 'of many first saves at once exactly one is written, and it says so',
    async check(scene) {
      await race(scene, scene.key(), null)
    },
  },
  {
    name: 'of many saves at once over one generation exactly one is written, and it says so',
    async check(scene) {
      const key = scene.key()
      await saves(scene, key, 'first', null, FIRST)
      await race(scene, key, FIRST)
    },
  },
  {
    name: 'clear removes only the generation that it expects',
    async check(scene) {
      const { made, promised } = scene
      const key = scene.key()
      await saves(scene, key, 'one', null, FIRST)
      await saves(scene, key, 'two', FIRST, FIRST + 1)
      for (const expected of [FIRST, FIRST + 2, 0]) {
        const when = `clear of generation ${expected} where ${FIRST + 1} is stored`
        promised.same(await promised.soon(made.clear(key, expected), when), false, when)
        await holds(scene, key, 'two', when)
      }
      const when = 'clear of the stored generation'
      promised.same(await promised.soon(made.clear(key, FIRST + 1), when), true, when)
      await holds(scene, key, null, when)
    },
  },
  {
    name: 'clear answers false where nothing is stored',
    async check({ made, promised, key }) {
      promised.same(await promised.soon(made.clear(key(), FIRST), 'clear'), false, 'clear of a new key')
    },
  },
  {
    name: 'what was cleared is as if it had never been there',
    async check(scene) {
      const key = scene.key()
      await saves(scene, key, 'one', null, FIRST)
      await scene.promised.soon(scene.made.clear(key, FIRST), 'clear')
      await refuses(scene, key, FIRST, FIRST + 1, null)
      await saves(scene, key, 'anew', null, FIRST + 1000)
      await refuses(scene, key, FIRST, FIRST + 1001, 'anew')
    },
  },
  {
    name: 'of a clear and a save at once over one generation exactly one happens',
    async check(scene) {
      const { made, promised } = scene
      for (let round = 0; round < CROWD; round++) {
        const key = scene.key()
        await saves(scene, key, 'one', null, FIRST)
        const both = [made.clear(key, FIRST), made.save(key, 'two', FIRST, FIRST + 1)]
        const [cleared, saved] = await promised.soon(Promise.all(both), 'clear and save at once')
        promised.same(Number(cleared) + Number(saved), 1, 'clear and save at once: how many of the two say that they did')
        await holds(scene, key, saved ? 'two' : null, `after that, with save saying ${saved}`)
      }
    },
  },
]

type Of = Scene<StoreCallbacks>

async function saves(scene: Of, key: string, text: string, expected: number | null, generation: number): Promise<void> {
  const when = `save over ${expected ?? 'nothing'}, which is what is stored`
  scene.promised.same(await scene.promised.soon(scene.made.save(key, text, expected, generation), when), true, when)
  await holds(scene, key, text, when)
}

async function refuses(scene: Of, key: string, expected: number | null, generation: number, stored: string | null): Promise<void> {
  const when = `save over ${expected ?? 'nothing'}, which is not what is stored`
  scene.promised.same(await scene.promised.soon(scene.made.save(key, 'refused', expected, generation), when), false, when)
  await holds(scene, key, stored, when)
}

async function holds({ made, promised }: Of, key: string, text: string | null, when: string): Promise<void> {
  promised.same(await promised.soon(made.load(key), `load after ${when}`), text, `load after ${when}`)
}

async function race(scene: Of, key: string, expected: number | null): Promise<void> {
  const { made, promised } = scene
  const crowd = Array.from({ length: CROWD }, (_, index) => made.save(key, `text ${index}`, expected, FIRST + 1 + index))
  const won = await promised.soon(Promise.all(crowd), `${CROWD} saves at once`)
  promised.same(won.filter(Boolean).length, 1, `${CROWD} saves at once: how many say that they wrote`)
  const winner = won.indexOf(true)
  await holds(scene, key, `text ${winner}`, `${CROWD} saves at once`)
  // And its generation is the one that counts.
  await saves(scene, key, 'next', FIRST + 1 + winner, FIRST + 100)
}
