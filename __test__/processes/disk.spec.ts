// Whatever is wrong with the disk costs one warning, and nobody a token (use case 5); what is not ours stays as it is.
import {
  chmodSync, chownSync, closeSync, existsSync, ftruncateSync, lstatSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync,
  symlinkSync, truncateSync, writeFileSync,
} from 'node:fs'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { BaserowServer } from 'tokenkeep/testing'
import { startBaserow } from 'tokenkeep/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LONG, namesIn, tidy, workshop } from './folder'
import { complaints, keep, type Keeper, type KeeperOptions, ofBaserow, reap } from './keeper'

/** Whom nothing belongs to. Root, who may write everywhere, has its programs run by it. */
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
const asNobody = isRoot ? { uid: NOBODY } : {}

let server: BaserowServer
let base: string
let dir: string
let record: string

const keeper = (more: Partial<KeeperOptions> = {}) => keep({ provider: ofBaserow(server), store: { dir }, ...asNobody, ...more })

beforeEach(async () => {
  server = await startBaserow()
  base = workshop()
  dir = join(base, 'store')
  mkdirSync(dir, { mode: 0o700 })
  if (isRoot) chownSync(dir, NOBODY, NOBODY)
})
afterEach(async () => {
  await reap()
  await server.close()
  chmodSync(base, 0o700)
  tidy()
})

/** A session on disk, of a process that has gone. */
async function stored(): Promise<string> {
  const first = keeper()
  const { value } = await first.ask('getToken')
  await first.leave()
  record = join(dir, namesIn(dir).records[0]!)
  return value!
}

/** A token, and exactly one warning, which says where and what to do. */
async function expectTokenAndOneWarning(one: Keeper, path: string, advice: RegExp): Promise<string> {
  const { value, error } = await one.ask('getToken')
  expect(error).toBeUndefined()
  expect(value).toMatch(/^eyJ/)
  expect((await one.ask('getToken', { forceRefresh: true })).value).toMatch(/^eyJ/)
  expectOneWarning(one, path, advice)
  return value!
}

function expectOneWarning(one: Keeper, path: string, advice: RegExp): void {
  expect(complaints(one).map(({ level, message }) => ({ level, message }))).toEqual([
    { level: 'warn', message: expect.stringContaining(path) as string },
  ])
  expect(complaints(one)[0]!.message).toMatch(advice)
}

/** The calls that change what is stored must not fail either: they say it, and go on. */
async function expectWholeLife(one: Keeper): Promise<void> {
  const { value } = await one.ask('getToken')
  expect(await one.ask('invalidate', value)).toMatchObject({ value: null })
  const { value: next } = await one.ask('getToken')
  expect(next).toMatch(/^eyJ/)
  expect(next).not.toBe(value)
  expect(await one.ask('logout')).toMatchObject({ value: null })
  expect((await one.ask('getToken')).value).toMatch(/^eyJ/)
  expect(await one.ask('replaceProvider', ofBaserow(server))).toMatchObject({ value: null })
  expect((await one.ask('getToken')).value).toMatch(/^eyJ/)
}

describe('a folder', { timeout: 120_000 }, () => {
  const UNWRITABLE: Array<[what: string, spoil: () => void]> = [
    ['that is read-only', () => chmodSync(dir, 0o500)],
    ['that we may not enter', () => chmodSync(dir, 0o000)],
    ['that belongs to somebody else', () => (isRoot ? chownSync(dir, 0, 0) : chmodSync(dir, 0o500))],
  ]

  it.each(UNWRITABLE)('%s', async (_, spoil) => {
    spoil()
    await expectTokenAndOneWarning(keeper(), dir, /writable|elsewhere/)
  })

  it.each(UNWRITABLE)('%s, with a session in it', async (_, spoil) => {
    await stored()
    const before = readFileSync(record, 'utf8')
    spoil()
    const one = keeper()
    await expectTokenAndOneWarning(one, dir, /writable|elsewhere/)
    chmodSync(dir, 0o700)
    expect(readFileSync(record, 'utf8')).toBe(before)
    expect(namesIn(dir).temporary).toEqual([])
  })

  it.each(UNWRITABLE)('%s: invalidate, logout and replaceProvider still do what they can', async (_, spoil) => {
    await stored()
    spoil()
    await expectWholeLife(keeper())
  })

  it('that cannot be made', async () => {
    rmSync(dir, { recursive: true })
    writeFileSync(dir, 'a file of somebody')
    await expectTokenAndOneWarning(keeper(), dir, /writable|elsewhere/)
    expect(readFileSync(dir, 'utf8')).toBe('a file of somebody')
  })

  it('that is deleted under us is made again, without a word', async () => {
    chmodSync(base, 0o777)
    const one = keeper()
    await one.ask('getToken')
    rmSync(dir, { recursive: true })
    expect((await one.ask('getToken', { forceRefresh: true })).value).toMatch(/^eyJ/)
    expect(complaints(one)).toEqual([])
    expect(namesIn(dir).records).toHaveLength(1)
    rmSync(dir, { recursive: true })
    await expectWholeLife(one)
    expect(complaints(one)).toEqual([])
  })
})

describe('a file in place of the backup', { timeout: 120_000 }, () => {
  it('that is a directory costs a warning, and not the session', async () => {
    await stored()
    const backup = record.replace(/json$/, 'bak.json')
    rmSync(backup, { force: true })
    mkdirSync(backup)
    const one = keeper()
    const { value } = await one.ask('getToken', { forceRefresh: true })
    expectOneWarning(one, backup, /[Rr]emove it/)
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ token: value })
    expect(lstatSync(backup).isDirectory()).toBe(true)
  })

  it('that is a symbolic link is left alone, and so is its target', async () => {
    await stored()
    const backup = record.replace(/json$/, 'bak.json')
    const target = join(base, 'target.json')
    writeFileSync(target, 'of somebody')
    rmSync(backup, { force: true })
    symlinkSync(target, backup)
    const one = keeper()
    expect((await one.ask('getToken', { forceRefresh: true })).value).toMatch(/^eyJ/)
    expectOneWarning(one, backup, /[Rr]emove it/)
    expect([lstatSync(backup).isSymbolicLink(), readFileSync(target, 'utf8')]).toEqual([true, 'of somebody'])
  })
})

describe('a file in place of the lock', { timeout: 120_000 }, () => {
  it.each(['a symbolic link', 'a directory'])('that is %s: the renewal goes ahead without it', async (what) => {
    await stored()
    const lock = record.replace(/json$/, 'lock')
    const target = join(base, 'target')
    writeFileSync(target, 'of somebody')
    rmSync(lock)
    if (what === 'a directory') mkdirSync(lock)
    else symlinkSync(target, lock)
    const one = keeper()
    const { value } = await one.ask('getToken', { forceRefresh: true })
    expectOneWarning(one, lock, /cannot take turns/)
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ token: value })
    expect([existsSync(lock), readFileSync(target, 'utf8')]).toEqual([true, 'of somebody'])
  })
})

describe('a disk', { timeout: 120_000 }, () => {
  const canMount = isRoot && works(['unshare', '-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/tmp'])
  if (!canMount) console.warn('NOT TESTED: a full tmpfs. It takes root, unshare and the right to mount.')
  /** A small disk at `dir`, in a mount namespace that ends with the process. */
  const onSmallDisk = (before: string) => ['unshare', '-m', 'sh', '-c', `mount -t tmpfs -o size=64k,mode=0700 tmpfs "$0" && cd "$0" && ${before}; cd / && exec "$@"`, dir]

  it.skipIf(!canMount)('that is full from the beginning', async () => {
    const one = keep({ provider: ofBaserow(server), store: { dir }, through: onSmallDisk('dd if=/dev/zero of=full bs=1k 2>/dev/null') })
    await expectTokenAndOneWarning(one, dir, /disk full/)
    await expectWholeLife(one)
  })

  it.skipIf(!canMount)('that has no room for a second file keeps the first as it is', async () => {
    const one = keep({ provider: ofBaserow(server), store: { dir }, through: onSmallDisk('dd if=/dev/zero of=full bs=4k count=14 2>/dev/null') })
    const { value } = await one.ask('getToken')
    expect(value).toMatch(/^eyJ/)
    expect((await one.ask('getToken', { forceRefresh: true })).value).not.toBe(value)
    for (const { message } of complaints(one)) expect(message).toContain(dir)
    expect(complaints(one).length).toBeLessThanOrEqual(1)
  })

  const canLimit = works(['prlimit', '--fsize=0', 'true'])
  if (!canLimit) console.warn('NOT TESTED: a limit on the size of files. There is no prlimit here.')

  it.skipIf(!canLimit)('that takes no more than a hundred bytes of a file', async () => {
    await expectTokenAndOneWarning(keeper({ through: ['prlimit', '--fsize=100'] }), dir, /disk full/)
    expect(namesIn(dir)).toMatchObject({ records: [], backups: [], temporary: [] })
  })

  it.skipIf(!canLimit)('that is full keeps the session that was there, whole', async () => {
    await stored()
    const before = readFileSync(record, 'utf8')
    const one = keeper({ through: ['prlimit', '--fsize=100'] })
    expect((await one.ask('getToken', { forceRefresh: true })).value).toMatch(/^eyJ/)
    expectOneWarning(one, dir, /disk full/)
    expect(readFileSync(record, 'utf8')).toBe(before)
    await expectWholeLife(one)
    expect(namesIn(dir).temporary).toEqual([])
  })
})

describe('a file in place of the record', { timeout: 120_000 }, () => {
  it('that is a symbolic link: neither it nor its target is touched', async () => {
    await stored()
    const target = join(base, 'target.json')
    renameSync(record, target)
    const before = readFileSync(target, 'utf8')
    symlinkSync(target, record)
    const one = keeper()
    await expectTokenAndOneWarning(one, record, /symbolic link.*[Rr]emove it/)
    await expectWholeLife(one)
    expect(lstatSync(record).isSymbolicLink()).toBe(true)
    expect(readFileSync(target, 'utf8')).toBe(before)
  })

  it('that is a directory', async () => {
    await stored()
    rmSync(record)
    mkdirSync(record)
    writeFileSync(join(record, 'of-somebody'), 'else')
    const one = keeper()
    await expectTokenAndOneWarning(one, record, /directory.*[Rr]emove it/)
    await expectWholeLife(one)
    expect(readFileSync(join(record, 'of-somebody'), 'utf8')).toBe('else')
  })

  it.skipIf(!isRoot).each([
    ['and we cannot open', 0o600, asNobody],
    ['and we could read', 0o644, asNobody],
    ['and we could read, being root', 0o600, { uid: 0 }],
  ])('that belongs to somebody else %s', async (_, mode, who) => {
    await stored()
    const before = readFileSync(record, 'utf8')
    chmodSync(record, mode)
    chownSync(record, 12_345, 12_345)
    const one = keeper(who)
    await expectTokenAndOneWarning(one, record, /[Rr]emove it/)
    await expectWholeLife(one)
    expect([readFileSync(record, 'utf8'), statSync(record).uid]).toEqual([before, 12_345])
  })
  if (!isRoot) console.warn("NOT TESTED: somebody else's file. It takes root to make one.")

  it('that everybody may read is not used, and replaced by one that is ours alone', async () => {
    await stored()
    const exposed = JSON.parse(readFileSync(record, 'utf8')) as { token: string }
    chmodSync(record, 0o644)
    const one = keeper()
    const { value } = await one.ask('getToken')
    expect(value).not.toBe(exposed.token)
    expectOneWarning(one, record, /0644.*chmod 600/)
    expect(statSync(record).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(record, 'utf8'))).toMatchObject({ token: value })
  })

  it('of one gigabyte is set aside unread', async () => {
    await stored()
    const opened = openSync(record, 'w')
    ftruncateSync(opened, 1 << 30)
    closeSync(opened)
    const one = keeper()
    const started = performance.now()
    await expectTokenAndOneWarning(one, record, /larger than 64 KiB.*moved to/)
    expect(performance.now() - started).toBeLessThan(20_000)
    expect(namesIn(dir).aside).toHaveLength(1)
    expect(statSync(join(dir, namesIn(dir).aside[0]!)).size).toBe(1 << 30)
  })

  it("that is another account's is set aside, whole", async () => {
    await stored()
    const other = `${readFileSync(record, 'utf8')}`.replaceAll('alice@', 'mallory@')
    writeFileSync(record, other)
    const one = keeper()
    await expectTokenAndOneWarning(one, record, /moved to/)
    expect(namesIn(dir).aside).toHaveLength(1)
    expect(readFileSync(join(dir, namesIn(dir).aside[0]!), 'utf8')).toBe(other)
  })

  it(`that was truncated at ${LONG ? 'any' : 'every sixteenth'} byte`, { timeout: 1_800_000 }, async () => {
    const token = await stored()
    const whole = readFileSync(record, 'utf8')
    const step = LONG ? 1 : 16
    // A process of its own for each would be a thousand processes: managers of their own, in four of them.
    const lengths = Array.from({ length: Math.ceil(whole.trimEnd().length / step) }, (_, n) => n * step)
    const hands = [keeper(), keeper(), keeper(), keeper()]
    let seen = 0
    await Promise.all(hands.map(async (hand, index) => {
      for (const length of lengths.filter((_, n) => n % hands.length === index)) {
        const own = join(base, `truncated-${length}`)
        mkdirSync(own, { mode: 0o700 })
        const file = join(own, namesIn(dir).records[0]!)
        writeFileSync(file, whole, { mode: 0o600 })
        truncateSync(file, length)
        if (isRoot) for (const path of [own, file]) chownSync(path, NOBODY, NOBODY)
        const { value } = await hand.ask('freshManager', { dir: own })
        const { value: got, lines } = JSON.parse(value!) as { value: string; lines: string[] }
        expect(got, `cut at ${length}`).toMatch(/^eyJ/)
        expect(got).not.toBe(token)
        expect(lines, `cut at ${length}`).toEqual([expect.stringContaining(file)])
        const [aside] = namesIn(own).aside
        expect(readFileSync(join(own, aside!), 'utf8')).toBe(whole.slice(0, length))
        expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ token: got })
        seen += 1
      }
    }))
    expect(seen).toBe(lengths.length)
  })
})

function works([command, ...args]: string[]): boolean {
  try {
    execFileSync(command!, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
