// What the machine itself keeps an event loop from, measured in a process that has nothing to do.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { answer, pause } from './channel'

answer(async ([fromSeconds, untilSeconds]): Promise<number> => {
  await pause(Number(fromSeconds) * 1000)
  const watch = monitorEventLoopDelay({ resolution: 1 })
  watch.enable()
  await pause((Number(untilSeconds) - Number(fromSeconds)) * 1000)
  watch.disable()
  return watch.max / 1e6
})
