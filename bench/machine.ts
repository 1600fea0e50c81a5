import { cpus, loadavg, totalmem } from 'node:os'

/** On what the figures were got. */
export interface Machine {
  processor: string
  cores: number
  memoryGb: number
  system: string
  node: string
  date: string
  /** Processes that wanted the processor during the last minute: above `cores`, neighbours were at work. */
  load: number
}

export function thisMachine(): Machine {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() || 'unknown processor',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    date: new Date().toISOString().slice(0, 10),
    load: loadavg()[0]!,
  }
}
