import { json, type Answer } from '../answers'
import type { Grant, Refused } from './sessions'
import type { Settings } from './settings'

/** What a refused refresh token is told. */
export const REASONS: Record<Refused, string> = {
  unknown: 'The refresh token is unknown.',
  expired: 'The refresh token has expired.',
  revoked: 'The session was revoked.',
  reused: 'The refresh token was used before: the session is revoked.',
}

/** The tokens of a login or a refresh. */
export function granted({ accessLifetimeMs, omitExpiresIn }: Settings, { access, refresh }: Grant): Answer {
  return json(200, {
    access_token: access,
    ...(refresh === undefined ? {} : { refresh_token: refresh }),
    ...(omitExpiresIn ? {} : { expires_in: accessLifetimeMs / 1000 }),
  })
}

/** A refusal, as RFC 6749 §5.2 writes one. */
export function refusal(status: number, error: string, description: string, headers?: Record<string, string>): Answer {
  return json(status, { error, error_description: description }, headers)
}
