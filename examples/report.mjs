// One line a check, and a sentence at the end. The tests read these lines: a title is the name of a promise.
const WIDTH = 32

let failed = 0
let passed = 0

export function heading(text) {
  console.log(`${text}\n`)
}

/** `run` answers what to say about a promise that is kept (or `{ ok, says }`), and throws when it is broken. */
export async function check(title, run) {
  if (title.length > WIDTH) throw new Error(`too long for its column: ${title}`)
  const answer = await run().catch((error) => ({ ok: false, says: String(error) }))
  const { ok, says } = typeof answer === 'string' ? { ok: true, says: answer } : answer
  const [first, ...more] = says.split('\n')
  console.log(`${ok ? '✓' : '✗'} ${title.padEnd(WIDTH)} ${first}`)
  for (const line of more) console.log(`${' '.repeat(WIDTH + 3)}${line}`)
  if (ok) passed++
  else failed++
}

export function finish() {
  if (failed === 0) console.log(`\nThe demo is over: all ${passed} of its lines did what they say.`)
  else console.log(`\nThe demo is over: ${failed} of its ${passed + failed} lines did not do what they say.`)
  process.exitCode = failed === 0 ? 0 : 1
}
