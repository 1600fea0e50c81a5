// A process with tokens that somebody provisioned. Renews as often as it is told, in step with others, and says what came of it.
import { createTokenManager, fileStore, oauth2 } from '../../dist/index.mjs'

const { provider, dir, renewals } = JSON.parse(process.argv[2])
const manager = createTokenManager({ provider: oauth2(provider), store: fileStore({ dir }) })
const outcomes = []
for (let round = 0; round < renewals; round += 1) {
  const outcome = await manager.getToken({ forceRefresh: round > 0 }).then(
    (token) => ({ token }),
    ({ code, message }) => ({ code, message }),
  )
  outcomes.push(outcome)
}
await manager.close()
console.log(JSON.stringify(outcomes))
