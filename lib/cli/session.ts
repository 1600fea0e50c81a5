import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import type { TokenStatus } from '../api'
import { lastRenewals } from '../audit'
import { TokenError } from '../errors'
import type { Opened, StoredAccount } from './account'
import { EXIT_OF_STATE, sessionData, sessionText, statusData, statusText } from './report'
import type { Terminal } from './terminal'
import { checkRenewed, checkStored, sessionFile } from './verdict'

const RENEWALS_SHOWN = 10

/** No form of tokens that we know comes near this. */
const LARGEST_IMPORT = 1 << 20

/** What a command works with. */
export interface Work extends Opened {
  terminal: Terminal
  /** Opened only by who reads it. */
  stdin: () => Readable & { isTTY?: boolean }
  positionals: readonly string[]
  /** Opens the same account again, to see what a newcomer would. */
  newcomer: () => StoredAccount
}

/** The commands that do one thing to the stored session. Each answers its exit code. */
export const SESSION_COMMANDS: Record<string, (work: Work) => Promise<number>> = {
  async login({ account, settings, terminal }) {
    await account.login()
    checkRenewed(account)
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
    checkRenewed(account)
    checkStored(account, settings)
    tell(terminal, account, account.status().source === 'login' ? 'Logged in' : 'Refreshed the session')
    remarkOnMemory(settings, terminal)
    return 0
  },

  async invalidate({ account, terminal, newcomer }) {
    const isReadable = await canRestore(account)
    const token = account.peek()
    await account.invalidate()
    const dropped = isReadable && token !== null && !(await finds(newcomer(), token))
    const kept = `The token could not be dropped from ${account.status().location}.`
    const missing = isReadable && token === null
    terminal.say(dropped ? 'Dropped the stored token.' : missing ? 'There was no token to drop.' : kept, { dropped })
    return 0
  },

  async logout({ account, terminal }) {
    await account.restore().catch(() => {})
    const loggedOut = sessionFile(account) !== undefined
    await account.logout()
    const left = sessionFile(account)
    if (left !== undefined) {
      const why = 'it belongs to another password or key, or it cannot be written'
      throw new TokenError({ code: 'STORE', message: `STORE: the session is still in ${left}: ${why}` })
    }
    const { account: name } = account.status()
    terminal.say(loggedOut ? `Logged out ${name}.` : 'There was no session.', { account: name, loggedOut })
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

function canRestore(account: StoredAccount): Promise<boolean> {
  return account.restore().then(
    () => true,
    () => false,
  )
}

/** Does whoever reads the store now find this token, or not even get to look? */
async function finds(newcomer: StoredAccount, token: string): Promise<boolean> {
  const isReadable = await canRestore(newcomer)
  const found = newcomer.peek()
  await newcomer.close()
  return !isReadable || found === token
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
  if (file === undefined || file === '-') {
    const input = stdin()
    if (input.isTTY) terminal.note('Reading tokens from the terminal; end with Ctrl-D.')
    return read(input)
  }
  return read(createReadStream(file)).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof TokenError) throw error
    throw new TokenError({ code: 'STORE', message: `STORE: ${file} cannot be read (${error.code})`, cause: error })
  })
}

async function read(input: Readable): Promise<string> {
  let text = ''
  for await (const chunk of input.setEncoding('utf8')) {
    text += chunk as string
    if (text.length > LARGEST_IMPORT) {
      throw new TokenError({ code: 'BAD_RESPONSE', message: 'BAD_RESPONSE: more than 1 MiB of text is no set of tokens' })
    }
  }
  return text
}
