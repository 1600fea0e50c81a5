// One line a check, and a sentence at the end.
let failed = 0
let passed = 0

export function heading(text) {
  console.log(`${text}\n`)
}

export async function check(title, run) {
  const { ok, says } = await run().catch((error) => ({ ok: false, says: String(error) }))
  const [first, ...more] = says.split('\n')
  console.log(`${ok ? '✓' : '✗'} ${title.padEnd(30)} ${first}`)
  for (const line of more) console.log(`${' '.repeat(33)}${line}`)
  if (ok) passed++
  else failed++
}

export function finish() {
  if (failed === 0) console.log(`\nThe demo is over: all ${passed} of its lines did what they say.`)
  else console.log(`\nThe demo is over: ${failed} of its ${passed + failed} lines did not do what they say.`)
  process.exitCode = failed === 0 ? 0 : 1
}
