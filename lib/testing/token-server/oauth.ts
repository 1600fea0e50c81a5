import type { Answer } from '../answers'
import type { Exchange } from '../exchange'
import type { Backend } from './endpoints'
import { granted, REASONS, refusal } from './replies'
import type { Settings } from './settings'

/** RFC 6749 §5.1: nobody keeps a copy of the answer. */
const NOT_KEPT = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** Exchanges client credentials or a refresh token (RFC 6749 §4.4, §6). A public client may have any id; a secret must be one of the keys. */
export function issueToken(backend: Backend, exchange: Exchange): Answer {
  const form = readForm(exchange)
  if ('status' in form) return form
  const { settings, sessions, counters } = backend
  const client = clientOf(settings, exchange, form.fields)
  if (client === undefined) return refuseClient(backend)
  const grant = form.fields.get('grant_type')
  if (grant === 'client_credentials') {
    if (client.account === undefined) return refusal(400, 'unauthorized_client', 'A public client has no credentials.')
    counters.logins += 1
    // RFC 6749 §4.4.3: without a refresh token
    return bearer(granted(settings, sessions.open(client.account, false)))
  }
  if (grant !== 'refresh_token') return refusal(400, 'unsupported_grant_type', 'Use client_credentials or refresh_token.')
  const token = form.fields.get('refresh_token')
  if (token === null) return refusal(400, 'invalid_request', 'refresh_token is missing.')
  const refreshed = sessions.refresh(token)
  if (typeof refreshed !== 'string') {
    counters.refreshes += 1
    return bearer(granted(settings, refreshed))
  }
  counters.rejected += 1
  if (refreshed === 'reused') counters.reuses += 1
  return refusal(400, 'invalid_grant', REASONS[refreshed])
}

/** Revokes a token (RFC 7009): a refresh token with everything that came of its login. */
export function revokeToken(backend: Backend, exchange: Exchange): Answer {
  const form = readForm(exchange)
  if ('status' in form) return form
  if (clientOf(backend.settings, exchange, form.fields) === undefined) return refuseClient(backend)
  const token = form.fields.get('token')
  if (token === null) return refusal(400, 'invalid_request', 'token is missing.')
  backend.sessions.revoke(token)
  // Section 2.2: whether it was there or not
  return { status: 200, headers: NOT_KEPT, body: '' }
}

/** Whose key it has shown, if any; undefined: a wrong one, or no name at all. */
function clientOf(settings: Settings, { headers }: Exchange, fields: URLSearchParams): { account: string | undefined } | undefined {
  const [, credentials] = /^Basic +(\S+)$/i.exec(headers.authorization ?? '') ?? []
  const [id, secret] =
    credentials === undefined
      ? [fields.get('client_id'), fields.get('client_secret')]
      : Buffer.from(credentials, 'base64').toString().split(':').map(decoded)
  if (!id) return undefined
  if (!secret) return { account: undefined }
  const key = settings.keys.indexOf(secret)
  return key === -1 ? undefined : { account: `key ${key + 1}` }
}

/** RFC 6749, appendix B */
function decoded(text: string): string {
  return new URLSearchParams(`_=${text}`).get('_') ?? ''
}

function refuseClient({ counters }: Backend): Answer {
  counters.rejected += 1
  return refusal(401, 'invalid_client', 'The client is unknown, or its secret wrong.', { 'www-authenticate': 'Basic realm="tokens"' })
}

function bearer(answer: Answer): Answer {
  const body = JSON.stringify({ token_type: 'Bearer', ...(JSON.parse(answer.body) as object) })
  return { ...answer, headers: { ...answer.headers, ...NOT_KEPT }, body }
}

function readForm({ headers, body }: Exchange): { fields: URLSearchParams } | Answer {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return { fields: new URLSearchParams(body.toString()) }
  return refusal(400, 'invalid_request', 'Send application/x-www-form-urlencoded.')
}
