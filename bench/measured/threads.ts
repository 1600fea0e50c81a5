// Threads besides those that node has anyway.
import { readdirSync } from 'node:fs'
import { contestant, type Side } from '../sides'
import { answer, pause } from './channel'

const IDLE_MS = 10_000

export interface Threads {
  renewing: number
  idle: number
}

answer(async ([side, baseUrl]) => {
  const before = count()
  const manager = contestant(side as Side, baseUrl!)
  let renewing = 0
  const token = manager.getToken()
  const watch = setInterval(() => (renewing = Math.max(renewing, count() - before)), 5)
  await token
  clearInterval(watch)
  await pause(IDLE_MS)
  return { renewing, idle: count() - before } satisfies Threads
})

function count(): number {
  return readdirSync('/proc/self/task').length
}
