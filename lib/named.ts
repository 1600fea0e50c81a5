/** Gives a class the name that users see when they print one of it: in dist it has a short one. */
export function named(type: object, name: string): void {
  Object.defineProperty(type, 'name', { value: name })
}
