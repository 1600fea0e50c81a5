import type { Command } from './commands'
import { COMMANDS, COMMON_OPTIONS } from './commands'
import { table } from './words'

const VARIABLES: [string, string][] = [
  ['BASEROW_URL', 'base URL, with or without /api'],
  ['BASEROW_USER_EMAIL, BASEROW_USER_PASSWORD', 'credentials'],
  ['TOKENKEEP_PROVIDER', 'baserow, or the path of a JSON file (docs/cli.md)'],
  ['TOKENKEEP_STORE', 'memory, file, or a redis:// URL; default file'],
  ['TOKENKEEP_CACHE_DIR', 'folder of the file store'],
  ['TOKENKEEP_NO_CACHE', '1: no file store at all'],
  ['TOKENKEEP_ENCRYPTION_KEY', '32 bytes, base64 or hex, to seal the stored session with'],
  ['TOKENKEEP_TOKENS_B64', 'tokens to fall back to, as export prints them'],
  ['TOKENKEEP_REFRESH_MARGIN_SECONDS', 'how long before its expiry a token is renewed; default 60'],
  ['TOKENKEEP_AUTO_REFRESH', 'false: no timers, no watch'],
  ['TOKENKEEP_REFRESH_INTERVAL', 'seconds between renewals of watch, whatever the expiry'],
  ['TOKENKEEP_AUDIT_LOG', 'file that gets a JSON line per renewal attempt'],
]

export const USAGE = 'tokenkeep COMMAND [--json] [--verbose] [--help]'

export function usageOf({ name, parameters }: Command): string {
  return `tokenkeep ${name} [--json] [--verbose]${parameters && ` ${parameters}`}`
}

export function help(): string {
  const options = { ...COMMON_OPTIONS, version: 'print the version' }
  return [
    `usage: ${USAGE}`,
    '',
    'Keeps a service token fresh.',
    '',
    'commands:',
    table(COMMANDS.map(({ name, parameters, summary }) => [`${name} ${parameters}`.trim(), summary]), '  '),
    '',
    'options:',
    table(Object.entries(options).map(([name, meaning]) => [`--${name}`, meaning]), '  '),
    '',
    'variables:',
    table(VARIABLES, '  '),
    '',
    'tokenkeep COMMAND --help tells more about a command.',
  ].join('\n')
}

export function helpOf(command: Command): string {
  const own = Object.entries(command.options ?? {}).map(([name, meaning]) => {
    const [value, ...says] = meaning.split('  ')
    return [`--${name} ${value!}`, says.join('  ')]
  })
  const common = Object.entries(COMMON_OPTIONS).map(([name, meaning]) => [`--${name}`, meaning])
  return [
    `usage: ${usageOf(command)}`,
    '',
    `${command.summary[0]!.toUpperCase()}${command.summary.slice(1)}.`,
    command.details,
    '',
    'options:',
    table([...own, ...common], '  '),
    '',
    `exit code: ${command.exits}`,
  ].join('\n')
}
