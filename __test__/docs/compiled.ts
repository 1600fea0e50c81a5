// The code of the pages as a compiler sees it: an option that there is not, a name that nobody exports.
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import type { Block } from './pages'
import { ROOT } from './pages'
import { framed, install } from './reader'

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  // Pages are not burdened with types for the sake of a check.
  noImplicitAny: false,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  allowJs: true,
  checkJs: true,
  noEmit: true,
  skipLibCheck: true,
}

/** An export or an option that there is not. For the rest of its types a program in JavaScript answers by running. */
const OF_JAVASCRIPT = new Set([2305, 2307, 2353, 2551, 2561, 2724])

/** A variable that a page reads is taken for being set. */
const variables = (code: string) => [...new Set(code.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g))].map((name) => `${name}: string`).join('; ')

/** What is wrong with the blocks, each with its page and line. */
export function compiled(blocks: Block[]): string[] {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tokenkeep-compiled-')))
  try {
    install(folder)
    const modules = new Map(blocks.map((block, index) => [join(folder, `${index}.${block.language === 'ts' ? 'mts' : 'mjs'}`), block]))
    const texts = new Map([...modules].map(([name, block]) => [name, `${framed(block)}\nexport {}\n`]))
    texts.set(join(folder, 'environment.d.ts'), `declare namespace NodeJS { interface ProcessEnv { ${variables([...texts.values()].join('\n'))} } }`)
    texts.set(join(folder, 'pg.d.ts'), readFileSync(join(ROOT, '__test__', 'docs', 'frames', 'pg.frame'), 'utf8'))
    const host = ts.createCompilerHost(OPTIONS)
    const program = ts.createProgram([...texts.keys()], OPTIONS, {
      ...host,
      getCurrentDirectory: () => folder,
      fileExists: (name) => texts.has(name) || host.fileExists(name),
      readFile: (name) => texts.get(name) ?? host.readFile(name),
      getSourceFile: (name, target) => (texts.has(name) ? ts.createSourceFile(name, texts.get(name)!, target) : host.getSourceFile(name, target)),
    })
    return [...modules].flatMap(([name, { page, line, language }]) => {
      const file = program.getSourceFile(name)!
      const all = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      const found = language === 'ts' ? all : all.filter(({ code }) => OF_JAVASCRIPT.has(code))
      return found.map(({ messageText, start = 0 }) => {
        const within = file.getLineAndCharacterOfPosition(start).line + 1
        return `${page}:${line}+${within}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
      })
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
