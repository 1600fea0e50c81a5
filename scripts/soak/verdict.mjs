import { slopeOf } from './gauge.mjs'

/** Resident memory may grow by this much per minute. */
const FLAT_KB_PER_MINUTE = 512
/** And by this much once: engine and allocator settle in steps, and a short run sees one of them as a slope. */
const STEP_KB = 8192
/** What waits for disks and names: `src/binding/runtime.rs`. */
const WAITING = 16
/** Named ones; the rest are counted. */
const SHOWN = 10
/** Of the callers who are owed a token, at most one in so many may have waited for none but those that lived for less than their save took. */
const BELATED = 1000

/** What is wrong, and the figures. `samples`: those after the warm-up. */
export function verdictOn(samples, { complaints, judged, belated, calls }, seconds) {
  const wrong = []
  if (samples.length < 3) return { line: 'too short to measure anything', wrong: [`${seconds} s are too few: at least 40`] }
  const { slope, error } = slopeOf(samples, 'rssKb')
  const minutes = (samples.at(-1).seconds - samples[0].seconds) / 60
  // A step in the middle tilts the line of least squares by one and a half times its height over the whole run.
  const bound = FLAT_KB_PER_MINUTE + (1.5 * STEP_KB) / minutes
  if (slope > bound) wrong.push(`resident memory grows by more than ${Math.round(bound)} kB/min`)
  const spread = (what) => [Math.min(...samples.map((sample) => sample[what])), Math.max(...samples.map((sample) => sample[what]))]
  const growth = (what) => {
    const third = Math.ceil(samples.length / 3)
    // The least, not the most: what is in use comes and goes, and what has leaked does not go.
    const least = (part) => Math.min(...part.map((sample) => sample[what]))
    return least(samples.slice(-third)) - least(samples.slice(0, third))
  }
  if (growth('threads') > 2) wrong.push(`there are ${growth('threads')} more threads than in the beginning`)
  if (spread('waiting')[1] > WAITING) wrong.push(`${spread('waiting')[1]} threads wait for disks and names, of ${WAITING} at most`)
  if (growth('files') > 10) wrong.push(`there are ${growth('files')} more open files than in the beginning`)
  if (judged < calls / 10) wrong.push(`only ${judged} of ${calls} calls fell into a time when the server was up`)
  if (belated > judged / BELATED) wrong.push(`${belated} of ${judged} callers were told that their token expired while it was being saved`)
  wrong.push(...complaints.slice(0, SHOWN))
  if (complaints.length > SHOWN) wrong.push(`and ${complaints.length - SHOWN} more`)
  const [low, high] = spread('rssKb').map((kb) => (kb / 1024).toFixed(1))
  const line =
    `soak: resident memory ${slope >= 0 ? '+' : ''}${Math.round(slope)} kB/min (± ${Math.round(2 * error)}; bound ${Math.round(bound)}), ${low} to ${high} MB, ` +
    `threads ${spread('threads').join(' to ')} and ${spread('waiting').join(' to ')} that wait for disks, open files ${spread('files').join(' to ')}, ${complaints.length} complaints, ` +
    `${wrong.length === 0 ? 'passed' : 'FAILED'}`
  return { line, wrong }
}
