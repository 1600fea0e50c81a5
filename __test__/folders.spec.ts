// Where sessions lie (cache-file.md, Place).
import { expect, it } from 'vitest'
import { defaultCacheDir } from '../lib/folders'

const home = '/home/alice'
const windows = 'C:\\Users\\alice'

it.each<[string, Record<string, string>, NodeJS.Platform, string, string]>([
  ['Linux', {}, 'linux', home, '/home/alice/.cache/tokenkeep'],
  ['a BSD', {}, 'freebsd', home, '/home/alice/.cache/tokenkeep'],
  ['macOS', {}, 'darwin', home, '/home/alice/Library/Caches/tokenkeep'],
  ['Windows', {}, 'win32', windows, 'C:\\Users\\alice\\AppData\\Local\\tokenkeep\\Cache'],
  ['XDG_CACHE_HOME', { XDG_CACHE_HOME: '/var/cache/alice' }, 'linux', home, '/var/cache/alice/tokenkeep'],
  ['an empty XDG_CACHE_HOME', { XDG_CACHE_HOME: '' }, 'linux', home, '/home/alice/.cache/tokenkeep'],
  ['a relative XDG_CACHE_HOME', { XDG_CACHE_HOME: 'cache' }, 'linux', home, '/home/alice/.cache/tokenkeep'],
  ['XDG_CACHE_HOME on macOS', { XDG_CACHE_HOME: '/var/cache' }, 'darwin', home, '/home/alice/Library/Caches/tokenkeep'],
  ['LOCALAPPDATA', { LOCALAPPDATA: 'D:\\Local', APPDATA: 'D:\\Roaming' }, 'win32', windows, 'D:\\Local\\tokenkeep\\Cache'],
  ['APPDATA', { APPDATA: 'D:\\Roaming' }, 'win32', windows, 'D:\\Roaming\\tokenkeep\\Cache'],
  ['TOKENKEEP_CACHE_DIR', { TOKENKEEP_CACHE_DIR: '/srv/tokens', XDG_CACHE_HOME: '/var/cache' }, 'linux', home, '/srv/tokens'],
  ['an empty TOKENKEEP_CACHE_DIR', { TOKENKEEP_CACHE_DIR: ' ' }, 'linux', home, '/home/alice/.cache/tokenkeep'],
  ['TOKENKEEP_CACHE_DIR without a home', { TOKENKEEP_CACHE_DIR: '/srv/tokens' }, 'linux', '', '/srv/tokens'],
  ['a relative TOKENKEEP_CACHE_DIR', { TOKENKEEP_CACHE_DIR: 'tokens' }, 'linux', home, `${process.cwd()}/tokens`],
])('%s', (_case, env, platform, homedir, folder) => {
  expect(defaultCacheDir(env, platform, homedir)).toBe(folder)
})

it('never falls back to wherever the process stands', () => {
  expect(() => defaultCacheDir({}, 'linux', '')).toThrow(/^INVALID_OPTION: TOKENKEEP_CACHE_DIR must be set/)
})
