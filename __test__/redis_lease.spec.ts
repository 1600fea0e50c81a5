// What a lease that was asked for without an answer leaves behind, at a Redis that never answers.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Line } from '../lib/redis/line'

const LEASE_MS = 1000

let now: number
let isClosed: boolean
let owners: string[]
let ask: (key: string) => Promise<void>

beforeEach(async () => {
  now = 1_700_000_000_000
  isClosed = false
  owners = []
  // The clocks are kept when the module is loaded.
  vi.spyOn(Date, 'now').mockImplementation(() => now)
  vi.resetModules()
  const { Leases } = await import('../lib/redis/lease')
  const line = {
    isClosed: () => isClosed,
    run: async (_script: string, _keys: string[], [owner]: string[]) => {
      owners.push(owner!)
      throw new Error('Connection is closed.')
    },
  }
  const leases = new Leases(line as unknown as Line, LEASE_MS)
  ask = async (key) => void (await leases.take(key, `${key}:record`, { timeoutMs: 1000, signal: new AbortController().signal }).catch(() => {}))
})
afterEach(() => void vi.restoreAllMocks())

it('who asked is asked for again: it may have been granted', async () => {
  await ask('one')
  await ask('two')
  await ask('one')
  expect(owners[2]).toBe(owners[0])
  // Also when there was no way to ask in between.
  isClosed = true
  await ask('one')
  isClosed = false
  await ask('one')
  expect(owners[4]).toBe(owners[0])
})

it('who asked is forgotten when that lease must have run out', async () => {
  await ask('one')
  now += LEASE_MS
  await ask('two')
  await ask('one')
  await ask('two')
  expect(owners[2]).not.toBe(owners[0])
  expect(owners[3]).toBe(owners[1])
})

it('who could not ask is forgotten at once', async () => {
  isClosed = true
  await ask('one')
  await ask('one')
  expect(owners[1]).not.toBe(owners[0])
})
