import type { TuningOptions } from './api'
import { invalid, object } from './checks'
import type { NativeHttp } from './native'
import { checkHttp } from './native'

/** How to reach the server, as the native side takes it. */
export function httpOf({ tls, proxy }: TuningOptions, proxyByDefault: boolean): NativeHttp {
  const http = { ...trustOf(tls), ...proxyOf(proxy ?? proxyByDefault) }
  const unusable = tls || proxy ? checkHttp(http) : null
  if (unusable !== null) throw invalid(unusable[0]!, `cannot be used: ${unusable[1]}`)
  return http
}

/** Does a login over plain http leave this machine? */
export function isPlainAndFar(url: string): boolean {
  const host = /^http:\/\/(\[.*\]|[^/:]*)/.exec(url)?.[1]
  return host !== undefined && !/^(.*\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(host)
}

function trustOf(tls: TuningOptions['tls'] | null): NativeHttp {
  const { ca, cert, key, roots } = object(tls, 'tls') ?? {}
  if (roots != null && roots !== 'bundled' && roots !== 'system') throw invalid('tls.roots', "must be 'bundled' or 'system'")
  if ((cert == null) !== (key == null)) {
    throw invalid(key == null ? 'tls.key' : 'tls.cert', 'is missing: a client certificate needs both')
  }
  const extraCaFile = environment().NODE_EXTRA_CA_CERTS
  return {
    systemRoots: roots === 'system',
    ...(ca == null ? undefined : { ca: [ca].flat().map(bytes) }),
    ...(cert == null ? undefined : { cert: pem('tls.cert', cert) }),
    ...(key == null ? undefined : { key: pem('tls.key', key) }),
    ...(extraCaFile ? { extraCaFile } : undefined),
  }
}

function proxyOf(proxy: unknown): Partial<NativeHttp> {
  switch (typeof proxy) {
    case 'boolean':
      return proxy ? proxiesOfEnvironment() : {}
    case 'string':
      if (/^https?:\/\/./i.test(proxy)) return { proxy }
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
