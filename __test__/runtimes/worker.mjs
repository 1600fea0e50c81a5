// Run by workerd. /judge has the behaviours in one request; /token asks the manager that all requests share, and /leave does without
// waiting for its answer.
import { createBaserowJwtManager } from 'tokenkeep'
import * as tokenkeep from 'tokenkeep'
import { authFetch } from 'tokenkeep/fetch'
import { judge } from './judge.mjs'
import { Stage } from './stage.mjs'

const unhandled = []
addEventListener('unhandledrejection', ({ reason }) => unhandled.push(String(reason?.stack ?? reason)))

/** Outside any request, where a host of this kind allows nothing that takes time. */
createBaserowJwtManager({ baseUrl: 'http://127.0.0.1:9/api', email: 'a@example.com', password: 'never asked for' })

/** One for all requests, by what it is told. */
const managers = new Map()

function managerOf(options) {
  const key = JSON.stringify(options)
  if (!managers.has(key)) managers.set(key, createBaserowJwtManager(options))
  return managers.get(key)
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url)
    const given = await request.json()
    if (pathname === '/judge') {
      const verdicts = await judge({ tokenkeep, authFetch, stage: new Stage(given.home), isNative: false, isWasm: true })
      verdicts.push({ name: 'no rejection was left unhandled', ok: unhandled.length === 0, why: unhandled.join('\n') })
      return Response.json(verdicts)
    }
    const asked = managerOf(given).getToken()
    if (pathname === '/leave') {
      asked.catch(() => {})
      return new Response('left')
    }
    const token = await asked.catch((error) => error.code)
    return Response.json({ token, at: Date.now() })
  },
}
