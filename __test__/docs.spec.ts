// What the pages show is what happens: each block of code is run, its output compared, and what cannot be run is checked otherwise.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { TokenError } from 'tokenkeep'
import type { TokenErrorCode } from 'tokenkeep'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compiled } from './docs/compiled'
import { FAILURES } from './docs/failures'
import { NOT_RUN } from './docs/not_run'
import type { Block } from './docs/pages'
import { PAGES, ROOT, isPossible, readPage } from './docs/pages'
import { Reader } from './docs/reader'
import { STAGES } from './docs/stages'
import { steady } from './docs/steady'

const pages = PAGES.map(readPage)
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')
const nameOf = ({ page, anchor, language, line }: Block) => `${page}#${anchor} (${language}, line ${line})`

/** Why it is not run, and what is checked instead. */
const exception = (block: Block) => NOT_RUN.find(({ page, language, anchor }) => page === block.page && language === block.language && anchor === block.anchor)

/** What happens to a block of each language. */
const KINDS: Record<string, (reader: Reader, block: Block) => Promise<void>> = {
  js: runs,
  ts: runs,
  sh: async (reader, { code }) => {
    const { code: exit, output } = await reader.script(code)
    expect(exit === 0 ? 'done' : `exit code ${exit}: ${output}`).toBe('done')
  },
  console: async (reader, { code }) => {
    for (const { command, shown, said } of await reader.session(code)) expect(`$ ${command}\n${steady(said)}`).toBe(`$ ${command}\n${steady(shown)}`)
  },
  json: async (reader, { code, file }) => {
    const { kind } = JSON.parse(code) as { kind?: string }
    if (kind === undefined) return
    // A provider's file, its variables set to anything.
    const names = [...code.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => `${name}=anything`)
    const { output } = await reader.script(`env ${names.join(' ')} TOKENKEEP_PROVIDER=${file} tokenkeep status --json || test $? -eq 5`)
    expect(JSON.parse(output)).toMatchObject({ state: 'empty' })
  },
}

async function runs(reader: Reader, block: Block): Promise<void> {
  const { code: exit, output } = await reader.run(block)
  if (block.output === undefined) expect(exit === 0 ? 'done' : `exit code ${exit}: ${output}`).toBe('done')
  else expect(steady(output)).toBe(steady(block.output))
}

/** The messages in docs/errors.md, each of which is provoked below. */
const MESSAGES = pages.find(({ name }) => name === 'docs/errors.md')!.blocks.filter(({ language }) => language === 'text')

describe.each(pages.map(({ name, blocks }) => ({ name, blocks: blocks.filter((block) => !MESSAGES.includes(block)) })).filter(({ blocks }) => blocks.length > 0))('$name', ({ blocks }) => {
  let reader: Reader
  beforeAll(async () => void (reader = await Reader.start()))
  afterAll(() => reader[Symbol.asyncDispose]())

  for (const block of blocks) {
    const not = exception(block)
    if (not) it(`${nameOf(block)} is not run, because ${not.because}: ${not.instead}`, () => not.check(block))
    else if (!isPossible(block)) it.skip(`${nameOf(block)} is not run: dist/${block.needs} was not built`)
    else
      it(nameOf(block), async () => {
        if (block.file !== undefined) reader.save(block.file, block.code)
        if (block.file !== undefined && block.language !== 'json') return
        const kind = KINDS[block.language]
        if (!kind) throw new Error(`nobody runs a block of the language "${block.language}": give it one of ${Object.keys(KINDS).join(', ')}, or say in __test__/docs/not_run.ts why it cannot be run and what is checked instead`)
        const stage = block.stage === undefined ? undefined : STAGES[block.stage]
        if (block.stage !== undefined && !stage) throw new Error(`there is no stage "${block.stage}" in __test__/docs/stages.ts`)
        const clear = await stage?.(reader)
        await kind(reader, block).finally(clear)
      })
  }
})

it('whatever is said not to be run is there', () => {
  const all = pages.flatMap(({ blocks }) => blocks)
  expect(NOT_RUN.filter((not) => !all.some((block) => exception(block) === not))).toEqual([])
})

it('the code of all pages compiles', () => {
  const blocks = pages.flatMap((page) => page.blocks).filter((block) => /^[jt]s$/.test(block.language) && isPossible(block))
  expect(compiled(blocks)).toEqual([])
}, 120_000)

describe('links', () => {
  it.each([...PAGES, 'CHANGELOG.md', 'tests/scenarios/README.md', ...['agents', 'baserow-bridge', 'chat-relay', 'oauth-runner', 'rate-limited-sdk'].map((name) => `examples/${name}/README.md`)])(
    'of %s lead somewhere',
    (name) => {
      const broken = readPage(name).links.filter((link) => {
        if (/^https?:/.test(link)) return false
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? name : relative(ROOT, join(ROOT, dirname(name), path))
        if (!existsSync(join(ROOT, target))) return true
        return anchor !== undefined && !readPage(target).anchors.includes(anchor)
      })
      expect(broken).toEqual([])
    },
  )

  it('lead from the README to every page', () => {
    const linked = readPage('README.md').links.map((link) => link.split('#')[0])
    expect(PAGES.filter((name) => name !== 'README.md' && !linked.includes(name))).toEqual([])
  })
})

describe('docs/errors.md', () => {
  const codes = /TokenErrorCode =([^]+?)\n\n/.exec(read('lib/errors.ts'))![1]!.match(/(?<=')\w+(?=')/g) as TokenErrorCode[]
  const sections = new Map(read('docs/errors.md').split(/^## /m).slice(1).map((section) => [/^\w+/.exec(section)![0], section]))

  it('has a heading for each code, and the README a row, with the right status', () => {
    const rows = [...read('README.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code as TokenErrorCode)
    expect([...sections.keys()].sort()).toEqual([...codes].sort())
    expect(rows.sort()).toEqual([...codes].sort())
    for (const [, code, status] of read('README.md').matchAll(/^\| `([A-Z_]+)` \| (\d{3}) \|/gm)) {
      expect(new TokenError({ code: code as TokenErrorCode, message: '' }).statusCode).toBe(Number(status))
    }
  })

  it.each(codes)('says of %s what happened and what to do', (code) => {
    const section = sections.get(code)!
    expect(section).toMatch(/^\*\*What happened\*\* /m)
    expect(section).toMatch(/^\*\*What to do\*\* /m)
    const { statusCode, retryable } = new TokenError({ code, message: '', ...(code === 'STORE' ? { statusCode: 503 } : undefined) })
    const [first] = section.split('\n').slice(1)
    // The two whose status is whatever the server answered.
    if (code !== 'UNEXPECTED_STATUS' && code !== 'SERVER_ERROR') expect(first).toContain(String(statusCode))
    expect(first!.includes('Retryable')).toBe(retryable)
  })

  it('shows every message that is provoked, in the same order', () => {
    expect(MESSAGES.map(({ anchor }) => anchor.toUpperCase())).toEqual(FAILURES.map(({ code }) => code))
  })

  it.each(FAILURES.map((failure, index) => ({ ...failure, index })))('shows the message of $code when $when', async ({ code, index, provoke }) => {
    const error = await provoke().then(
      () => 'there was no error',
      (thrown: unknown) => thrown as TokenError,
    )
    expect(error).toBeInstanceOf(TokenError)
    const { message, code: given } = error as TokenError
    expect(given).toBe(code)
    expect(steady(message.replaceAll(ROOT.slice(0, -1), '/srv/tokens'))).toBe(steady(MESSAGES[index]!.code))
  })
})

describe('docs/design.md', () => {
  const rules = read('docs/design.md').split(/^### /m).slice(1).map((section) => ({ rule: section.split('\n')[0]!, section }))

  it.each(rules)('says who keeps the rule "$rule", and which test proves it', ({ section }) => {
    const [, keepers, proofs] = /^Kept by ([^]*?)\. Proof: ([^]*?)\.\n/m.exec(section)!
    for (const [, file] of keepers!.matchAll(/`([^`]+)`/g)) expect(existsSync(join(ROOT, file!)), file).toBe(true)
    const named = [...proofs!.matchAll(/`([^`]+)`,\s+`([^`]+)`/g)]
    expect(named.length).toBeGreaterThan(0)
    for (const [, file, test] of named) expect(read(file!)).toContain(test)
  })
})

describe('README.md', () => {
  it('names options that there are', () => {
    const types = read('index.d.ts')
    for (const [, cell] of read('README.md').split('| method |')[0]!.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)) {
      for (const [, option] of cell!.matchAll(/`(\w+)`/g)) expect(types).toMatch(new RegExp(`\\b${option}\\??:`))
    }
  })

  const programOf = (name: string) => readPage('README.md').blocks.find(({ language, code }) => language === 'js' && code.includes(name))!

  it('has a program with a store that says store the second time', async () => {
    await using reader = await Reader.start()
    const first = await reader.run(programOf('fileStore()'))
    const second = await reader.run(programOf('fileStore()'))
    expect(second.output).toBe(first.output.replace('login', 'store'))
    expect(reader.tokens.counters.loginRequests).toBe(1)
  })

  it('has a program with a login of its own that says what is wrong with its key', async () => {
    await using reader = await Reader.start()
    expect((await reader.run(programOf('custom('))).output).toBe('true login\n')
    const { output } = await reader.run(programOf('custom('), { API_KEY: 'another' })
    expect(output).toContain('login threw (the key was refused) for relay at custom()')
  })
})
