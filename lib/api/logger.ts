/** pino's shape; `console` works too. `child` is used when it is there. */
export interface Logger {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
  child?: { of(bindings: object): Logger }['of'] | undefined
}
