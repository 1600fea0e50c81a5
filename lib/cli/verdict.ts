import { readFileSync } from 'node:fs'
import { isObject } from '../environment/provider_file'
import type { TokenErrorCode } from '../errors'
import { TokenError } from '../errors'
import type { Opened, StoredAccount } from './account'

// What has become of the store after a command: a manager goes on without it, a command must not claim what did not happen.

/** The file that may still have a session in it, ours or another's, readable or not. */
export function sessionFile(account: StoredAccount): string | undefined {
  const { location } = account.status()
  return location !== null && mayHoldSession(location) ? location : undefined
}

function mayHoldSession(path: string): boolean {
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'))
    // What is left of a failed login is no session; a sealed one may be.
    return !isObject(record) || ['token', 'refresh_token', 'sealed'].some((name) => record[name] !== undefined)
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
  }
}

/** Nothing can be stored where nothing is kept; elsewhere a session that was not has failed its command. */
export function checkStored(account: StoredAccount, { keeping }: Opened['settings']): void {
  const { savedAt, location } = account.status()
  if (keeping.kind === 'memory' || savedAt !== null) return
  throw new TokenError({ code: 'STORE', message: `STORE: there is a new session, but it could not be stored in ${location}` })
}

/** A token of last resort is good enough for who wants a token, and no renewal. */
export function checkRenewed(account: StoredAccount): void {
  const { source, lastError } = account.status()
  if (source !== 'environment' && source !== 'backup') return
  const from = source === 'environment' ? 'of TOKENKEEP_TOKENS_B64' : 'the session before this one is still good'
  const code: TokenErrorCode = lastError?.code ?? 'SERVER_ERROR'
  throw new TokenError({ code, message: `${lastError?.message ?? `${code}: the renewal failed`}; there is a token only because ${from}` })
}
