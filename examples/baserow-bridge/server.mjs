// Which Baserow the bridge talks to.
import { DEFAULT_USER, startBaserow } from 'tokenkeep/testing'

export async function server() {
  const { BASEROW_URL, BASEROW_USER_EMAIL, BASEROW_USER_PASSWORD } = process.env
  if (BASEROW_URL && BASEROW_USER_EMAIL && BASEROW_USER_PASSWORD) {
    return own(BASEROW_URL, BASEROW_USER_EMAIL, BASEROW_USER_PASSWORD)
  }
  return embedded()
}

async function embedded() {
  const started = await startBaserow()
  const { baseUrl } = started
  return {
    ...DEFAULT_USER,
    baseUrl,
    description: `the embedded server (${baseUrl}; set BASEROW_URL, BASEROW_USER_EMAIL and BASEROW_USER_PASSWORD for your own)`,
    readMetadata: (authorization) => get(baseUrl, '/database/tables/database/1/', authorization),
    close: () => started.close(),
  }
}

function own(url, email, password) {
  const trimmed = url.replace(/\/$/, '')
  const baseUrl = trimmed.endsWith('/api') ? trimmed : `${trimmed}/api`
  return {
    baseUrl,
    email,
    password,
    description: baseUrl,
    readMetadata: async (authorization) => {
      const listed = await get(baseUrl, '/applications/', authorization)
      const database = listed.body?.find?.(({ type }) => type === 'database')
      return database ? get(baseUrl, `/database/tables/database/${database.id}/`, authorization) : listed
    },
    close: async () => {},
  }
}

async function get(baseUrl, path, authorization) {
  const response = await fetch(baseUrl + path, { headers: { authorization } })
  const body = await response.json().catch(() => null)
  return { path: new URL(baseUrl).pathname + path, status: response.status, body }
}
