import type { Logger } from './api'

export type Level = 'info' | 'warn' | 'error'

/** Writes one line. Never throws: a logger that fails must not fail a login. */
export type Log = (level: Level, fields: object, message: string) => void

/** Lines go to a child of the user's logger, or carry the bindings themselves where it has no children (console). */
export function logTo(logger: Logger, bindings: object): Log {
  const hasChildren = typeof logger.child === 'function'
  const target = hasChildren ? logger.child!(bindings) : logger
  return (level, fields, message) => {
    try {
      // One that knows fewer levels gets the line as a warning.
      const known = typeof target[level] === 'function' ? level : 'warn'
      target[known](hasChildren ? fields : { ...bindings, ...fields }, message)
    } catch {
      // There is nobody left to tell.
    }
  }
}

export const silent: Log = () => {}
