// Servers to test against: Redis and Valkey as they are on this machine, else unpacked from the distribution's packages into
// target/redis. Nothing is installed, nothing is started, and no rights are needed. `node scripts/redis.mjs` says what there is.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { unpack } from './debian.mjs'
import { root } from './progress.mjs'

const place = join(root, 'target', 'redis')
const debian = join(place, 'root')

/** What each is made of on Debian and Ubuntu. A library that the machine has anyway is a file too many. */
const PACKAGES = {
  redis: ['redis-server', 'redis-tools'],
  valkey: ['valkey-server', 'valkey-tools'],
}
const LIBRARIES = ['libjemalloc2', 'liblzf1', 'libatomic1']
const PATIENCE_MS = 120_000

/** The server of `name` (`redis`, `valkey`), or why there is none. */
export function server(name) {
  const onPath = version(`${name}-server`, {})
  if (onPath !== undefined) return { command: `${name}-server`, env: {}, version: onPath }
  if (process.platform !== 'linux') return { why: `there is no ${name}-server on the PATH` }
  const command = join(debian, 'usr', 'bin', `${name}-server`)
  if (!existsSync(command)) {
    const why = attempted(name)
    if (why !== undefined) return { why }
  }
  const env = { LD_LIBRARY_PATH: libraries().join(':') }
  const unpacked = version(command, env)
  return unpacked === undefined ? { why: `${command} does not run here` } : { command, env, version: unpacked }
}

function version(command, env) {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8', env: { ...process.env, ...env } })
  return status === 0 ? /v=(\S+)/.exec(stdout)?.[1] ?? stdout.trim() : undefined
}

function libraries() {
  const lib = join(debian, 'usr', 'lib')
  return existsSync(lib) ? readdirSync(lib).map((name) => join(lib, name)) : []
}

/** Brings its packages, or says why not. `undefined`: done. */
function attempted(name) {
  const failed = join(place, `${name}.missing`)
  // Whoever has no network is not kept waiting by every file of tests.
  if (existsSync(failed) && Date.now() - Number(readFileSync(failed, 'utf8').split('\n')[0]) < 3_600_000) {
    return readFileSync(failed, 'utf8').split('\n')[1]
  }
  const why = brought(name)
  if (why === undefined) rmSync(failed, { force: true })
  else {
    mkdirSync(place, { recursive: true })
    writeFileSync(failed, `${Date.now()}\n${why}`)
  }
  return why
}

/** First from where this machine takes its packages, then from the backports of its release. */
function brought(name) {
  const own = { home: join(place, 'apt'), patienceMs: PATIENCE_MS }
  const why = unpack(PACKAGES[name], debian, { ...own, extras: LIBRARIES })
  if (why === undefined) return undefined
  const source = backports()
  const isThere = source !== undefined && unpack(PACKAGES[name], debian, { ...own, home: join(place, 'backports'), source }) === undefined
  if (!isThere) return `there is no ${name}-server on the PATH, and no package of it: ${why}`
  // Those are no backports. Where one is missed, it does not run, and that is said.
  unpack(LIBRARIES, debian, own)
  return undefined
}

function backports() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const [id, codename] = [/^ID=(\w+)/m.exec(release)?.[1], /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1]]
  return id === 'debian' ? `deb http://deb.debian.org/debian ${codename}-backports main` : undefined
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(PACKAGES)) {
    const { why, command, version } = server(name)
    console.log(why === undefined ? `${name} ${version}: ${command}` : `${name}: NOT THERE: ${why}`)
  }
}
