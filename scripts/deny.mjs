// cargo-deny over what is published and what it is tested with: licences, bans, sources, duplicates. `npm run supply-chain`;
// `-- --advisories` asks the internet for known vulnerabilities, too. Brings cargo-deny where there is none.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { must, root, step } from './progress.mjs'

const VERSION = '0.20.2'
const tools = join(root, 'target', 'tools')
const own = join(tools, 'bin', process.platform === 'win32' ? 'cargo-deny.exe' : 'cargo-deny')

/** The program, if there is one. To install it takes minutes. */
export function found() {
  if (existsSync(own)) return own
  return spawnSync('cargo-deny', ['--version']).status === 0 ? 'cargo-deny' : undefined
}

async function brought() {
  const args = ['install', '--quiet', '--locked', '--root', tools, '--target-dir', join(tools, 'target'), `cargo-deny@${VERSION}`]
  await must(`install cargo-deny ${VERSION} (four minutes of two cores)`, 'cargo', args)
  return own
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const program = found() ?? (await brought())
  const asksInternet = process.argv.includes('--advisories')
  const checks = ['bans', 'licenses', 'sources', ...(asksInternet ? ['advisories'] : [])]
  execFileSync('cargo', ['fetch', '--quiet', '--locked'], { cwd: root, stdio: 'inherit' })
  const { ok } = await step(`cargo-deny: ${checks.join(', ')}`, program, [...(asksInternet ? [] : ['--offline']), '--locked', 'check', ...checks])
  if (!asksInternet) console.log('  NOT ASKED: known vulnerabilities, which have to be fetched. A release asks (-- --advisories).')
  process.exitCode = ok ? 0 : 1
}
