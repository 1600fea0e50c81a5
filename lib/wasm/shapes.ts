// How shapes cross to the core and back: as JSON.

/** What comes out. What is absent there is null, and absent here. */
export function read<T>(json: string): T {
  return JSON.parse(json, (_, value: unknown) => value ?? undefined) as T
}

/** What goes in. Bytes are lists of numbers there. */
export function write(shape: unknown): string {
  return JSON.stringify(shape, (_, value: unknown) => (value instanceof Uint8Array ? [...value] : value))
}
