// The stage: a process of its own with the servers of `tokenkeep/testing`, for programs of any runtime, pages of a browser among them. They
// ask it over HTTP (__test__/runtimes/stage.mjs). It ends with whoever started it.
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from '../progress.mjs'

const { DEFAULT_KEY, DEFAULT_USER, startBaserow, startTokenServer } = createRequire(import.meta.url)(join(root, 'dist', 'testing.cjs'))

const servers = new Map()
let last = 0

const WORK = {
  async start({ kind, options }) {
    const server = await (kind === 'baserow' ? startBaserow : startTokenServer)(options)
    const id = ++last
    servers.set(id, server)
    const { url } = server
    if (kind === 'baserow') return { id, url, baseUrl: server.baseUrl, login: { baseUrl: server.baseUrl, ...DEFAULT_USER } }
    const { loginUrl, refreshUrl, tokenUrl, revocationUrl, apiUrl } = server
    return { id, url, loginUrl, refreshUrl, tokenUrl, revocationUrl, apiUrl, key: DEFAULT_KEY }
  },
  counters: ({ id }) => servers.get(id).counters,
  requests: ({ id }) => servers.get(id).requests.map(({ method, path, headers }) => ({ method, path, headers })),
  async call({ id, method, args }) {
    await servers.get(id)[method](...args)
    return null
  },
  async close({ id }) {
    await servers.get(id).close()
    servers.delete(id)
    return null
  },
}

const stage = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const answer = (status, said) => {
    response.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
    response.end(JSON.stringify(said))
  }
  try {
    answer(200, await WORK[request.url.slice(1)](JSON.parse(body)))
  } catch (error) {
    answer(500, { error: String(error) })
  }
})

stage.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${stage.address().port}`))
process.on('disconnect', () => process.exit())
