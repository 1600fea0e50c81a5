// A short script: its first line, its first token, its end. For `nobody` it has nothing to do: that is plain node.
import { readFileSync, writeSync } from 'node:fs'
import { contestant, type Side } from '../sides'

export interface FirstToken {
  /** From the first line of the script to the token. */
  ms: number
  /** Bytes of resident memory. */
  resident: number
  /** Of these, those that came since the first line; only told where something ran before it. */
  added: number
  /** Of these, what is not a page of a file: what no other process can share and the system cannot drop. */
  anonymous: number
}

/** Until the engine has done with compiling what the first fetch brought. */
const SETTLED_MS = 400

let residentBefore = 0
const [who, baseUrl, before] = process.argv.slice(2)
if (before === 'fetch') void useFetch().then(start)
else start()

function start(): void {
  // Node has loaded fs already, and `contestant` loads nothing before it is called.
  const started = process.hrtime.bigint()
  if (who === 'nobody') tell(started)
  else void contestant(who as Side, baseUrl!).getToken().then(() => tell(started))
}

async function useFetch(): Promise<void> {
  await (await fetch(baseUrl!)).text()
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS))
  residentBefore = resident().VmRSS
}

function tell(started: bigint): void {
  const ms = Number(process.hrtime.bigint() - started) / 1e6
  const { VmRSS, RssAnon } = resident()
  const told: FirstToken = { ms, resident: VmRSS, added: VmRSS - residentBefore, anonymous: RssAnon }
  writeSync(1, JSON.stringify(told))
}

function resident(): { VmRSS: number; RssAnon: number } {
  const status = readFileSync('/proc/self/status', 'utf8')
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024
  return { VmRSS: bytes('VmRSS'), RssAnon: bytes('RssAnon') }
}
