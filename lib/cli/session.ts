import { readFile } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import type { TokenStatus } from '../api'
import { lastRenewals } from '../audit'
import { TokenError } from '../errors'
import type { Opened } from './account'
import { EXIT_OF_STATE, sessionData, sessionText, statusData, statusText } from './report'
import type { Terminal } from './terminal'

const RENEWALS_SHOWN = 10

/** No form of tokens that we know comes near this. */
const LARGEST_IMPORT = 1 << 20

/** What a command works with. */
export interface Work extends Opened {
  terminal: Terminal
  /** Opened only by who reads it. */
  stdin: () => Readable & { isTTY?: boolean }
  positionals: readonly string[]
}

/** The commands that do one thing to the stored session. Each answers its exit code. */
export const SESSION_COMMANDS: Record<string, (work: Work) => Promise<number>> = {
  async login({ account, settings, terminal }) {
    await account.login()
    checkStored(account, settings)
    tell(terminal, account, 'Logged in')
    remarkOnMemory(settings, terminal)
    return 0
  },

  async token({ account, terminal }) {
    const token = await account.getToken()
    terminal.say(token, { token, expiresAt: account.status().expiresAt })
    return 0
  },

  async header({ account, terminal }) {
    const authorization = await account.authorization()
    terminal.say(`Authorization: ${authorization}`, { authorization, expiresAt: account.status().expiresAt })
    return 0
  },

  async status({ account, settings, terminal }) {
    // Here a store that cannot be read is the answer; whoever wants a token goes on without.
    await account.restore()
    const status = withHistory(account.status(), settings)
    const now = Date.now()
    terminal.say(statusText(status, terminal, now), statusData(status, now))
    remarkOnMemory(settings, terminal)
    return EXIT_OF_STATE[status.state]
  },

  async refresh({ account, settings, terminal }) {
    await account.restore().catch(() => {})
    await account.getToken({ forceRefresh: true })
    checkStored(account, settings)
    tell(terminal, account, account.status().source === 'login' ? 'Logged in' : 'Refreshed the session')
    remarkOnMemory(settings, terminal)
    return 0
  },

  async invalidate({ account, terminal }) {
    await account.restore().catch(() => {})
    const dropped = account.peek() !== null
    await account.invalidate()
    terminal.say(dropped ? 'Dropped the stored token.' : 'There was no token to drop.', { dropped })
    return 0
  },

  async logout({ account, terminal }) {
    await account.restore().catch(() => {})
    await account.logout()
    const { account: name } = account.status()
    terminal.say(`Logged out ${name}.`, { account: name, loggedOut: true })
    return 0
  },

  async import({ account, settings, terminal, stdin, positionals }) {
    if (settings.keeping.kind === 'memory') {
      const message = `STORE: imported tokens would be lost at once: ${settings.keeping.because} leaves no store to put them in`
      throw new TokenError({ code: 'STORE', message })
    }
    await account.importTokens(await readInput(positionals[0], stdin, terminal))
    tell(terminal, account, 'Imported the session')
    return 0
  },

  async export({ account, terminal }) {
    await account.restore().catch(() => {})
    const tokens = await account.exportTokens()
    terminal.say(tokens, { tokens })
    return 0
  },
}

/** A process that has only read the store knows of no renewals; the audit log does, where there is one. */
function withHistory(status: TokenStatus, { auditLog }: Opened['settings']): TokenStatus {
  if (auditLog === undefined || status.recent.length > 0) return status
  return { ...status, recent: lastRenewals(auditLog, status.account, RENEWALS_SHOWN) }
}

/** A manager without its store goes on in memory; a command whose job it is to store has failed. */
function checkStored(account: Opened['account'], { keeping }: Opened['settings']): void {
  const { savedAt, location } = account.status()
  if (keeping.kind === 'memory' || savedAt !== null) return
  throw new TokenError({ code: 'STORE', message: `STORE: there is a new session, but it could not be stored in ${location}` })
}

function tell(terminal: Terminal, account: Opened['account'], what: string): void {
  const status = account.status()
  const whose = what === 'Logged in' ? 'as' : 'of'
  terminal.say(sessionText(`${what} ${whose} ${status.account}.`, status, Date.now()), sessionData(status))
}

/** Nobody should look for a session that was never kept. */
function remarkOnMemory({ keeping }: Opened['settings'], terminal: Terminal): void {
  if (keeping.kind === 'memory') terminal.note(`Sessions end with this command: ${keeping.because} keeps them in memory.`)
}

async function readInput(file: string | undefined, stdin: Work['stdin'], terminal: Terminal): Promise<string> {
  if (file !== undefined && file !== '-') {
    return readFile(file, 'utf8').then(checked, (error: NodeJS.ErrnoException) => {
      throw new TokenError({ code: 'STORE', message: `STORE: ${file} cannot be read (${error.code})`, cause: error })
    })
  }
  const input = stdin()
  if (input.isTTY) terminal.note('Reading tokens from the terminal; end with Ctrl-D.')
  let text = ''
  for await (const chunk of input.setEncoding('utf8')) checked((text += chunk as string))
  return text
}

function checked(text: string): string {
  if (text.length <= LARGEST_IMPORT) return text
  throw new TokenError({ code: 'BAD_RESPONSE', message: 'BAD_RESPONSE: more than 1 MiB of text is no set of tokens' })
}
