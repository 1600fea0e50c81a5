import { parseArgs } from 'node:util'
import type { Command } from './commands'
import { COMMANDS } from './commands'
import { USAGE, usageOf } from './help'
import { UsageError } from './terminal'

/** What was asked for. */
export interface Asked {
  command: Command | undefined
  json: boolean
  verbose: boolean
  help: boolean
  version: boolean
  /** Values of the command's own options. */
  values: Readonly<Record<string, string | undefined>>
  positionals: string[]
  /** What follows `--`. */
  rest: string[]
}

/** Was JSON asked for? Answered even where the rest of the arguments cannot be understood. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).includes('--json')
}

/** Reads the arguments; throws a {@link UsageError}. */
export function readArguments(args: readonly string[]): Asked {
  const end = args.indexOf('--')
  const ours = end < 0 ? args : args.slice(0, end)
  const at = ours.findIndex((argument) => !argument.startsWith('-'))
  const command = at < 0 ? undefined : COMMANDS.find(({ name }) => name === ours[at])
  if (at >= 0 && command === undefined) throw new UsageError(`there is no command '${ours[at]!}'`, USAGE)
  const usage = command === undefined ? USAGE : usageOf(command)
  const { values, positionals } = parse(ours.filter((_, index) => index !== at), command, usage)
  const rest = end < 0 ? [] : args.slice(end + 1)
  const flag = (name: string) => values[name] === true
  const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const asked: Asked = {
    command,
    json: flag('json'),
    verbose: flag('verbose'),
    help: flag('help'),
    version: flag('version'),
    values: Object.fromEntries(texts),
    positionals,
    rest,
  }
  if (!asked.help && !asked.version) checkArguments(asked, end >= 0, usage)
  return asked
}

interface Parsed {
  values: Record<string, unknown>
  positionals: string[]
}

function parse(args: string[], command: Command | undefined, usage: string): Parsed {
  const own = Object.keys(command?.options ?? {}).map((name) => [name, { type: 'string' }] as const)
  try {
    return parseArgs({
      args,
      strict: true,
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        verbose: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
        ...Object.fromEntries(own),
      },
    })
  } catch (error) {
    // The first sentence says what is wrong; the others explain parseArgs to its programmers.
    const [sentence] = (error as Error).message.split(/\. |\n/)
    throw new UsageError(sentence!, usage)
  }
}

function checkArguments({ command, positionals, rest }: Asked, hasRest: boolean, usage: string): void {
  if (command === undefined) throw new UsageError('a command is missing', usage)
  if (command.name === 'exec') {
    if (rest.length === 0) throw new UsageError('exec needs the command to run, after --', usage)
  } else if (hasRest) {
    throw new UsageError(`${command.name} takes nothing after --`, usage)
  }
  const extra = positionals[command.positionals ?? 0]
  if (extra === undefined) return
  const hint = command.name === 'exec' ? '; the command to run comes after --' : ''
  throw new UsageError(`${command.name} does not take the argument '${extra}'${hint}`, usage)
}
