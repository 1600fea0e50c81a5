// What `npm test` takes for a proof.
import { describe, expect, it } from 'vitest'

interface Sum {
  passed: number
  failed: number
  skipped: number
}
interface Counts {
  ofCargo(output: string): Sum
  ofVitest(report: string | undefined): Sum
  ofRuntimes(output: string): Sum
  isProof(sum: Sum): boolean
  lineOf(sum: Sum): string
}

const SCRIPT = new URL('../scripts/counts.mjs', import.meta.url)
const { ofCargo, ofRuntimes, ofVitest, isProof, lineOf } = (await import(/* @vite-ignore */ SCRIPT.href)) as Counts

const cargo = (...sums: string[]) => sums.map((sum) => `running tests\n\ntest result: ${sum}; 0 measured; 3 filtered out\n`).join('')

describe('a step of npm test', () => {
  it.each<[what: string, sum: Sum, proves: boolean, line: string]>([
    ['of cargo is the sum of its binaries', ofCargo(cargo('ok. 3 passed; 0 failed; 1 ignored', 'ok. 2 passed; 0 failed; 0 ignored')), true, '5 passed, 1 skipped'],
    ['of cargo in which one failed has failed', ofCargo(cargo('ok. 3 passed; 0 failed; 0 ignored', 'FAILED. 2 passed; 1 failed; 0 ignored')), false, '5 passed, 1 failed'],
    ['of cargo in which no test ran has failed', ofCargo(cargo('ok. 0 passed; 0 failed; 0 ignored')), false, '0 tests ran'],
    ['of cargo that came to no result has failed', ofCargo('error: could not compile'), false, '0 tests ran'],
    ['of vitest says what was skipped', ofVitest('{"numPassedTests":7,"numFailedTests":0,"numPendingTests":2}'), true, '7 passed, 2 skipped'],
    ['of vitest in which all was skipped has failed', ofVitest('{"numPassedTests":0,"numFailedTests":0,"numPendingTests":2}'), false, '0 tests ran, 2 skipped'],
    ['of the runtimes says how many could not be had', ofRuntimes('a table\n78 passed, 0 failed, 1 of 3 runtimes NOT RUN\n'), true, '78 passed, 1 skipped'],
    ['of the runtimes in which a behaviour failed has failed', ofRuntimes('77 passed, 1 failed\n'), false, '77 passed, 1 failed'],
    ['of the runtimes that came to no result has failed', ofRuntimes('Error: no dist'), false, '0 passed, 1 failed'],
    ['of vitest that wrote no report has failed', ofVitest(undefined), false, '0 passed, 1 failed'],
  ])('%s', (_what, sum, proves, line) => {
    expect([isProof(sum), lineOf(sum)]).toEqual([proves, line])
  })
})
