// The jobs of use-cases.md as programs: each example runs in a process of its own against its embedded server, and every line
// of its job's list has checks by name, so that a broken promise fails by name.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
// Alone on two cores it is twenty seconds; on a machine that is shared, several times that.
const KILLED_AFTER_MS = 240_000

interface Ran {
  code: number | null
  stderr: string
  /** What the example says of each of its promises. */
  said: Map<string, { kept: boolean; says: string }>
}

interface Example {
  folder: string
  env?: Record<string, string>
  /** A line of the list in use-cases.md, and what the example calls its proofs. */
  promises: Record<string, string[]>
}

const EXAMPLES: Example[] = [
  {
    folder: 'baserow-bridge',
    promises: {
      'no login at start-up, the first getToken() logs in': ['no login at start-up'],
      'the JWT is served from memory until exp minus the margin': ['a cached token', 'the API accepts it', 'renewal ahead of expiry'],
      'then it is refreshed, and if that fails in any way there is a login': ['renewal ahead of expiry', 'a refresh that fails'],
      'one renewal at a time, its failure shared': ['1,000 callers at once', 'a token that the API refused', 'a wrong password'],
      'a failed renewal poisons nothing': ['a failure poisons nothing'],
      'a token without exp is good for 55 minutes, with one warning': ['a token without exp'],
      '10 s limit per request': ['10 s for a request'],
      'without credentials: the disabled stub': ['no credentials'],
      'errors are BaserowAuthErrors': ['a wrong password', 'a 2xx without a token'],
      'a pino logger, without secrets': ['its log, with pino'],
      'the names of the old class': ['the names of the old class'],
      'wrong there: the access token as a refresh token': ['the refresh token is used', 'a Baserow without them'],
      'wrong there: a margin as long as the token lives': ['a margin as long as a life'],
      'wrong there: a bare TypeError for a network failure': ['a network that fails'],
      'wrong there: the whole body in the message': ['what the server says of it'],
    },
  },
  {
    folder: 'chat-relay',
    env: { RELAY_LOGIN_MS: '250' },
    promises: {
      'only one login runs at a time, across restarts and siblings': ['not found: one login for all', 'killed in the middle of a login'],
      'a login may take 10 to 15 s': ['a login of more than 10 s'],
      'the session outlives the container: dir, or file; 0600, folder made': ['the file and its folder', 'a restart', 'one known file'],
      'found and good for more than 7 days: no login': ['good for more than 7 days'],
      'within 7 days of its end: renewed': ['within 7 days of its end'],
      'not found: a login': ['not found: one login for all'],
      'the file names the account; no other account, no changed credentials get it': ['another account', 'changed credentials'],
      'log lines in words': ['its log, in words', 'within 7 days of its end'],
      'jq and tokenkeep status read it, deleting it forces a login': [
        'the file is for jq',
        'tokenkeep status',
        'tokenkeep refresh',
        'deleting it forces a login',
      ],
      'the old cache file is imported': ['the relay’s old cache file'],
    },
  },
  {
    folder: 'oauth-runner',
    promises: {
      'renews 5 minutes before expiry': ['renews 5 minutes ahead'],
      'a rotated refresh token is on disk before the new access token is handed out': ['on disk before it is handed out'],
      'if the disk refuses: one warning, saved again before the next renewal': ['a disk that refuses'],
      'start-up: stored tokens, a read-only file imported': ['stored tokens come first', 'a read-only tokens file'],
      'start-up: else the environment’s': ['tokens from the environment', 'expired there: one refresh'],
      'start-up: else a clear error': ['no tokens anywhere'],
      'renewal: back up, refresh': ['renewal backs up what works'],
      'renewal: on failure the environment’s tokens': ['it fails: the environment'],
      'renewal: on failure the backup, while it has not expired, with a warning': ['it fails too: the backup', 'the backup, once expired'],
      'tokens are validated; a bad answer never replaces a good session': ['bad answers replace nothing', 'bad tokens are not taken'],
      'periodic renewal, default off, switched off by environment': ['renewal by interval, off unasked'],
      'by hand: status, refresh, import, export; watch': ['tokenkeep status', 'tokenkeep refresh', 'tokenkeep export, import', 'tokenkeep watch'],
      'every attempt is in an append-only audit log, without secrets': ['the audit log', 'no secret in it'],
    },
  },
  {
    folder: 'agents',
    promises: {
      'a login per agent through a callback': ['nothing before it is asked for', 'a login for each agent'],
      'TTL 8 minutes whatever the token says': ['8 minutes, whatever it says', 'renewed when its TTL says so'],
      'two agents never wait for one another': ['no agent waits for another'],
      'a hundred callers of one agent share one login': ['one agent, many callers', 'renewed when its TTL says so'],
      'a stale session is never served after its login failed': ['its login fails: nothing stale'],
      'the caller may try again at once': ['and may be tried again at once'],
      'invalidate(agent) after a 401': ['a 401: invalidate(agent)'],
      'peek(agent) looks without I/O or age check': ['peek: no I/O, no age'],
      'getScopedToken: the guild’s token from the session': ['a guild’s token'],
      'getScopedToken: if the session lacks it, one forced renewal': ['a guild that came later'],
      'getScopedToken: then SCOPE_NOT_GRANTED naming the guild': ['a guild that is not granted'],
    },
  },
  {
    folder: 'rate-limited-sdk',
    promises: {
      'shared in the platform’s cache folder, overridable': ['the platform’s cache folder', 'TOKENKEEP_CACHE_DIR, an option'],
      'one file per base URL and credential; the name gives nothing away': ['production and staging', 'a name gives nothing away'],
      '60 s or less counts as a miss': ['60 s or less is a miss'],
      'on disk only when asked for, but for the command line; off with TOKENKEEP_NO_CACHE=1': [
        'memory by default',
        'the command line: the file',
        'TOKENKEEP_NO_CACHE=1',
      ],
      'invalidate, logout and a 401 reach the file': ['invalidate reaches the file', 'a 401 reaches the file', 'logout reaches the file'],
      'I/O trouble falls through to a login, with one warning': [
        'trouble: an unreadable file',
        'trouble: a corrupt file',
        'trouble: an unwritable folder',
        'trouble: a full disk',
      ],
      'a rotated key: the old session is gone first': ['a rotated key'],
      '429 and Retry-After are honoured': ['429 and Retry-After', 'a Retry-After of an hour'],
      '502, 503, 504 and network failures are retried with backoff': ['outages are retried'],
      'many processes make one login': ['many processes at once', 'fewer logins than the limit'],
    },
  },
]

function run({ folder, env }: Example): Promise<Ran> {
  const child = spawn(process.execPath, [join('examples', folder, 'main.mjs')], {
    cwd: root,
    // The bridge would show itself on a Baserow that the host has set.
    env: { ...process.env, BASEROW_URL: '', ...env },
    timeout: KILLED_AFTER_MS,
    killSignal: 'SIGKILL',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stderr, said: saidIn(stdout) }))
  })
}

/** Where report.mjs writes what it says of a promise: after the mark, the title and the blanks that fill its column. */
const COLUMN = 35

function saidIn(stdout: string): Ran['said'] {
  const lines = stdout.split('\n').filter((line) => /^[✓✗] /.test(line))
  return new Map(lines.map((line) => [line.slice(2, COLUMN).trim(), { kept: line.startsWith('✓'), says: line.slice(COLUMN) }]))
}

// All at once: they mostly wait for processes to start.
const running = EXAMPLES.map((example) => run(example))
for (const each of running) each.catch(() => {})

describe.each(EXAMPLES.map((example, index) => ({ ...example, index })))('$folder', ({ promises, index }) => {
  let ran: Ran

  beforeAll(async () => {
    ran = await running[index]!
  }, KILLED_AFTER_MS)

  it.each(Object.entries(promises))('%s', (_promise, titles) => {
    for (const title of titles) expect({ title, ...ran.said.get(title) }).toEqual({ title, kept: true, says: expect.any(String) })
  })

  it('checks what is listed here and nothing else, and exits with 0', () => {
    expect([...ran.said.keys()].sort()).toEqual([...new Set(Object.values(promises).flat())].sort())
    expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: '' })
  })
})
