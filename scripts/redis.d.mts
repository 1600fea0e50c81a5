/** A server that can be started, or why there is none. */
export type Found = { command: string; env: Record<string, string>; version: string; why?: undefined } | { why: string; command?: undefined }
export function server(name: 'redis' | 'valkey'): Found
