// The runner's tokens: what a program has to write whose tokens are provisioned from outside.
import { createTokenManager, fileStore, oauth2 } from 'tokenkeep'

/** Where tokens are when none are stored: base64 JSON with access_token, refresh_token, expires_at and account. */
export const TOKENS_VARIABLE = 'TOKENKEEP_TOKENS_B64'

export function createManager({ logger, env = process.env, refreshIntervalSeconds } = {}) {
  const { DRIVE_URL, DRIVE_ACCOUNT, TOKENKEEP_CACHE_DIR } = env
  return createTokenManager({
    // A public client, as a drive registers a program that runs on other people's machines. There is no login: tokens come from outside.
    provider: oauth2({
      tokenUrl: `${DRIVE_URL}/oauth2/token`,
      revocationUrl: `${DRIVE_URL}/oauth2/revoke`,
      clientId: 'drive-runner',
      grant: 'refresh_token',
      scope: 'Files.ReadWrite.All offline_access',
      account: DRIVE_ACCOUNT,
    }),
    store: fileStore({ dir: TOKENKEEP_CACHE_DIR }),
    fallbackEnv: TOKENS_VARIABLE,
    refreshMarginSeconds: 5 * 60,
    refreshIntervalSeconds,
    logger,
  })
}
