import { readdirSync, readFileSync } from 'node:fs'

/** What this process takes, at moments that can be compared: after a collection, with no worker alive. */
export class Gauge {
  samples = []
  #started = performance.now()

  read() {
    for (let round = 0; round < 2; round++) global.gc()
    const count = (folder) => (process.platform === 'linux' ? readdirSync(folder).length : 0)
    const { rss, heapUsed } = process.memoryUsage()
    const sample = {
      seconds: (performance.now() - this.#started) / 1000,
      rssKb: rss / 1024,
      heapKb: heapUsed / 1024,
      ...threads(),
      files: count('/proc/self/fd'),
    }
    this.samples.push(sample)
    return sample
  }

  /** Those after the warm-up: caches fill, and allocators keep what they once had. */
  settled(total) {
    return this.samples.filter(({ seconds }) => seconds >= Math.max(20, total / 4))
  }
}

/** Threads by their kind: those that wait for disks and names come and go with the work, up to a bound; the rest stay. */
function threads() {
  if (process.platform !== 'linux') return { threads: 0, waiting: 0 }
  const tasks = readdirSync('/proc/self/task')
  const waiting = tasks.filter((task) => isWaiting(task)).length
  return { threads: tasks.length - waiting, waiting }
}

function isWaiting(task) {
  try {
    return readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim() === 'tokenkeep-wait'
  } catch {
    // Gone since it was listed; those that may go are these.
    return true
  }
}

/** The straight line through the samples (least squares): its slope per minute, and the standard error of that. */
export function slopeOf(samples, what) {
  const { length } = samples
  const mean = (value) => samples.reduce((sum, sample) => sum + value(sample), 0) / length
  const minutes = mean(({ seconds }) => seconds / 60)
  const level = mean((sample) => sample[what])
  const spread = samples.reduce((sum, { seconds }) => sum + (seconds / 60 - minutes) ** 2, 0)
  const slope = samples.reduce((sum, sample) => sum + (sample.seconds / 60 - minutes) * (sample[what] - level), 0) / spread
  const off = samples.reduce((sum, sample) => sum + (sample[what] - level - slope * (sample.seconds / 60 - minutes)) ** 2, 0)
  return { slope, error: Math.sqrt(off / Math.max(1, length - 2) / spread) }
}
