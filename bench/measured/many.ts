// A Baserow for any number of accounts, in a process of its own: it knows nobody, lets everybody in, and costs as little as it can.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What it gives and how. */
export interface Generosity {
  latencyMs: number
  /** Seconds that a token of a login lives. */
  lifetimeSeconds: number
  /** Instead: in seconds from the server's start, the minute in which all of them end. */
  minute?: number
}

/** What it has seen. */
export interface Seen {
  requests: number
  /** The most requests that were unanswered at one time. */
  atOnce: number
}

/** Lengths of a token and of a refresh token of a real Baserow. */
const ACCESS_BYTES = 230
const REFRESH_BYTES = 275

const { latencyMs, lifetimeSeconds, minute } = JSON.parse(process.argv[2]!) as Generosity
const begun = Date.now() / 1000
const seen: Seen = { requests: 0, atOnce: 0 }
let open = 0
let last = 0

function token(bytes: number, claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.`
  return text + Buffer.from(`${last}-`.repeat(bytes)).toString('base64url').slice(0, bytes - text.length)
}

function answer(isLogin: boolean): string {
  const iat = Math.floor(Date.now() / 1000)
  const exp = isLogin && minute !== undefined ? Math.floor(begun + minute + Math.random() * 60) : iat + lifetimeSeconds
  const access = token(ACCESS_BYTES, { iat, exp, jti: ++last })
  const refresh = token(REFRESH_BYTES, { iat, exp: iat + 604_800, jti: last, token_type: 'refresh' })
  return JSON.stringify({ token: access, access_token: access, ...(isLogin ? { refresh_token: refresh } : undefined) })
}

const server = createServer((request, response) => {
  seen.requests++
  seen.atOnce = Math.max(seen.atOnce, ++open)
  const isLogin = request.url!.includes('token-auth')
  const send = () => {
    open--
    response.setHeader('content-type', 'application/json')
    response.end(answer(isLogin))
  }
  request.resume().once('end', () => (latencyMs > 0 ? setTimeout(send, latencyMs) : send()))
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send!(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api`))
process.on('message', () => process.send!(seen))
process.once('disconnect', () => process.exit())
