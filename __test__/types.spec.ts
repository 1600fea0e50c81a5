// The types that users get, by the compiler that they use.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync, mkdirSync, copyFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'
import ts from 'typescript'
import { afterAll, beforeAll, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
let project: string

/** A user's project that has the package installed (by a link to this folder). */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'tokenkeep-types-'))
  mkdirSync(join(project, 'node_modules', '@types'), { recursive: true })
  symlinkSync(root, join(project, 'node_modules', 'tokenkeep'))
  symlinkSync(join(root, 'node_modules', '@types', 'node'), join(project, 'node_modules', '@types', 'node'))
  symlinkSync(join(root, 'node_modules', 'undici-types'), join(project, 'node_modules', 'undici-types'))
  for (const name of ['old_bridge.ts', 'new_api.ts']) copyFileSync(join(root, '__test__', 'types', name), join(project, name))
})
afterAll(() => rmSync(project, { recursive: true, force: true }))

/**
 * What `tsc` does with these arguments in `folder`, but in this process, and without a check of what Node's and the language's own
 * types say of themselves: that takes most of the time and is not about us.
 */
function compile(folder: string, type: 'module' | 'commonjs', args: string[]): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'bridge', type }))
  const always = ['--strict', '--target', 'es2022', '--preserveSymlinks', '--outDir', join(folder, 'out')]
  const { options, fileNames, errors } = ts.parseCommandLine([...always, ...args])
  const host = { ...ts.createCompilerHost(options), getCurrentDirectory: () => folder }
  const program = ts.createProgram(fileNames.map((name) => join(folder, name)), options, host)
  const isOurs = ({ fileName }: ts.SourceFile) => !/node_modules\/(?!tokenkeep\/)/.test(fileName)
  const checked = program.getSourceFiles().filter((file) => isOurs(file) && !(options.skipLibCheck && file.isDeclarationFile))
  const found = [
    ...errors,
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...checked.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
    ...program.emit().diagnostics,
  ]
  if (found.length > 0) throw new Error(ts.formatDiagnostics(found, { ...host, getCanonicalFileName: (name) => name }))
}

const LIB = ['--lib', 'es2022']
const PROGRAMS = ['old_bridge.ts', 'new_api.ts']

it.each<['module' | 'commonjs', string[]]>([
  ['module', ['--module', 'esnext', '--moduleResolution', 'bundler', '--exactOptionalPropertyTypes', '--noEmit']],
  ['commonjs', ['--module', 'node16', '--noEmit']],
])('the old program and the new API compile, and what must not does not: %s %j', (type, options) => compile(project, type, [...LIB, ...options, ...PROGRAMS]))

it.each(['module', 'commonjs'] as const)('the integrations compile beside the libraries that they are for: %s', (type) => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenkeep-integrations-'))
  try {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules', 'tokenkeep'))
    for (const name of readdirSync(join(root, 'node_modules'))) symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
    copyFileSync(join(root, '__test__', 'types', 'using_the_token.ts'), join(folder, 'using_the_token.ts'))
    const types = ['--lib', 'es2022,esnext.disposable', '--skipLibCheck', '--esModuleInterop']
    compile(folder, type, [...types, '--module', 'nodenext', '--noEmit', 'using_the_token.ts'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)

it('no entry but its own knows the types of a library that is optional', () => {
  for (const entry of ['index', 'testing', 'fetch', 'undici', 'axios', 'fastify', 'redis']) {
    const imported = [...readFileSync(join(root, `${entry}.d.ts`), 'utf8').matchAll(/from '([^']+)'|import\('([^']+)'\)/g)].map(([, name]) => name)
    expect(imported.filter((name) => name !== entry)).toEqual([])
  }
})

/** The entries that have types of their own. */
const ENTRIES = readdirSync(root).filter((name) => name.endsWith('.d.ts') && name !== 'binding.d.ts')

/** What the type tests that import from `entry` say in code: a word in a comment, an import or beside another entry tests nothing of it. */
function testedOf(entry: string): string {
  const folder = join(root, '__test__', 'types')
  const from = entry === 'index.d.ts' ? 'tokenkeep' : `tokenkeep/${entry.replace('.d.ts', '')}`
  const printer = ts.createPrinter({ removeComments: true })
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test-d.ts'))
    .map((name) => ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.ES2022, true))
    .filter((file) => file.statements.some((statement) => ts.isImportDeclaration(statement) && (statement.moduleSpecifier as ts.StringLiteral).text === from))
    .flatMap((file) => file.statements.filter((statement) => !ts.isImportDeclaration(statement)).map((statement) => printer.printNode(ts.EmitHint.Unspecified, statement, file)))
    .join('\n')
}

const isListOfExports = (statement: ts.Statement): statement is ts.ExportDeclaration & { exportClause: ts.NamedExports } =>
  ts.isExportDeclaration(statement) && statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)

const isNamed = (statement: ts.Statement) =>
  ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) || ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)

it.each(ENTRIES)('every name of %s, and every option, is in a type test', (entry) => {
  const tested = testedOf(entry)
  const { statements } = ts.createSourceFile(entry, readFileSync(join(root, entry), 'utf8'), ts.ScriptTarget.ES2022, true)
  // The build declares first, and says at the end what of it is exported.
  const exported = new Set(statements.flatMap((each) => (isListOfExports(each) ? each.exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text) : [])))
  const seen = new Set<string>()
  const missing: string[] = []
  const miss = (name: string) => !new RegExp(`\\b${name}\\b`).test(tested) && missing.push(name)
  for (const statement of statements) {
    for (const { name } of ts.isVariableStatement(statement) ? statement.declarationList.declarations : isNamed(statement) ? [statement] : []) {
      if (name === undefined || !exported.has(name.getText())) continue
      seen.add(name.getText())
      miss(name.getText())
      if (ts.isInterfaceDeclaration(statement)) statement.members.forEach(({ name }) => name && ts.isIdentifier(name) && miss(name.text))
    }
  }
  expect(statements.some(ts.isExportDeclaration), 'the build says so in another way by now').toBe(true)
  expect([...exported].filter((name) => !seen.has(name)), 'exported, and not found').toEqual([])
  expect(missing, 'in none of __test__/types/*.test-d.ts').toEqual([])
})

it('the committed types are those that the build has written', () => {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' })
  const types = ['--', ':(glob)*.d.ts', ':(glob)*.d.mts']
  const changed = git('diff', 'HEAD', '--name-only', ...types) + git('ls-files', '--others', '--exclude-standard', ...types)
  if (changed === '') return
  const what = changed.trim().split('\n').join(', ')
  throw new Error(`the build has written ${what} anew, because what lib/ exports has changed: if that is meant, commit it with the sources (git add '*.d.ts' '*.d.mts')`)
})

it.each(['module', 'commonjs'] as const)('code written for the old class compiles and runs unchanged as %s', async (type) => {
  await using server = await startBaserow()
  compile(project, type, [...LIB, '--module', 'nodenext', ...PROGRAMS])
  const env = {
    ...process.env,
    BASEROW_URL: server.baseUrl,
    BASEROW_USER_EMAIL: DEFAULT_USER.email,
    BASEROW_USER_PASSWORD: DEFAULT_USER.password,
  }
  const child = spawn(process.execPath, ['--preserve-symlinks', '--preserve-symlinks-main', join('out', 'old_bridge.js')], { cwd: project, env })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  await new Promise((resolve) => child.on('close', resolve))
  expect(output.trim().split('\n')).toEqual([
    'enabled true true',
    expect.stringMatching(/^info true logged in/),
    'tables 200',
    'disabled true',
    'caught BaserowAuthError 503 BASEROW_USER_AUTH_NOT_CONFIGURED: set BASEROW_USER_EMAIL and BASEROW_USER_PASSWORD to enable metadata endpoints',
    expect.stringMatching(/^warn BRIDGE_BASEROW_AUTH_FAILED: login returned 401/),
    'caught 401 BRIDGE_BASEROW_AUTH_FAILED: login returned 401',
    'stub stubbed 418',
  ])
})
