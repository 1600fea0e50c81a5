// The runner's tokens: what a program has to write whose tokens are provisioned from outside.
import { createTokenManager, fileStore, jsonLogin } from 'tokenkeep'

/** Where tokens are when none are stored: base64 JSON with access_token, refresh_token, expires_at and account. */
export const TOKENS_VARIABLE = 'TOKENKEEP_TOKENS_B64'

export function createManager({ logger, env = process.env, refreshIntervalSeconds } = {}) {
  const { DRIVE_URL, DRIVE_ACCOUNT, TOKENKEEP_CACHE_DIR } = env
  return createTokenManager({
    provider: jsonLogin({
      // This service lets no program log in: it refuses, and the tokens from outside take the login's place.
      url: `${DRIVE_URL}/auth/token`,
      body: { grant_type: 'none' },
      refreshUrl: `${DRIVE_URL}/auth/refresh`,
      account: DRIVE_ACCOUNT,
    }),
    store: fileStore({ dir: TOKENKEEP_CACHE_DIR }),
    fallbackEnv: TOKENS_VARIABLE,
    refreshMarginSeconds: 5 * 60,
    refreshIntervalSeconds,
    logger,
  })
}
