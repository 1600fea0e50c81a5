// A chat with guilds, as its agents meet it: a login per agent gives a session token and one token for each of its guilds, and
// both die after about 15 minutes. Its clock can be moved, its logins held up and refused.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'

const LIFETIME_MS = 15 * 60_000

/** Unknown, dead, or for something else. */
const REFUSED = { status: 401, body: { error: 'the token is unknown, or dead' } }
/** `keys`: the key of each agent, by its name. */
export async function startFabric(keys) {
  const fabric = new Fabric(keys)
  await fabric.listen()
  return fabric
}

class Fabric {
  /** Since the start: requests to log in, those let in, requests of the API, and those of them refused. */
  counters = { loginRequests: 0, logins: 0, apiRequests: 0, apiRefused: 0 }
  #keys
  #server
  #aheadMs = 0
  /** Does a login say when its tokens die? */
  #tells = true
  #tokens = new Map()
  #guilds = new Map()
  #held = new Map()
  #faults = new Map()

  constructor(keys) {
    this.#keys = new Map(Object.entries(keys))
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`
  }

  listen() {
    return new Promise((resolve, reject) => this.#server.once('error', reject).listen(0, '127.0.0.1', resolve))
  }

  close() {
    this.#server.closeAllConnections()
    return new Promise((resolve) => this.#server.close(resolve))
  }

  /** From its next login on the agent has a token for the guild. */
  grant(agent, guild) {
    this.#guilds.set(agent, [...(this.#guilds.get(agent) ?? []), guild])
  }

  /** Moves the clock of the server, and of nobody else. */
  advance(ms) {
    this.#aheadMs += ms
  }

  /** From now on logins say, or keep to themselves, when their tokens die. */
  tell(tells) {
    this.#tells = tells
  }

  /** Logins of the agent get no answer until the function that this returns is called. */
  hold(agent) {
    let release
    this.#held.set(agent, new Promise((resolve) => (release = resolve)))
    return () => {
      this.#held.delete(agent)
      release()
    }
  }

  /** The next login of the agent is answered with this status. */
  fail(agent, status) {
    this.#faults.set(agent, status)
  }

  async #answer(request, response) {
    const { status, body } = await this.#route(request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

  #route(request) {
    switch (`${request.method} ${request.url}`) {
      case 'POST /sessions':
        return this.#logIn(request)
      case 'GET /me':
        return this.#open(request, ({ agent, guild }) => guild === undefined && { agent })
      case 'GET /messages':
        return this.#open(request, ({ agent, guild }) => guild !== undefined && { guild, messages: [`${guild} greets ${agent}`] })
      default:
        return { status: 404, body: {} }
    }
  }

  async #logIn(request) {
    this.counters.loginRequests++
    const { agent, key } = await bodyOf(request)
    await this.#held.get(agent)
    const fault = this.#faults.get(agent)
    this.#faults.delete(agent)
    if (fault !== undefined) return { status: fault, body: { error: 'not now' } }
    if (key === undefined || this.#keys.get(agent) !== key) return { status: 401, body: { error: 'the key is wrong' } }
    this.counters.logins++
    const guilds = (this.#guilds.get(agent) ?? []).map((guild) => [guild, this.#issue({ agent, guild })])
    const body = { token: this.#issue({ agent }), guilds: Object.fromEntries(guilds) }
    if (this.#tells) body.expires_in = LIFETIME_MS / 1000
    return { status: 200, body }
  }

  /** What `read` makes of whose token it is, where it has a right to ask. */
  #open({ headers }, read) {
    this.counters.apiRequests++
    const issued = this.#tokens.get(headers.authorization?.replace(/^Bearer /, ''))
    const body = issued !== undefined && this.#now() < issued.diesAt && read(issued)
    if (body) return { status: 200, body }
    this.counters.apiRefused++
    return REFUSED
  }

  #issue(whose) {
    const token = randomBytes(24).toString('base64url')
    this.#tokens.set(token, { ...whose, diesAt: this.#now() + LIFETIME_MS })
    return token
  }

  #now() {
    return Date.now() + this.#aheadMs
  }
}

async function bodyOf(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return JSON.parse(text)
}
