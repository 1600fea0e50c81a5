// What is in the pages: headings, links, blocks of code. The part of Markdown that they use, and no more.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A fenced block. Behind its language stand words for the tests, which no reader sees: `js in:FRAME`, `console when:STAGE`, `json file:NAME`. */
export interface Block {
  page: string
  line: number
  /** The anchor of the heading that it stands below. */
  anchor: string
  language: string
  /** Puts this fragment into a frame of `__test__/docs/frames`. */
  frame: string | undefined
  /** A build that it needs, as `wasm` is `dist/wasm`: not run where that was not made. */
  needs: string | undefined
  /** What has happened before: one of `stages.ts`. */
  stage: string | undefined
  /** Saves it under this name, in the folder in which the page's commands run. */
  file: string | undefined
  code: string
  /** What stands below a program as its output. */
  output: string | undefined
}

/** Is there what it needs? */
export const isPossible = ({ needs }: Block) => needs === undefined || existsSync(join(ROOT, 'dist', needs))

export interface Page {
  name: string
  anchors: string[]
  links: string[]
  blocks: Block[]
}

export function readPage(name: string): Page {
  const page: Page = { name, anchors: [], links: [], blocks: [] }
  const lines = readFileSync(join(ROOT, name), 'utf8').split('\n')
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!
    const fence = /^(`{3,})(.*)$/.exec(line)
    if (fence) {
      const end = lines.indexOf(fence[1]!, index + 1)
      if (end < 0) throw new Error(`${name}:${index + 1}: the block never ends`)
      addBlock(page, index + 1, fence[2]!, `${lines.slice(index + 1, end).join('\n')}\n`, lines.slice(0, index))
      index = end
      continue
    }
    const heading = /^#{1,6} (.*)$/.exec(line)
    if (heading) page.anchors.push(anchorOf(heading[1]!, page.anchors))
    const prose = line.replace(/`[^`]*`/g, (code) => code.replaceAll('[', ' '))
    for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) page.links.push(target!)
  }
  return page
}

function addBlock(page: Page, line: number, info: string, code: string, before: string[]): void {
  const [language = '', ...words] = info.split(' ')
  const word = (name: string) => words.find((each) => each.startsWith(`${name}:`))?.slice(name.length + 1)
  const last = page.blocks.at(-1)
  // The output of a program stands right below it.
  const isBelow = before.slice(0, -1).at(-1) === '```' && before.at(-1) === ''
  if (language === 'text' && isBelow && last && /^(js|ts)$/.test(last.language)) {
    last.output = code
    return
  }
  page.blocks.push({ page: page.name, line, anchor: page.anchors.at(-1) ?? '', language, frame: word('in'), needs: word('needs'), stage: word('when'), file: word('file'), code, output: undefined })
}

/** GitHub's: lower case, without punctuation, with hyphens, and a number where it comes a second time. */
function anchorOf(heading: string, taken: string[]): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
  const anchor = text.toLowerCase().replace(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '').replaceAll(' ', '-')
  const again = taken.filter((each) => each.replace(/-\d+$/, '') === anchor).length
  return again === 0 ? anchor : `${anchor}-${again}`
}

/** The pages that users read. */
export const PAGES = ['README.md', ...readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`)]
