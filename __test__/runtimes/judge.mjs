// Judges the behaviours, in any runtime: each is a sentence and a function, and holds unless the function throws.
import { ending } from './behaviours/ending.mjs'
import { fetching } from './behaviours/fetching.mjs'
import { keeping } from './behaviours/keeping.mjs'
import { loading } from './behaviours/loading.mjs'
import { providing } from './behaviours/providing.mjs'
import { refusing } from './behaviours/refusing.mjs'
import { renewing } from './behaviours/renewing.mjs'
import { sharing } from './behaviours/sharing.mjs'

export const BEHAVIOURS = [...loading, ...sharing, ...renewing, ...refusing, ...providing, ...keeping, ...fetching, ...ending]

/** One that takes longer hangs. */
const PATIENCE_MS = 20_000

/**
 * `given`: what was imported (`tokenkeep`, `authFetch`), the `stage` with the servers, and which build is to be expected (`isNative`, `isWasm`).
 * `hear` is told of each verdict.
 */
export async function judge(given, hear = () => {}) {
  const verdicts = []
  for (const { name, needs, run } of BEHAVIOURS) {
    if (needs !== undefined && !given[needs]) continue
    verdicts.push(await verdict(name, () => run(given)))
    hear(verdicts.at(-1))
    await given.stage.clear()
  }
  return verdicts
}

/** Of one behaviour, or of anything that only one runtime has. */
export async function verdict(name, run) {
  const began = Date.now()
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing came of it within ${PATIENCE_MS} ms`)), PATIENCE_MS)
  })
  try {
    await Promise.race([run(), late])
    return { name, ok: true, tookMs: Date.now() - began }
  } catch (error) {
    return { name, ok: false, why: String(error?.stack ?? error) }
  } finally {
    clearTimeout(timer)
  }
}
