/** One of Node's own modules, where the host has them: Bun and Deno do, a browser has none. */
export function builtin<Name extends keyof Modules>(name: Name): Modules[Name] | undefined {
  const host = (globalThis as { process?: Partial<NodeJS.Process> }).process
  return host?.getBuiltinModule?.(name) as Modules[Name] | undefined
}

interface Modules {
  'node:async_hooks': typeof import('node:async_hooks')
  'node:diagnostics_channel': typeof import('node:diagnostics_channel')
  'node:fs': typeof import('node:fs')
  'node:path': typeof import('node:path')
  'node:url': typeof import('node:url')
  'node:worker_threads': typeof import('node:worker_threads')
}
