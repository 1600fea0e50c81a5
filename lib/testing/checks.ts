/** Refuses options that a server does not know, and those that it cannot change while it is `running`. */
export function refuseUnknown(
  options: object,
  where: string,
  { changeable, fixed, running }: { changeable: object; fixed: ReadonlySet<string>; running: boolean },
): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(changeable, name) || (!running && fixed.has(name))) continue
    const why = fixed.has(name) ? 'cannot be changed while the server runs' : 'is no option'
    throw new TypeError(`${where}: ${name} ${why}`)
  }
}

/** A number that is one. */
export function finite(name: string, value: number): number {
  if (!Number.isFinite(value)) throw new TypeError(`${name} must be a finite number, not ${String(value)}`)
  return value
}

/** A number no less than `least`. */
export function atLeast(least: number, name: string, value: number): number {
  if (finite(name, value) < least) throw new TypeError(`${name} must be ${least} or more, not ${value}`)
  return value
}

/** A number more than `limit`. */
export function above(limit: number, name: string, value: number): number {
  if (finite(name, value) <= limit) throw new TypeError(`${name} must be more than ${limit}, not ${value}`)
  return value
}
