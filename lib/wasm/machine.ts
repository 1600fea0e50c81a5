// What the core asks of its host; `src/wasm/js.rs` has the same names. Nothing here calls into a call that is under way.
import { AsyncResource } from 'node:async_hooks'
import { onRoused, timersLast } from './requests'

// Kept from before a test can put fake ones in their place.
const { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, crypto } = globalThis
const { now } = Date
const sinceStart = performance.now.bind(performance)

/** A longer timer fires at once. */
const LONGEST_MS = 2 ** 31 - 1

/** For longer nobody waits. */
const REQUEST_MS = 300_000

/** As many as `src/freshness.rs` has in one. */
const PER_BLOCK = 1024

/** How the core hears of what it asked for. */
export interface Listener {
  ring(number: number): void
  turn(): void
}

let listener: Listener = { ring() {}, turn() {} }
let wake = () => {}

/** Where the core gets its turns: not in the AsyncLocalStorage of whoever happened to call it. */
const nowhere = new AsyncResource('tokenkeep', { requireManualDestroy: true })

export function listen(to: Listener): void {
  listener = to
}

/** Has `called` called when there is mail. */
export function onMail(called: () => void): void {
  wake = called
}

export function wall(): number {
  return now()
}

export function steady(): number {
  return sinceStart()
}

export function lower(text: string): string {
  return text.toLowerCase()
}

export function fill(bytes: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(bytes)
}

interface Alarm {
  at: number
  timer: ReturnType<typeof setTimeout>
}

const alarms = new Map<number, Alarm>()

export function setAlarm(number: number, millis: number): void {
  const at = sinceStart() + Math.ceil(millis)
  nowhere.runInAsyncScope(() => wait(number, Math.ceil(millis), at))
}

function wait(number: number, millis: number, at: number): void {
  const fire = () => {
    if (millis > LONGEST_MS) return wait(number, millis - LONGEST_MS, at)
    // Another request has heard it, or nobody waits for it any more.
    if (!alarms.delete(number)) return
    listener.ring(number)
  }
  const timer = setTimeout(fire, Math.min(millis, LONGEST_MS))
  // Elsewhere than in Node it is a number, and keeps nothing alive.
  timer.unref?.()
  alarms.set(number, { at, timer })
}

export function clearAlarm(number: number): void {
  clearTimeout(alarms.get(number)?.timer)
  alarms.delete(number)
}

// Those of a request that has ended would never ring. What is further away than any request lives is looked at by whoever comes then.
onRoused(() => {
  for (const [number, { at }] of [...alarms]) {
    const millis = Math.max(0, at - sinceStart())
    if (millis <= REQUEST_MS) wait(number, millis, at)
  }
})

export function askForTurn(): void {
  soon(() => listener.turn())
}

export function announceMail(): void {
  soon(() => wake())
}

function soon(work: () => void): void {
  nowhere.runInAsyncScope(queueMicrotask, undefined, work)
}

const blocks: Int32Array[] = []

/** A run of cells. */
export function blockAt(number: number): Int32Array {
  return (blocks[number] ??= new Int32Array(PER_BLOCK))
}

export function writeCell(number: number, generation: number): void {
  blockAt(Math.floor(number / PER_BLOCK))[number % PER_BLOCK] = generation
}

let held: ReturnType<typeof setInterval> | undefined

/** Keeps the process alive, or lets go of it again. */
export function hold(isHeld: boolean): void {
  // A browser's page needs nothing of the kind, and a worker at the edge none that outlives its request.
  if (isHeld === (held !== undefined) || typeof process === 'undefined' || !timersLast()) return
  if (isHeld) held = nowhere.runInAsyncScope(() => setInterval(() => {}, LONGEST_MS))
  else {
    clearInterval(held)
    held = undefined
  }
}
