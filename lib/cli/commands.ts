/** What a person has to know about a command before running it. */
export interface Command {
  name: string
  /** What follows the name. */
  parameters: string
  summary: string
  details: string
  exits: string
  /** Options of its own that take a value. */
  options?: Record<string, string>
  /** How many positional arguments it takes at most; what follows `--` is counted apart. */
  positionals?: number
}

/** Options that every command knows. */
export const COMMON_OPTIONS = {
  json: 'print results and errors as JSON',
  verbose: "print the manager's log lines to stderr",
  help: 'print this help (also -h)',
}

const DONE = '0 done, 1 failed'

export const COMMANDS: readonly Command[] = [
  {
    name: 'login',
    parameters: '',
    summary: 'log in now and store the session',
    details: 'Logs in with the credentials, whatever is stored, and says who was logged in and until when.',
    exits: DONE,
  },
  {
    name: 'token',
    parameters: '',
    summary: 'print a valid token, renewing it if needed',
    details: 'Takes the stored session while it is good; refreshes or logs in when it is not.',
    exits: DONE,
  },
  {
    name: 'header',
    parameters: '',
    summary: 'print the Authorization header',
    details: 'As token, in the form that curl reads: tokenkeep header | curl -H @- https://…',
    exits: DONE,
  },
  {
    name: 'status',
    parameters: '',
    summary: 'say how the stored session is doing',
    details: 'Reads the store and asks no server.',
    exits: '0 valid, 3 expiring, 4 expired, 5 no session, 1 failed',
  },
  {
    name: 'refresh',
    parameters: '',
    summary: 'renew the session now',
    details: 'Refreshes the session even if it is fresh; logs in where it cannot be refreshed.',
    exits: DONE,
  },
  {
    name: 'invalidate',
    parameters: '',
    summary: 'drop the stored token',
    details: 'For a token that the API refused. Asks no server; the next command that needs a token renews.',
    exits: '0 done, also when there was nothing to drop',
  },
  {
    name: 'logout',
    parameters: '',
    summary: 'revoke the session at the server, then drop it',
    details: 'The session is dropped even if the server could not be told.',
    exits: DONE,
  },
  {
    name: 'import',
    parameters: '[FILE]',
    summary: 'store tokens that were made elsewhere',
    details:
      'Reads FILE, or stdin without it or with "-": what export prints, the same as JSON, a Kosmi relay\'s cache file or OneMount tokens.',
    exits: DONE,
    positionals: 1,
  },
  {
    name: 'export',
    parameters: '',
    summary: 'print the session as base64 JSON, for a secret store',
    details: 'What it prints is a secret. It is what TOKENKEEP_TOKENS_B64 and import take. Asks no server.',
    exits: DONE,
  },
  {
    name: 'watch',
    parameters: '[--health PORT]',
    summary: 'keep the stored session fresh until SIGTERM or SIGINT',
    details: 'Renews ahead of expiry and every TOKENKEEP_REFRESH_INTERVAL seconds, one line per renewal; tries again, later and later, after a failure.',
    exits: '0 on SIGTERM or SIGINT, 1 when it cannot start',
    options: { health: 'PORT  serve /health and /metrics on 127.0.0.1; 0 takes a free port' },
  },
  {
    name: 'exec',
    parameters: '-- CMD…',
    summary: 'run CMD with TOKENKEEP_TOKEN set',
    details: 'Signals are passed on to CMD.',
    exits: "CMD's own; 128+n when signal n ended it; 127 not found, 126 not executable; 1 when there was no token",
  },
  {
    name: 'demo',
    parameters: '',
    summary: 'show the main job against an embedded auth server',
    details: 'Needs no account and no network; leaves nothing behind.',
    exits: '0 everything did what it says, 1 something did not',
  },
]
