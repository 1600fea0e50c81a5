// A Baserow for any number of accounts, in a process of its own: it knows nobody, lets everybody in, and costs as little as it can.
import { randomBytes } from 'node:crypto'
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

const { latencyMs, lifetimeSeconds, minute } = JSON.parse(process.argv[2]!) as Generosity
const begun = Date.now() / 1000
const seen: Seen = { requests: 0, atOnce: 0 }
let open = 0
let users = 100_000

/** As a real Baserow's (spec/baserow-contract.md): 228 and 275 characters, of which nobody can guess the identifier and the signature. */
function token(type: 'access' | 'refresh', iat: number, exp: number): string {
  const jti = randomBytes(16).toString('hex')
  const more = type === 'refresh' ? { verified_email_claim: 'enforced' } : undefined
  const claims = { token_type: type, exp, iat, jti, user_id: users, ...more }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}.${randomBytes(32).toString('base64url')}`
}

function answer(isLogin: boolean): string {
  const iat = Math.floor(Date.now() / 1000)
  const exp = isLogin && minute !== undefined ? Math.floor(begun + minute + Math.random() * 60) : iat + lifetimeSeconds
  users++
  const access = token('access', iat, exp)
  const refresh = isLogin ? { refresh_token: token('refresh', iat, iat + 604_800) } : undefined
  return JSON.stringify({ token: access, access_token: access, ...refresh })
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
