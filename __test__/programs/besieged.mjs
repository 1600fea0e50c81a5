// Asks for a token at every line that it is told, and says what came of it and by how much its memory had to grow for that:
// the peak of the process, so that nothing which came and went is missed. Its first argument: which carrier.
import { createInterface } from 'node:readline'
import { createBaserowJwtManager } from '../../dist/index.mjs'
import { account } from './account.mjs'

const peak = () => process.resourceUsage().maxRSS
let unhandled = 0
process.on('unhandledRejection', () => unhandled++)
// Whoever uses fetch has paid for it before.
const fetch = process.argv[2] === 'fetch' ? globalThis.fetch : undefined
const ask = (timeoutMs) => {
  const manager = createBaserowJwtManager({ ...account, timeoutMs, ...(fetch && { fetch }) })
  const asked = manager.getToken().then(
    () => 'token',
    ({ code }) => code,
  )
  return asked.finally(() => manager.close())
}

// What code and heap need anyway, and what a loopback takes for good.
for (let round = 0; round < 5; round++) await ask(15_000)
let before = peak()
console.log('ready')
for await (const line of createInterface({ input: process.stdin })) {
  const { timeoutMs, times } = JSON.parse(line)
  const codes = []
  let longestMs = 0
  for (let time = 0; time < times; time++) {
    const started = performance.now()
    codes.push(await ask(timeoutMs))
    longestMs = Math.max(longestMs, Math.round(performance.now() - started))
  }
  const now = peak()
  console.log(JSON.stringify({ codes, longestMs, grownKb: now - before, unhandled }))
  before = now
}
