// The files of tests/scenarios themselves: well formed, each about a rule, and no rule without one.
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { read, themes } from './scenarios/script'

const scenarios = [...themes().values()].flatMap(({ scenarios }) => scenarios)
const rules = read('rules.json') as Record<string, string>

describe('the scenarios', () => {
  const isWellFormed = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(read('schema.json') as object)

  for (const [name, theme] of themes()) {
    it(`are well formed: ${name}`, () => {
      isWellFormed(theme)
      expect(isWellFormed.errors ?? []).toEqual([])
    })
  }

  it('do not pass for well formed with a member that nobody reads', () => {
    const [theme] = themes().values()
    const [scenario] = theme!.scenarios
    const misspelt = { ...scenario!, steps: [{ do: 'getToken', token: 'A', aksed: ['login'] }] }
    expect(isWellFormed({ ...theme, scenarios: [misspelt] })).toBe(false)
    const undecided = { ...scenario!, steps: [{ do: 'getToken', token: 'A', error: 'NETWORK' }] }
    expect(isWellFormed({ ...theme, scenarios: [undecided] })).toBe(false)
  })

  it('are about every rule, and about no rule that there is not', () => {
    const covered = new Set(scenarios.map(({ rule }) => rule))
    expect(Object.keys(rules).filter((rule) => !covered.has(rule))).toEqual([])
    expect([...covered].filter((rule) => !(rule in rules))).toEqual([])
  })

  it('have names of their own', () => {
    const names = scenarios.map(({ name }) => name)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    expect(names.length).toBeGreaterThanOrEqual(60)
  })
})
