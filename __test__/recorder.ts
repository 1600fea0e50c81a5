import type { Logger } from 'tokenkeep'

export interface Line {
  level: 'debug' | 'info' | 'warn' | 'error'
  fields: Record<string, unknown>
  message: string | undefined
}

/** A logger of pino's shape that keeps what it is given. */
export function recorder(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = []
  const at = (bindings: object): Logger => {
    const write = (level: Line['level']) => (fields: object, message?: string) =>
      void lines.push({ level, fields: { ...bindings, ...fields }, message })
    return {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: (more) => at({ ...bindings, ...more }),
    }
  }
  return { logger: at({}), lines }
}
