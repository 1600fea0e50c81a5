// What can be said of an addon without loading it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

export function portrait(addon) {
  const bytes = readFileSync(addon)
  return { size: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, glibc: highestGlibc(addon, bytes) }
}

/** The newest version of glibc that any of its symbols asks for. */
function highestGlibc(addon, bytes) {
  const isElf = bytes.subarray(0, 4).toString('latin1') === '\x7fELF'
  if (!isElf) return 'none'
  const versions = execFileSync('readelf', ['--version-info', '--wide', addon], { encoding: 'utf8' }).matchAll(/\bGLIBC_([\d.]+)/g)
  const numbers = [...versions].map(([, version]) => version.split('.').map(Number))
  const [newest] = numbers.sort((a, b) => b[0] - a[0] || b[1] - a[1] || (b[2] ?? 0) - (a[2] ?? 0))
  return newest?.join('.') ?? 'none'
}
