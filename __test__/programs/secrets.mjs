// Everything that can happen to an account whose secrets are marked, and everything public printed in every way there is.
// Says what it logs, prints and inspects on stdout; whoever started it looks for the marks.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { pathToFileURL } from 'node:url'

const build = pathToFileURL(join(process.env.KEEPER_DIST, 'index.mjs')).href
const { baserow, createBaserowJwtManager, createTokenManager, fileStore, jsonLogin, memoryStore, oauth2 } = await import(build)

const { baserows, tokens, oauths, dir, marks } = JSON.parse(process.argv[2])

function show(what, value) {
  console.log(what, inspect(value, { depth: Infinity, showHidden: true, getters: true }))
  console.log(what, value)
  console.log(what, String(value), `${value?.stack ?? ''}`)
  try {
    console.log(what, JSON.stringify(value), JSON.stringify(Object.getOwnPropertyDescriptors(Object(value))))
  } catch (error) {
    console.log(what, 'is no JSON', error.message)
  }
  if (value?.cause !== undefined) show(`${what}, cause`, value.cause)
}

const note = (level) => (fields, message) => console.log(level, inspect(fields, { depth: Infinity }), JSON.stringify(fields), message)
const logger = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') }
const retry = { attempts: 2, baseDelayMs: 1, maxDelayMs: 5 }
let failures = 0
let successes = 0

/** One call; the token is what nobody may print, so only its failure is shown. */
async function attempt(what, call) {
  try {
    await call()
    successes += 1
  } catch (error) {
    failures += 1
    show(what, error)
  }
}

function watched(name, options) {
  const manager = createTokenManager({ retry, deadlineMs: 20_000, timeoutMs: 15_000, ...options, logger })
  for (const event of ['login', 'refresh', 'restore', 'invalidate', 'failure']) manager.on(event, (told) => show(`${name}, ${event}`, told))
  return manager
}

async function life(name, provider, other, store) {
  const fallbackEnv = 'MARKED_TOKENS'
  const manager = watched(name, { provider, store, fallbackEnv })
  for (const [what, part] of Object.entries({ provider, other, store, manager })) show(`${name}, ${what}`, part)
  const steps = {
    login: () => manager.getToken(),
    refresh: () => manager.getToken({ forceRefresh: true }),
    header: () => manager.authorization(),
    export: () => manager.exportTokens(),
    invalidate: () => manager.invalidate(),
    again: () => manager.getToken(),
    'dead token': async () => manager.invalidate(await manager.getToken()),
    'replace the provider': () => manager.replaceProvider(other),
    'after it': () => manager.getToken(),
    'replace it back': () => manager.replaceProvider(provider),
    'after that': () => manager.getToken(),
    logout: () => manager.logout(),
  }
  for (const [what, step] of Object.entries(steps)) {
    await attempt(`${name}, ${what}`, step)
    show(`${name}, ${what}, status`, manager.status())
    show(`${name}, ${what}, manager`, manager)
  }
  await manager.close()
  await attempt(`${name}, closed`, () => manager.getToken())
}

/** Failures of one kind, by a manager that has a session and by one that has none. */
async function failing(kind, provider) {
  const store = fileStore({ dir: join(dir, `failing-${kind}`) })
  const manager = watched(kind, { provider, store })
  await attempt(`${kind}, without a session`, () => manager.getToken())
  await attempt(`${kind}, forced`, () => manager.getToken({ forceRefresh: true }))
  show(`${kind}, status`, manager.status())
  await manager.close()
}

const alice = baserow({ baseUrl: baserows.good, email: marks.email, password: marks.password })
const bob = baserow({ baseUrl: baserows.good, email: marks.email, password: marks.wrong })
const json = jsonLogin({ url: `${tokens}/auth/token`, refreshUrl: `${tokens}/auth/refresh`, body: { api_key: marks.key }, headers: { 'x-api-key': marks.header } })
const bad = jsonLogin({ url: `${tokens}/auth/token`, body: { api_key: marks.wrong } })

const client = (origin, more) =>
  oauth2({ tokenUrl: `${origin}/oauth2/token`, revocationUrl: `${origin}/oauth2/revoke`, clientId: 'marked', grant: 'client_credentials', ...more })
const service = client(tokens, { clientSecret: marks.key })
const mistaken = client(tokens, { clientSecret: marks.wrong, clientAuth: 'post' })

for (const [name, provider, other] of [['baserow', alice, bob], ['json', json, bad], ['oauth2', service, mistaken]]) {
  await life(`${name} in memory`, provider, other, memoryStore())
  await life(`${name} on disk`, provider, other, fileStore({ dir: join(dir, name) }))
  await life(`${name} sealed`, provider, other, fileStore({ dir: join(dir, `${name}-sealed`), encryptionKey: marks.encryptionKey }))
  writeFileSync(join(dir, `${name}-broken`), marks.garbage)
  await life(`${name} on a broken disk`, provider, other, fileStore({ dir: join(dir, `${name}-broken`) }))
}

// Whatever a server answers, it may have our secrets in it.
for (const [kind, url] of Object.entries(baserows)) {
  if (kind !== 'good') await failing(kind, baserow({ baseUrl: url, email: marks.email, password: marks.password }))
}
for (const [kind, origin] of Object.entries(oauths)) {
  await failing(`oauth2, ${kind}`, client(origin, { clientSecret: marks.key }))
  await failing(`oauth2 by post, ${kind}`, client(origin, { clientSecret: marks.key, clientAuth: 'post' }))
  await failing(`oauth2 with a refresh token, ${kind}`, client(origin, { grant: 'refresh_token', refreshToken: marks.garbage, clientSecret: marks.key }))
}
await failing('a refresh token that nobody knows', client(tokens, { grant: 'refresh_token', refreshToken: marks.garbage }))
await failing('nobody there', baserow({ baseUrl: 'http://127.0.0.1:1/api', email: marks.email, password: marks.password }))
await failing('wrong password', bob)

// Tokens of last resort: such as are no tokens, such as are cut off, and good ones.
const drop = baserow({ baseUrl: 'http://127.0.0.1:1/api', email: marks.email, password: marks.password })
for (const text of [
  marks.garbage,
  Buffer.from(marks.garbage).toString('base64'),
  Buffer.from(`{"token":"${marks.garbage}"`).toString('base64'),
  Buffer.from(JSON.stringify({ token: marks.garbage, account: 'somebody@else.example' })).toString('base64'),
  Buffer.from(JSON.stringify({ version: 1, token: marks.provisioned, expires_at: new Date(Date.now() + 3_600_000) })).toString('base64'),
]) {
  process.env.MARKED_TOKENS = text
  const manager = watched('environment', { provider: drop, fallbackEnv: 'MARKED_TOKENS' })
  await attempt('environment', () => manager.getToken())
  show('environment, status', manager.status())
  await manager.close()
}
delete process.env.MARKED_TOKENS

// Files that are corrupt around a token.
for (const text of [`{"token":"${marks.garbage}`, marks.garbage, JSON.stringify({ version: 7, token: marks.garbage })]) {
  const own = join(dir, 'corrupt')
  rmSync(own, { recursive: true, force: true })
  mkdirSync(own, { mode: 0o700 })
  writeFileSync(join(own, 'session.json'), text, { mode: 0o600 })
  const manager = watched('corrupt file', { provider: alice, store: fileStore({ file: join(own, 'session.json') }) })
  await attempt('corrupt file', () => manager.getToken())
  await manager.close()
}

// Options that are wrong, with a secret in the wrong place.
for (const [what, make] of Object.entries({
  'base URL': () => baserow({ baseUrl: marks.password, email: marks.email, password: marks.password }),
  password: () => baserow({ baseUrl: baserows.good, email: marks.email, password: { secret: marks.password } }),
  headers: () => jsonLogin({ url: `${tokens}/auth/token`, body: {}, headers: { 'x-key': `${marks.header}\n` } }),
  'header name': () => jsonLogin({ url: `${tokens}/auth/token`, body: {}, headers: { 'x-key': `${marks.header}\u0000` } }),
  body: () => jsonLogin({ url: `${tokens}/auth/token`, body: marks.key }),
  'client secret': () => client(tokens, { clientSecret: { secret: marks.key } }),
  'refresh token': () => client(tokens, { clientSecret: marks.key, refreshToken: marks.garbage }),
  'encryption key': () => fileStore({ dir, encryptionKey: marks.garbage }),
  pointer: () => jsonLogin({ url: `${tokens}/auth/token`, body: { key: marks.key }, tokenPointer: 'none' }),
})) {
  await attempt(what, make)
}

// The drop-in, which has errors of its own.
const dropIn = createBaserowJwtManager({ baseUrl: baserows.good, email: marks.email, password: marks.wrong, logger })
await attempt('drop-in', () => dropIn.getToken())
show('drop-in', dropIn)
console.log(`did ${successes} things, failed at ${failures}`)
