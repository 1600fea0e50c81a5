// How much the event loop's thread has worked.
import { openSync, readSync } from 'node:fs'

const file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
const text = Buffer.alloc(64)

/**
 * CPU time of this thread, in milliseconds, to the microsecond. `performance.eventLoopUtilization()` tells nearly the same on
 * a machine that has nothing else to do; on a shared one it counts the time in which a neighbour had the processor.
 */
export function loopThreadTime(): number {
  // Asking for the CPU time makes the kernel bring its accounts up to date; without it the file is some milliseconds old.
  process.cpuUsage()
  const length = readSync(file, text, 0, text.length, 0)
  return Number(text.toString('latin1', 0, length).split(' ', 1)[0]) / 1e6
}
