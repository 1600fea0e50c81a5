// Somebody who follows a page: a home folder, a shell, a folder with the package installed, and servers in the place of their own.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { BaserowServer, TokenServer } from 'tokenkeep/testing'
import { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer } from 'tokenkeep/testing'
import ts from 'typescript'
import { freePort } from '../free_port'
import type { Block } from './pages'
import { ROOT } from './pages'

const BIN = join(ROOT, '__test__', 'docs', 'bin')
const KILLED_AFTER_MS = 60_000
const PASSWORD = 'the-password-of-all'
/** Separates what one command has printed from the next. */
const END = '\u001e'

/** Whatever is set on the host must not decide what a page shows. */
const OURS_TO_SET = /^(NODE_|VITE|TOKENKEEP_|BASEROW_|XDG_|NO_COLOR|FORCE_COLOR)|_proxy$/i

export interface Ran {
  code: number | null
  output: string
}

export class Reader {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'tokenkeep-docs-')))
  readonly #home = join(this.folder, 'home', 'alice')
  #programs = 0

  private constructor(
    readonly baserow: BaserowServer,
    readonly tokens: TokenServer,
    readonly port: number,
  ) {
    install(this.#home)
    // What a page's reader has beside the page.
    this.save('nightly-job.sh', '#!/bin/sh\ntest -n "$TOKENKEEP_TOKEN"\n')
    chmodSync(join(this.#home, 'nightly-job.sh'), 0o755)
  }

  static async start(): Promise<Reader> {
    const users = ['alice', 'ann', 'bob', 'cleo', 'alice@example.com'].map((username) => ({ username, password: PASSWORD }))
    return new Reader(await startBaserow(), await startTokenServer({ keys: [DEFAULT_KEY], users }), await freePort())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.baserow.close(), this.tokens.close()])
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** What a page takes from the environment, by the names that pages give it. */
  get #own(): Record<string, string> {
    return {
      BASEROW_URL: this.baserow.url,
      BASEROW_USER_EMAIL: DEFAULT_USER.email,
      BASEROW_USER_PASSWORD: DEFAULT_USER.password,
      LOGIN_URL: this.tokens.loginUrl,
      REFRESH_URL: this.tokens.refreshUrl,
      TOKEN_URL: this.tokens.tokenUrl,
      REVOCATION_URL: this.tokens.revocationUrl,
      API_URL: this.tokens.apiUrl,
      API_KEY: DEFAULT_KEY,
      CLIENT_SECRET: DEFAULT_KEY,
      PASSWORD,
    }
  }

  get folderOfSessions(): string {
    return join(this.#home, '.cache', 'tokenkeep')
  }

  get #env(): Record<string, string> {
    const inherited = Object.entries(process.env).filter(([name]) => !OURS_TO_SET.test(name)) as [string, string][]
    const path = [BIN, dirname(process.execPath), process.env['PATH']].join(delimiter)
    return { ...Object.fromEntries(inherited), ...this.#own, HOME: this.#home, PATH: path, NPM_MANIFEST: join(ROOT, 'package.json') }
  }

  /** The reader's own servers and secrets in the place of those that a page makes up. */
  #filledIn(code: string): string {
    const own = this.#own
    return code
      .replaceAll('https://baserow.example.com', this.baserow.url)
      .replace(/https:\/\/(?:api|auth)\.example\.com/g, this.tokens.url)
      // A page's port may be taken on this machine.
      .replace(/\b(?:9400|9090)\b/g, String(this.port))
      .replace(/\b([A-Z_]+)=…/g, (all, name: string) => (own[name] === undefined ? all : `${name}='${own[name]!.replaceAll("'", String.raw`'\\''`)}'`))
  }

  save(name: string, code: string): void {
    writeFileSync(join(this.#home, name), this.#filledIn(code))
  }

  /** Leaves the package without its addon, for the rest of the page. */
  uninstallAddon(): void {
    const installed = join(this.#home, 'node_modules', 'tokenkeep')
    rmSync(installed)
    mkdirSync(installed)
    for (const name of ['package.json', 'binding.js', 'dist']) cpSync(join(ROOT, name), join(installed, name), { recursive: true })
  }

  /** Runs a program, or a fragment in its frame. */
  run(block: Pick<Block, 'language' | 'code' | 'frame'>, env: Record<string, string> = {}): Promise<Ran> {
    const name = `program-${++this.#programs}.mjs`
    this.save(name, scriptOf(block.language, framed(block)))
    return this.#bash(`exec node ${name} 2>&1`, env)
  }

  /** Runs the commands of a block as one script: the first that fails ends it. */
  async script(code: string): Promise<Ran> {
    return this.#bash(`exec 2>&1; set -e; ${this.#kept}\n${this.#filledIn(code)}`)
  }

  /** Runs the commands of a session, each with the answer that it shows; resolves to what it really says. */
  async session(code: string): Promise<{ command: string; shown: string; said: string }[]> {
    const parts = code.split(/^\$ /m).slice(1)
    const commands = parts.map((part) => {
      const lines = part.split('\n')
      let length = 1
      while (/\\$|<<'?EOF/.test(lines.slice(0, length).join('\n')) && !isWhole(lines.slice(0, length))) length++
      return { command: lines.slice(0, length).join('\n'), shown: lines.slice(length).join('\n') }
    })
    // Ctrl-C comes when everything above it has been said.
    const lines = ({ shown }: { shown: string }) => (shown.includes('^C') ? `export WATCH_LINES=${shown.split('^C')[0]!.split('\n').length - 1}\n` : '')
    const script = commands.map((each) => `${lines(each)}${this.#filledIn(each.command)}\nprintf '${END}'`)
    const { output } = await this.#bash(`exec 2>&1; ${this.#kept}\n${script.join('\n')}`)
    const said = output.split(END)
    return commands.map(({ command, shown }, index) => ({ command, shown: shown.replace('^C', ''), said: said[index] ?? 'it did not come so far' }))
  }

  /** Starts a command that goes on while others run. */
  aside(command: string): ChildProcess {
    return spawn('bash', ['-c', `exec ${this.#filledIn(command)}`], { cwd: this.#home, env: { ...this.#env, WATCH_LINES: '9' }, stdio: ['ignore', 'pipe', 'inherit'] })
  }

  /** What one block exports is there in the next. */
  get #kept(): string {
    const state = join(this.folder, 'exported')
    const before = existsSync(state) ? `. '${state}';` : ''
    return `${before} trap "export -p | grep -v ' PWD=' > '${state}'" EXIT;`
  }

  #bash(script: string, env: Record<string, string> = {}): Promise<Ran> {
    const child = spawn('bash', ['-c', script], {
      cwd: this.#home,
      env: { ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: KILLED_AFTER_MS,
      killSignal: 'SIGKILL',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve({ code, output: output.replaceAll(this.#home, '/home/alice') }))
    })
  }
}

function isWhole(lines: string[]): boolean {
  const last = lines.at(-1)!
  const inline = /<<'?EOF/.test(lines[0]!)
  return inline ? last === 'EOF' : !last.endsWith('\\')
}

/** A fragment has what its frame declares around it. */
export function framed({ code, frame }: Pick<Block, 'code' | 'frame'>): string {
  if (frame === undefined) return code
  const around = readFileSync(join(ROOT, '__test__', 'docs', 'frames', `${frame}.frame`), 'utf8')
  if (!around.includes('// the fragment\n')) throw new Error(`the frame ${frame} has no line "// the fragment"`)
  return around.replace('// the fragment\n', () => code)
}

function scriptOf(language: string, code: string): string {
  if (language !== 'ts') return code
  return ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } }).outputText
}

/** A project of a user's, with the package and everything that it is used with. */
export function install(folder: string): void {
  const installed = join(folder, 'node_modules')
  mkdirSync(installed, { recursive: true })
  symlinkSync(ROOT, join(installed, 'tokenkeep'))
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (!name.startsWith('.') && name !== 'tokenkeep') symlinkSync(join(ROOT, 'node_modules', name), join(installed, name))
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "service", "type": "module" }')
}
