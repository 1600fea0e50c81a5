import type { StoreCallbacks } from '../../api'
import type { Clause } from './case'

/** Texts that something between us and a disk may not leave as they are. */
const TEXTS = {
  'a record': '{"version":1,"provider":"jsonLogin","account":"alice@example.com","generation":1767225600000}',
  quotes: `it's "quoted" and \`ticked\` and back\\slashed \\n \\u0000 \\\\`,
  placeholders: "$1 ? :name %s %d {0} ${x} '); DROP TABLE sessions; --",
  'letters of all kinds': 'Zoë, Здравствуйте, 你好, שלום, 👩‍🚀, e\u0301 and é',
  lines: 'one\ntwo\r\nthree\ttab\u2028end',
  'white space around it': '  {"a": 1}\n\n',
  'a word that means something': 'null',
  digits: '0123456789012345678901234567890.10',
  '100 KB': `{"token":"${'0123456789'.repeat(10_000)}"}`,
}

export const LOADING: Clause<StoreCallbacks>[] = [
  {
    name: 'load answers null where nothing was saved',
    async check({ made, promised, key }) {
      promised.same(await promised.soon(made.load(key()), 'load of a new key'), null, 'load of a new key')
    },
  },
  {
    name: 'load answers what was saved, to the letter, as soon as save has resolved',
    async check({ made, promised, key }) {
      let generation = 1_767_225_600_000
      for (const [what, text] of Object.entries(TEXTS)) {
        const own = key()
        await promised.soon(made.save(own, text, null, generation++), `save of ${what}`)
        promised.same(await promised.soon(made.load(own), `load of ${what}`), text, `load of ${what}`)
      }
    },
  },
  {
    name: 'keys do not touch one another',
    async check({ made, promised, key }) {
      const one = key()
      // Our longest, and one that begins with another.
      const keys = [one, `${one}0`, `${one}-`, key(), key().padEnd(64, '0')]
      for (const [index, own] of keys.entries()) {
        promised.same(await promised.soon(made.save(own, `text ${index}`, null, index + 1), 'save'), true, `save under ${own}`)
      }
      for (const [index, own] of keys.entries()) {
        promised.same(await promised.soon(made.load(own), 'load'), `text ${index}`, `load of ${own}`)
      }
      promised.same(await promised.soon(made.clear(one, 1), 'clear'), true, 'clear of one key')
      promised.same(await promised.soon(made.load(`${one}0`), 'load'), 'text 1', 'load of its neighbour after that')
    },
  },
]
