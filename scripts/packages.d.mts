/** The manifest of a platform's package. */
export interface Platform {
  name: string
  version: string
  main: string
  os: string[]
  cpu: string[]
}
export function platforms(): Platform[]
export function assemble(options?: { home?: string; addons?: string; all?: boolean }): string[]
export function unbuilt(folder: string): string[]
export function pack(folder: string, destination: string): string
