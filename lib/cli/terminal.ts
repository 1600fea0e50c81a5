import { styleText } from 'node:util'
import type { Logger } from '../api'
import { TokenError } from '../errors'
import type { Env } from '../environment/variables'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** What of a stream is used here. */
export interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** Told wrongly how to run: exit code 2. */
export class UsageError extends Error {
  readonly usage: string

  constructor(message: string, usage: string) {
    super(message)
    this.usage = usage
  }
}

/** A failure is first logged and then reported, within less than this; nobody wants to read it twice. */
const HELD_MS = 500

/** Where a command writes: results to stdout, everything else to stderr; for people, or as JSON. */
export class Terminal {
  readonly json: boolean
  readonly logger: Logger
  readonly #out: Output
  readonly #err: Output
  readonly #plain: boolean
  /** Warnings that may turn out to be the error that a command ends with. */
  #held: { message: string; line: string }[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(streams: { out: Output; err: Output; env: Env; json: boolean; verbose: boolean }) {
    this.#out = streams.out
    this.#err = streams.err
    this.json = streams.json
    // no-color.org: any value but the empty one
    this.#plain = streams.json || !!streams.env.NO_COLOR || streams.env.TERM === 'dumb'
    const quiet = () => {}
    const line = (level: string, style: Style) => (fields: object, message?: string) => this.#log(level, style, fields, message)
    this.logger = {
      debug: quiet,
      info: streams.verbose ? line('info', 'dim') : quiet,
      warn: line('warn', 'yellow'),
      error: line('error', 'red'),
      // Everybody knows whose lines these are.
      child: () => this.logger,
    }
  }

  /** A result: `human` for people, `data` for programs. */
  say(human: string, data: object): void {
    this.flush()
    this.#out.write(`${this.json ? JSON.stringify(data) : this.#isColoured(this.#out) ? harmless(human, OTHER_THAN_COLOURS) : harmless(human)}\n`)
  }

  /** Something that went wrong, and is not the end. */
  warn(human: string, data: { message: string }): void {
    this.flush(data.message)
    this.#err.write(`${this.json ? JSON.stringify(data) : this.#paint(this.#err, 'yellow', harmless(human))}\n`)
  }

  /** A remark beside the result. */
  note(message: string): void {
    this.flush()
    if (!this.json) this.#err.write(`${this.#paint(this.#err, 'dim', harmless(message))}\n`)
  }

  /** An error. Answers the exit code that it stands for. */
  fail(error: unknown): number {
    const { code, message, statusCode } = describe(error)
    this.flush(message)
    if (this.json) this.#err.write(`${JSON.stringify({ error: { code, message, statusCode } })}\n`)
    else this.#err.write(`${this.#paint(this.#err, 'red', 'tokenkeep:')} ${harmless(message)}\n`)
    if (!(error instanceof UsageError)) return 1
    if (!this.json) this.#err.write(`usage: ${error.usage}\n`)
    return 2
  }

  /** Writes what was held back, but for what is about to be said anyway. */
  flush(about?: string): void {
    clearTimeout(this.#timer)
    for (const { message, line } of this.#held) if (about === undefined || !message.startsWith(about)) this.#err.write(line)
    this.#held = []
  }

  paint(style: Style, text: string): string {
    return this.#paint(this.#out, style, text)
  }

  #paint(stream: Output, style: Style, text: string): string {
    if (!this.#isColoured(stream)) return text
    // Newer Nodes ask the environment again and know only one stream; we have decided.
    return styleText(style, text, { validateStream: false })
  }

  #isColoured(stream: Output): boolean {
    return !this.#plain && stream.isTTY === true
  }

  #log(level: string, style: Style, fields: object, message = ''): void {
    this.#held.push({ message, line: `${this.#line(level, style, fields, message)}\n` })
    if (level === 'info') this.flush()
    else {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.flush(), HELD_MS)
    }
  }

  #line(level: string, style: Style, fields: object, message: string): string {
    if (this.json) return JSON.stringify({ level, message, ...fields }, plainErrors)
    const details = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${JSON.stringify(value, plainErrors)}`)
    const tail = level === 'info' && details.length > 0 ? this.#paint(this.#err, 'dim', `  ${harmless(details.join(' '))}`) : ''
    return `${this.#paint(this.#err, style, level.padEnd(5))} ${harmless(message)}${tail}`
  }
}

/** C0 but for the end of a line, DEL and C1: with these a server could steer the terminal of whoever reads its answer. */
const CONTROLS = /[\0-\x09\x0b-\x1f\x7f-\x9f]/g
const OTHER_THAN_COLOURS = /(?!\x1b\[\d+m)[\0-\x09\x0b-\x1f\x7f-\x9f]/g

function harmless(text: string, controls = CONTROLS): string {
  return text.replace(controls, '\uFFFD')
}

/** What an error says to a program. */
export function describe(error: unknown): { code: string; message: string; statusCode: number } {
  if (error instanceof TokenError) return { code: error.code, message: error.message, statusCode: error.statusCode }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof UsageError) return { code: 'USAGE', message, statusCode: 400 }
  return { code: 'FAILED', message, statusCode: 500 }
}

function plainErrors(_name: string, value: unknown): unknown {
  return value instanceof Error ? value.message : value
}
