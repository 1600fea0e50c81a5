import { posix, win32 } from 'node:path'
import { TokenError } from './errors'

type Env = Record<string, string | undefined>

/** Where sessions of this user lie when nobody says otherwise. */
export function cacheDirOf(env: Env): string {
  return defaultCacheDir(env, process.platform, home())
}

function home(): string {
  try {
    // Not imported: it is the one module of Node's here that is not loaded anyway.
    return process.getBuiltinModule('node:os').homedir()
  } catch {
    // A user without a passwd entry, as containers have them.
    return ''
  }
}

/** Where sessions lie when nobody says otherwise: TOKENKEEP_CACHE_DIR, then the platform's folder (cache-file.md, Place). */
export function defaultCacheDir(env: Env, platform: NodeJS.Platform, homedir: string): string {
  const { resolve, join, isAbsolute } = platform === 'win32' ? win32 : posix
  const named = (name: string) => env[name]?.trim() || undefined
  const asked = named('TOKENKEEP_CACHE_DIR')
  if (asked !== undefined) return resolve(asked)
  const home = (...below: string[]) => {
    // A relative folder would put secrets wherever the process happens to stand.
    if (isAbsolute(homedir)) return join(homedir, ...below)
    const message = 'INVALID_OPTION: TOKENKEEP_CACHE_DIR must be set: this user has no home folder to keep sessions in'
    throw new TokenError({ code: 'INVALID_OPTION', message })
  }
  if (platform === 'win32') {
    const data = named('LOCALAPPDATA') ?? named('APPDATA') ?? home('AppData', 'Local')
    return join(data, 'tokenkeep', 'Cache')
  }
  if (platform === 'darwin') return home('Library', 'Caches', 'tokenkeep')
  const xdg = named('XDG_CACHE_HOME')
  // The XDG specification: a relative path in it is invalid, and is to be ignored.
  return xdg !== undefined && isAbsolute(xdg) ? join(xdg, 'tokenkeep') : home('.cache', 'tokenkeep')
}
