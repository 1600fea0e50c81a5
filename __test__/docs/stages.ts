// What has happened before a block: a page need not show it, and the block is run as if it had.
import { once } from 'node:events'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEFAULT_KEY } from 'tokenkeep/testing'
import type { Reader } from './reader'

/** Sets the stage; what it answers clears it again. */
type Stage = (reader: Reader) => Promise<(() => Promise<void>) | undefined>

const MINUTE_MS = 60_000

export const STAGES: Record<string, Stage> = {
  'logged-in': async (reader) => {
    await logIn(reader)
    return undefined
  },

  /** A consent page has brought tokens. */
  provisioned: async (reader) => {
    const answer = await fetch(reader.tokens.loginUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ api_key: DEFAULT_KEY }) })
    const { access_token, refresh_token, expires_in } = (await answer.json()) as { access_token: string; refresh_token: string; expires_in: number }
    const expires_at = Math.floor(Date.now() / 1000) + expires_in
    reader.save('tokens.json', JSON.stringify({ access_token, refresh_token, expires_at, account: 'backup@example.com' }))
    return undefined
  },

  'two-minutes-later': async (reader) => {
    await logIn(reader)
    const name = readdirSync(reader.folderOfSessions).find((each) => /^[0-9a-f]{32}\.json$/.test(each))!
    const path = join(reader.folderOfSessions, name)
    const record = JSON.parse(readFileSync(path, 'utf8')) as Record<'saved_at' | 'expires_at', string>
    const earlier = (time: string) => new Date(Date.parse(time) - 2.2 * MINUTE_MS).toISOString()
    writeFileSync(path, JSON.stringify({ ...record, saved_at: earlier(record.saved_at), expires_at: earlier(record.expires_at) }))
    return undefined
  },

  // What takes minutes on the page takes seconds here.
  'a-failure-is-near': async (reader) => {
    reader.baserow.configure({ accessLifetimeMs: 8000 })
    // Without a session before this one to fall back to.
    rmSync(reader.folderOfSessions, { recursive: true, force: true })
    await logIn(reader)
    for (const endpoint of ['refresh', 'login'] as const) reader.baserow.fail({ kind: 'status', status: 503, body: '' }, { endpoint, times: 3 })
    return async () => {
      reader.baserow.configure({ accessLifetimeMs: 600_000 })
      await logIn(reader)
    }
  },

  /** npm has left the platform's package out. */
  'without-addon': async (reader) => {
    reader.uninstallAddon()
    return undefined
  },

  watched: async (reader) => {
    await reader.script('tokenkeep logout')
    const watch = reader.aside('tokenkeep watch --health 9400')
    let said = ''
    for await (const text of watch.stdout!) if ((said += text).includes('logged in')) break
    return async () => {
      watch.kill('SIGINT')
      await once(watch, 'close')
    }
  },
}

async function logIn(reader: Reader): Promise<void> {
  const { code, output } = await reader.script('tokenkeep login')
  if (code !== 0) throw new Error(output)
}
