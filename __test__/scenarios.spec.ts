// The scenarios of tests/scenarios/*.json, each played by the addon and by the WebAssembly build through the public API. tests/scenarios.rs has the core play
// the very same ones.
import { describe, expect, it } from 'vitest'
import { addon } from './scenarios/addon'
import { Play } from './scenarios/play'
import { themes } from './scenarios/script'
import { wasm } from './scenarios/wasm'

for (const build of [await addon(), await wasm()]) {
  if ('missing' in build) {
    const lack = `scenarios on ${build.name}. It is missing: ${build.missing}`
    // scripts/test.mjs has built it.
    const isRequired = process.env['TOKENKEEP_TEST_ADDON'] === 'required'
    if (!isRequired) console.warn(`NOT TESTED: ${lack}`)
    it.runIf(isRequired)(`${build.name} is there`, () => expect.unreachable(lack))
    continue
  }
  for (const [theme, { scenarios }] of themes()) {
    describe(`${build.name}, ${theme}`, () => {
      for (const scenario of scenarios) {
        const lacks = (scenario.needs ?? []).filter((need) => !build.has.has(need))
        if (lacks.length > 0) console.warn(`NOT TESTED: "${scenario.name}" needs ${lacks.join(', ')}, which ${build.name} has not`)
        it.skipIf(lacks.length > 0)(scenario.name, () => new Play(build, scenario).play(scenario.steps))
      }
    })
  }
}
