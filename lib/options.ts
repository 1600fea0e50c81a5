import type { BaserowJwtManagerOptions, TuningOptions } from './api'
import { BaserowAuthError } from './errors'
import type { NativeHttp, NativeOptions } from './native'
import { checkHttp } from './native'

/** Options of the API that are not built yet. Ignoring one of them would be worse than refusing it. */
const NOT_YET = ['store', 'refresh', 'refreshIntervalSeconds', 'fetch', 'retry', 'fallbackEnv']

const DEFAULTS = { refreshMarginSeconds: 60, timeoutMs: 10_000, deadlineMs: 30_000, serveStale: true }

/** The options as the native side takes them; throws an INVALID_OPTION that names the option. */
export function toNativeOptions(options: BaserowJwtManagerOptions): NativeOptions {
  for (const name of NOT_YET) {
    if ((options as unknown as Record<string, unknown>)[name] != null) {
      throw invalid(name, 'is not supported by this version of tokenkeep')
    }
  }
  const baseUrl = baseUrlOf(options.baseUrl)
  const http = httpOf(options)
  const unusable = options.tls || options.proxy ? checkHttp(http, baseUrl) : null
  if (unusable !== null) throw invalid(unusable[0]!, `cannot be used: ${unusable[1]}`)
  const ttlSeconds = number(options, 'ttlSeconds', { above: 0 })
  return {
    baseUrl,
    email: text(options, 'email'),
    password: text(options, 'password'),
    hasTotp: callback(options.totp),
    hasLogger: hasLogger(options.logger),
    marginMs: (number(options, 'refreshMarginSeconds', { from: 0 }) ?? DEFAULTS.refreshMarginSeconds) * 1000,
    ...(ttlSeconds === undefined ? undefined : { ttlMs: ttlSeconds * 1000 }),
    timeoutMs: number(options, 'timeoutMs', { above: 0 }) ?? DEFAULTS.timeoutMs,
    deadlineMs: number(options, 'deadlineMs', { above: 0 }) ?? DEFAULTS.deadlineMs,
    serveStale: flag(options.serveStale) ?? DEFAULTS.serveStale,
    http,
  }
}

/** Does a login over plain http leave this machine? */
export function isPlainAndFar(baseUrl: string): boolean {
  const host = /^http:\/\/(\[.*\]|[^/:]*)/.exec(baseUrl)?.[1]
  return host !== undefined && !/^(.*\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(host)
}

function baseUrlOf(value: unknown): string {
  let href: string
  try {
    // From here on in its normal form; the text is cheaper to read than the parts.
    href = new URL(value as string).href
  } catch {
    throw invalid('baseUrl', 'must be a URL such as https://baserow.example.com/api')
  }
  if (!/^https?:/.test(href)) throw invalid('baseUrl', 'must begin with http:// or https://')
  if (/^\w+:\/\/[^/]*@/.test(href)) throw invalid('baseUrl', 'must not carry a user name or a password')
  if (/[?#]/.test(href)) throw invalid('baseUrl', 'must not have a query or a fragment')
  return href.replace(/\/$/, '')
}

function httpOf({ tls: given, proxy }: TuningOptions): NativeHttp {
  const tls = given ?? undefined
  if (tls !== undefined && typeof tls !== 'object') throw invalid('tls', 'must be an object')
  if (tls?.roots !== undefined && tls.roots !== 'bundled' && tls.roots !== 'system') {
    throw invalid('tls.roots', "must be 'bundled' or 'system'")
  }
  if ((tls?.cert === undefined) !== (tls?.key === undefined)) {
    throw invalid(tls?.key === undefined ? 'tls.key' : 'tls.cert', 'is missing: a client certificate needs both')
  }
  const extraCaFile = environment().NODE_EXTRA_CA_CERTS
  return {
    systemRoots: tls?.roots === 'system',
    ...(tls?.ca === undefined ? undefined : { ca: [tls.ca].flat().map(bytes) }),
    ...(tls?.cert === undefined ? undefined : { cert: pem('tls.cert', tls.cert) }),
    ...(tls?.key === undefined ? undefined : { key: pem('tls.key', tls.key) }),
    ...(extraCaFile ? { extraCaFile } : undefined),
    ...proxyOf(proxy),
  }
}

function proxyOf(proxy: unknown): Partial<NativeHttp> {
  switch (typeof (proxy ?? undefined)) {
    case 'undefined':
      return {}
    case 'boolean':
      return proxy ? proxiesOfEnvironment() : {}
    case 'string':
      if (/^https?:\/\/./i.test(proxy as string)) return { proxy: proxy as string }
  }
  throw invalid('proxy', 'must be true, false or the URL of a proxy (http://host:port)')
}

function proxiesOfEnvironment(): Partial<NativeHttp> {
  const env = environment()
  const proxyForHttp = env.HTTP_PROXY || env.http_proxy
  const proxyForHttps = env.HTTPS_PROXY || env.https_proxy
  const noProxy = env.NO_PROXY || env.no_proxy
  return {
    ...(proxyForHttp ? { proxyForHttp } : undefined),
    ...(proxyForHttps ? { proxyForHttps } : undefined),
    ...(noProxy ? { noProxy } : undefined),
  }
}

function environment(): Record<string, string | undefined> {
  return typeof process === 'undefined' ? {} : process.env
}

function bytes(ca: unknown): Uint8Array {
  if (typeof ca === 'string') return new TextEncoder().encode(ca)
  if (ca instanceof Uint8Array) return ca
  throw invalid('tls.ca', 'must be PEM text or the bytes of a certificate')
}

function pem(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw invalid(name, 'must be PEM text')
}

function text(options: BaserowJwtManagerOptions, name: 'email' | 'password'): string {
  const value: unknown = options[name]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(name, 'must be a non-empty string')
}

function number(
  options: BaserowJwtManagerOptions,
  name: 'refreshMarginSeconds' | 'ttlSeconds' | 'timeoutMs' | 'deadlineMs',
  least: { from: number } | { above: number },
): number | undefined {
  const value: unknown = options[name]
  if (value === undefined || value === null) return undefined
  const enough = typeof value === 'number' && ('from' in least ? value >= least.from : value > least.above)
  if (enough && Number.isFinite(value)) return value
  throw invalid(name, `must be a finite number ${'from' in least ? `of at least ${least.from}` : `above ${least.above}`}`)
}

function flag(value: unknown): boolean | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'boolean') return value
  throw invalid('serveStale', 'must be true or false')
}

function callback(value: unknown): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'function') return true
  throw invalid('totp', 'must be a function that returns a code')
}

function hasLogger(value: unknown): boolean {
  if (value === undefined || value === null) return false
  const { info, warn } = value as Record<string, unknown>
  if (typeof info === 'function' && typeof warn === 'function') return true
  throw invalid('logger', 'must have the methods info and warn, as pino and console do')
}

function invalid(name: string, what: string): BaserowAuthError {
  return new BaserowAuthError(`INVALID_OPTION: ${name} ${what}`, 500, { code: 'INVALID_OPTION' })
}
