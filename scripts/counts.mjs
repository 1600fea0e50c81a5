// How many tests a step has run, by what its runner says of them.

/** What `cargo test` printed, of all its binaries together. */
export function ofCargo(output) {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  for (const [, good, bad, ignored] of output.matchAll(/^test result: .*? (\d+) passed; (\d+) failed; (\d+) ignored/gm)) {
    sum.passed += Number(good)
    sum.failed += Number(bad)
    sum.skipped += Number(ignored)
  }
  return sum
}

/** The text of vitest's JSON report; undefined where there is none. */
export function ofVitest(report) {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(report)
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** What `scripts/runtimes.mjs` printed: a runtime that could not be had is one skipped. */
export function ofRuntimes(output) {
  const [, passed, failed, notRun = 0] = /^(\d+) passed, (\d+) failed(?:, (\d+) of \d+ runtimes NOT RUN)?$/m.exec(output) ?? [, 0, 1]
  return { passed: Number(passed), failed: Number(failed), skipped: Number(notRun) }
}

/** Nothing failed, and there was something that could have: a filter that fits no test proves nothing. */
export function isProof({ passed, failed }) {
  return failed === 0 && passed > 0
}

/** For the line of the step: what was skipped is said, too. */
export function lineOf({ passed, failed, skipped }) {
  if (passed + failed === 0) return `0 tests ran${skipped > 0 ? `, ${skipped} skipped` : ''}`
  return [`${passed} passed`, ...(failed > 0 ? [`${failed} failed`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ')
}
