// The relay's login. In life it drives a headless browser: it opens a page, fills a form in and waits for a token to turn up, which
// takes 10 to 15 s. Here the embedded server lets it wait for as long.
import { TokenError } from 'tokenkeep'

const { KOSMI_URL, KOSMI_EMAIL, KOSMI_PASSWORD } = process.env

/** `signal` fires when its time is up: whoever has started a browser closes it then. */
export async function login({ signal }) {
  const response = await fetch(`${KOSMI_URL}/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: KOSMI_EMAIL, password: KOSMI_PASSWORD }),
    signal,
  })
  if (response.status === 401) throw new TokenError({ code: 'INVALID_CREDENTIALS', message: 'the password was refused' })
  if (!response.ok) throw new Error(`the chat answered ${response.status}`)
  const { access_token: token, expires_in: seconds } = await response.json()
  return { token, expiresAt: Date.now() + seconds * 1000 }
}
