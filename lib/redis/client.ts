import { invalid } from '../checks'

/** An `ioredis` client or Cluster, as far as it is used. `iovalkey` is one, too. */
export interface IoredisClient {
  readonly status: string
  eval(script: string, numberOfKeys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** A client of `redis` (node-redis): of one server, a cluster, a sentinel or a pool. */
export interface NodeRedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  hmGet: unknown
}

/** A client of the user's own, with their TLS, Sentinel and Cluster settings. */
export type RedisClient = IoredisClient | NodeRedisClient

/** Has a script run in Redis. Always by EVAL, which no client sends to a replica that lags. */
export interface Server {
  run(script: string, keys: string[], values: string[]): Promise<unknown>
}

/** The two libraries differ in how a script is given its keys. */
export function serverOf(client: unknown): Server {
  const given = (typeof client === 'object' ? client : undefined) as (Partial<NodeRedisClient> & Partial<IoredisClient>) | null | undefined
  if (typeof given?.eval === 'function') {
    if (typeof given.hmGet === 'function') {
      const theirs = given as NodeRedisClient
      return { run: async (script, keys, values) => theirs.eval(script, { keys, arguments: values }) }
    }
    if (typeof given.status === 'string') {
      const theirs = given as IoredisClient
      return { run: async (script, keys, values) => theirs.eval(script, keys.length, ...keys, ...values) }
    }
  }
  throw invalid('client', 'must be a client of ioredis, or of redis (node-redis) 4 or newer')
}
