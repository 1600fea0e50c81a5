import { cacheDirOf } from '../folders'
import type { DescribedLogin, ProviderFile } from './provider_file'
import { readProviderFile } from './provider_file'
import type { Env } from './variables'
import { flag, isObject, keys, seconds, secret, text, unusable } from './variables'

/** Who logs in where. */
export type Login =
  | { kind: 'baserow'; baseUrl: string; email: string; password: string }
  | DescribedLogin

/** Where sessions outlive the process, if anywhere. */
export type Keeping =
  | { kind: 'memory'; because?: 'TOKENKEEP_NO_CACHE' | 'TOKENKEEP_STORE' }
  | { kind: 'file'; dir: string; encryptionKey?: Uint8Array }
  | { kind: 'redis'; url: string; encryptionKeys?: Uint8Array[] }

/** What the environment says (cli.md), checked. */
export interface Settings {
  login: Login
  keeping: Keeping
  refreshMarginSeconds: number
  autoRefresh: boolean
  refreshIntervalSeconds?: number
  /** The variable that holds tokens to fall back to. */
  fallbackEnv?: string
  auditLog?: string
  timeoutMs?: number
  deadlineMs?: number
}

const MARGIN_SECONDS = 60
const CREDENTIALS = ['BASEROW_USER_EMAIL', 'BASEROW_USER_PASSWORD']

/** The credentials that are missing; with none of them there is nothing to set up. */
export function missingCredentials(env: Env): string[] {
  return providerOf(env) === 'baserow' ? CREDENTIALS.filter((name) => secret(env, name) === undefined) : []
}

/** What `env` says; throws an INVALID_OPTION that names the variable. Credentials must be there. */
export function readSettings(env: Env, store: 'memory' | 'file'): Settings {
  const { patience, ...login } = loginOf(env)
  const keeping = keepingOf(env, store)
  const refreshIntervalSeconds = seconds(env, 'TOKENKEEP_REFRESH_INTERVAL', 'above zero')
  const auditLog = text(env, 'TOKENKEEP_AUDIT_LOG')
  return {
    login,
    keeping,
    refreshMarginSeconds: seconds(env, 'TOKENKEEP_REFRESH_MARGIN_SECONDS', 'zero') ?? MARGIN_SECONDS,
    autoRefresh: flag(env, 'TOKENKEEP_AUTO_REFRESH') ?? true,
    ...(refreshIntervalSeconds === undefined ? undefined : { refreshIntervalSeconds }),
    ...fallbackOf(env),
    ...(auditLog === undefined ? undefined : { auditLog }),
    ...patience,
  }
}

function providerOf(env: Env): string {
  return text(env, 'TOKENKEEP_PROVIDER') ?? 'baserow'
}

function loginOf(env: Env): Login & { patience?: ProviderFile['patience'] } {
  const provider = providerOf(env)
  if (provider !== 'baserow') return readProviderFile(provider, env)
  const credential = (name: string) => {
    const value = secret(env, name)
    if (value === undefined) throw unusable(name, 'is not set')
    return value
  }
  const [email, password] = CREDENTIALS.map(credential) as [string, string]
  if (email.trim() === '') throw unusable(CREDENTIALS[0]!, 'is blank')
  return { kind: 'baserow', baseUrl: baseUrlOf(env), email: email.trim(), password }
}

function baseUrlOf(env: Env): string {
  const name = 'BASEROW_URL'
  const value = text(env, name)
  if (value === undefined) throw unusable(name, 'is not set; it is where your Baserow is, such as https://baserow.example.com')
  let url: URL
  try {
    url = new URL(value)
  } catch {
    throw unusable(name, 'must be a URL such as https://baserow.example.com')
  }
  if (!/^https?:$/.test(url.protocol)) throw unusable(name, 'must begin with http:// or https://')
  if (url.username || url.password) throw unusable(name, 'must not carry a user name or a password')
  if (/[?#]/.test(url.href)) throw unusable(name, 'must not have a query or a fragment')
  const trimmed = url.href.replace(/\/+$/, '')
  return trimmed.endsWith('/api') ? trimmed : `${trimmed}/api`
}

function keepingOf(env: Env, fallback: 'memory' | 'file'): Keeping {
  const name = 'TOKENKEEP_STORE'
  const asked = text(env, name)
  const encryptionKeys = keys(env, 'TOKENKEEP_ENCRYPTION_KEY')
  const off = flag(env, 'TOKENKEEP_NO_CACHE') === true
  if (asked !== undefined && /^(rediss?|unix):/i.test(asked)) {
    return { kind: 'redis', url: asked, ...(encryptionKeys === undefined ? undefined : { encryptionKeys }) }
  }
  if (asked !== undefined && asked !== 'memory' && asked !== 'file') throw unusable(name, 'must be memory, file, or a redis://, rediss:// or unix:// URL')
  if ((asked ?? fallback) === 'memory') return asked === undefined ? { kind: 'memory' } : { kind: 'memory', because: name }
  if (off) return { kind: 'memory', because: 'TOKENKEEP_NO_CACHE' }
  const dir = cacheDirOf(env)
  const [encryptionKey, ...others] = encryptionKeys ?? []
  if (others.length > 0) throw unusable('TOKENKEEP_ENCRYPTION_KEY', 'must be one key for files; a list is for a Redis')
  return { kind: 'file', dir, ...(encryptionKey === undefined ? undefined : { encryptionKey }) }
}

function fallbackOf(env: Env): { fallbackEnv?: string } {
  const name = 'TOKENKEEP_TOKENS_B64'
  const value = text(env, name)
  if (value === undefined) return {}
  if (!isObject(value)) throw unusable(name, 'must be base64 of a JSON object, as tokenkeep export prints it')
  return { fallbackEnv: name }
}
