// What came of it, as a table in Markdown, and whatever has to be said besides.

/** Counts and words of one row. */
function outcome({ verdicts, missing }) {
  if (missing !== undefined) return `NOT RUN: ${missing}`
  const failed = verdicts.filter(({ ok }) => !ok).length
  return failed === 0 ? `${verdicts.length} passed` : `${verdicts.length - failed} passed, ${failed} FAILED`
}

export function table(results) {
  const rows = results.map(({ runtime, build, ...result }) => `| ${runtime} | ${build} | ${outcome(result)} |`)
  return ['| runtime | build | behaviours |', '| --- | --- | --- |', ...rows].join('\n')
}

export function failures(results) {
  const failed = results.flatMap(({ runtime, build, verdicts = [] }) => verdicts.filter(({ ok }) => !ok).map(({ name, why }) => ({ runtime, build, name, why })))
  return failed.map(({ runtime, build, name, why }) => `✗ ${runtime}, ${build}: ${name}\n${why.replace(/^/gm, '    ')}`).join('\n\n')
}

export function totals(results) {
  const all = results.flatMap(({ verdicts = [] }) => verdicts)
  const passed = all.filter(({ ok }) => ok).length
  return { passed, failed: all.length - passed, notRun: results.filter(({ missing }) => missing !== undefined).length }
}
