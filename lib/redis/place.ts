import { invalid } from '../checks'

/** Where a Redis is, and who we are to it. */
export interface Place {
  host: string
  port: number
  /** Of a Unix socket, in place of host and port. */
  path?: string
  username?: string
  password?: string
  db: number
  tls: boolean
}

const PORT = 6379

/** What a URL says. Errors never show it: it carries a password. */
export function placeOf(url: unknown): Place {
  let parsed: URL
  try {
    parsed = new URL(url as string)
  } catch {
    throw invalid('url', 'must be a URL such as redis://user:password@host:6379/0')
  }
  const { protocol, hostname, port, pathname, username, password, searchParams, hash } = parsed
  if (!/^(rediss?|unix):$/.test(protocol)) throw invalid('url', 'must begin with redis://, rediss:// or unix://')
  const isSocket = protocol === 'unix:'
  const unknown = [...searchParams.keys()].filter((name) => !(isSocket && name === 'db'))
  if (unknown.length > 0 || hash !== '') {
    throw invalid('url', `must not have a query or a fragment${isSocket ? ' but ?db=' : ''}: use a client of your own for other settings`)
  }
  const who = {
    ...(username === '' ? undefined : { username: decoded(username) }),
    ...(password === '' ? undefined : { password: decoded(password) }),
  }
  if (isSocket) {
    if (hostname !== '' || pathname === '' || pathname === '/') throw invalid('url', 'must be like unix:///run/redis/redis.sock')
    return { host: '', port: 0, path: decoded(pathname), db: database(searchParams.get('db') ?? ''), tls: false, ...who }
  }
  if (hostname === '') throw invalid('url', 'has no host')
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return { host, port: port === '' ? PORT : Number(port), db: database(pathname.slice(1)), tls: protocol === 'rediss:', ...who }
}

/** For people. */
export function nameOf({ host, port, path }: Place): string {
  return `Redis at ${path ?? `${host.includes(':') ? `[${host}]` : host}:${port}`}`
}

function database(text: string): number {
  if (!/^\d*$/.test(text)) throw invalid('url', 'must end in the number of a database, such as /0')
  return Number(text)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid('url', 'has a % that is no escape; write it as %25')
  }
}
