// The agents' way into the chat: what a program has to write that speaks for many agents, each with a session of its own.
import { createTokenPool, custom, TokenError } from 'tokenkeep'

const EIGHT_MINUTES_SECONDS = 8 * 60

/** `keyOf` gives the key of an agent. */
export function createFabric({ url, keyOf, ttlSeconds = EIGHT_MINUTES_SECONDS, logger }) {
  const pool = createTokenPool({
    provider: (agent) =>
      custom({ account: agent, issuer: url, credential: keyOf(agent), login: ({ signal }) => logIn(url, agent, keyOf(agent), signal) }),
    // Whatever the token says: the server forgets it after about 15 minutes, now and then sooner.
    ttlSeconds,
    // Rather no token than one of a session that may be gone.
    serveStale: false,
    // Once a token is due, callers wait for the next one.
    refreshMarginSeconds: 60,
    logger,
  })

  const ask = (path, token) => fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
  /** Where a token is refused, the session that it came with is reported, and the call is made once more. */
  const call = async (agent, path, tokenOf) => {
    const token = await tokenOf()
    const session = pool.peek(agent)
    const response = await ask(path, token)
    if (response.status !== 401) return answerOf(response)
    // By its name: of ten callers with the same dead token one renews. Without a session somebody was faster.
    if (session !== null) await pool.invalidate(agent, session)
    return answerOf(await ask(path, await tokenOf()))
  }

  return {
    pool,
    whoAmI: (agent) => call(agent, '/me', () => pool.getToken(agent)),
    messages: (agent, guild) => call(agent, '/messages', () => pool.getScopedToken(agent, guild)),
    close: () => pool.close(),
  }
}

async function logIn(url, agent, key, signal) {
  const response = await fetch(`${url}/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ agent, key }),
    signal,
  })
  if (response.status === 401) throw new TokenError({ code: 'INVALID_CREDENTIALS', message: `the key of ${agent} was refused` })
  if (!response.ok) throw new Error(`the chat answered ${response.status}`)
  const { token, guilds, expires_in: seconds } = await response.json()
  return { token, scoped: guilds, expiresAt: seconds && Date.now() + seconds * 1000 }
}

async function answerOf(response) {
  if (!response.ok) throw new Error(`the chat answered ${response.status}`)
  return response.json()
}
