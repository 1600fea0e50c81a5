// The relay: what a program with a slow login and a token that lives a year has to write.
import { createTokenManager, fileStore, jsonLogin } from 'tokenkeep'
import { log } from '../log.mjs'

const { KOSMI_URL, KOSMI_EMAIL, KOSMI_PASSWORD, KOSMI_TOKEN_FILE, MATTERBRIDGE_DATA_DIR } = process.env
const WEEK_SECONDS = 7 * 86_400

const manager = createTokenManager({
  provider: jsonLogin({
    url: `${KOSMI_URL}/auth/token`,
    body: { username: KOSMI_EMAIL, password: KOSMI_PASSWORD },
    account: KOSMI_EMAIL,
  }),
  store: fileStore(KOSMI_TOKEN_FILE ? { file: KOSMI_TOKEN_FILE } : { dir: MATTERBRIDGE_DATA_DIR }),
  refreshMarginSeconds: WEEK_SECONDS,
  // A headless browser logs in for us, which takes 10 to 15 s when all goes well; the defaults are for plain HTTP.
  timeoutMs: 60_000,
  deadlineMs: 150_000,
  logger: log,
})

const response = await fetch(`${KOSMI_URL}/api/me`, { headers: { authorization: await manager.authorization() } })
if (!response.ok) throw new Error(`the chat answered ${response.status}`)
const { account } = await response.json()
console.log(`connected as ${account}`)
await manager.close()
