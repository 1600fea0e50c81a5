// What the page does: 1,000 callers, one login at a server of another origin; then the behaviours, a row of the table each.
import * as tokenkeep from 'tokenkeep'
import { authFetch } from 'tokenkeep/fetch'
import { judge } from '../judge.mjs'
import { Stage } from '../stage.mjs'

const unhandled = []
addEventListener('unhandledrejection', ({ reason }) => unhandled.push(String(reason?.stack ?? reason)))

const home = new URLSearchParams(location.search).get('home')
const stage = new Stage(home)

const server = await stage.baserow()
const manager = tokenkeep.createBaserowJwtManager(server.login)
const began = performance.now()
const tokens = await Promise.all(Array.from({ length: 1000 }, () => manager.getToken()))
const took = Math.round(performance.now() - began)
const { logins } = await server.counters()
await manager.close()
await stage.clear()
const crowd = document.querySelector('#crowd')
crowd.innerHTML = '<b></b> at an embedded Baserow of another origin (CORS). '
crowd.firstChild.textContent = `1,000 callers, ${new Set(tokens).size} token, ${logins} login in ${took} ms`

const table = document.querySelector('#behaviours')
function show({ name, ok, tookMs }) {
  const row = table.insertRow()
  row.className = ok ? '' : 'failed'
  for (const text of [ok ? '✓' : '✗', name, tookMs === undefined ? '' : `${tookMs} ms`]) row.insertCell().textContent = text
}

const verdicts = await judge({ tokenkeep, authFetch, stage, isNative: false, isWasm: true }, show)
const last = { name: 'no rejection was left unhandled', ok: unhandled.length === 0, why: unhandled.join('\n') }
show(last)
crowd.append(`Then, in ${navigator.userAgent.match(/Chrome\/\d+/) ?? 'a browser'}:`)
globalThis.verdicts = [{ name: 'a page of another origin logs in: 1,000 callers, one login', ok: new Set(tokens).size === 1 && logins === 1 }, ...verdicts, last]
