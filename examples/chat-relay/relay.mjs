// The relay: what a program with a slow login of its own and a token that lives a year has to write.
import { createTokenManager, custom, fileStore } from 'tokenkeep'
import { log } from '../log.mjs'
import { login } from './login.mjs'

const { KOSMI_URL, KOSMI_EMAIL, KOSMI_PASSWORD, KOSMI_TOKEN_FILE, MATTERBRIDGE_DATA_DIR } = process.env
const WEEK_SECONDS = 7 * 86_400

const manager = createTokenManager({
  // It may take its time: a custom login has two minutes.
  provider: custom({ account: KOSMI_EMAIL, issuer: KOSMI_URL, credential: KOSMI_PASSWORD, login }),
  store: fileStore(KOSMI_TOKEN_FILE ? { file: KOSMI_TOKEN_FILE } : { dir: MATTERBRIDGE_DATA_DIR }),
  refreshMarginSeconds: WEEK_SECONDS,
  logger: log,
})

const response = await fetch(`${KOSMI_URL}/api/me`, { headers: { authorization: await manager.authorization() } })
if (!response.ok) throw new Error(`the chat answered ${response.status}`)
const { account } = await response.json()
console.log(`connected as ${account}`)
await manager.close()
