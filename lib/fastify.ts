import type { FastifyPluginAsync } from 'fastify'
import { invalid, optionalText } from './checks'
import { TokenError } from './errors'
import { type Condition, healthOf } from './health'

export type { Condition } from './health'

/** What the plugin has to know of a manager or a pool. */
export interface Keeper {
  status(): Condition
  close(): Promise<void>
}

/** What is made known to the app, and under which names. */
export interface TokenPluginOptions {
  /** A token manager, or a pool of them. It is closed with the app. */
  manager: Keeper
  /** The name of the decorator. Defaults to `tokens`. */
  name?: string | undefined
  /** The path of a health route, such as `/health`: 200 or 503 by what the manager knows, without I/O and without secrets. Defaults to none. */
  health?: string | undefined
}

// Async, for one that throws in the other style takes the whole process with it.
const plugin: FastifyPluginAsync<TokenPluginOptions> = async (app, options) => {
  const { manager, name, health } = checked(options)
  app.decorate(name, manager)
  app.addHook('onClose', () => manager.close())
  // Not an error handler: the app may have its own, and Fastify's default makes a body of `statusCode`, `code` and `message`.
  app.addHook('onError', (_request, reply, error, next) => {
    if (error instanceof TokenError) {
      if (error.statusCode >= 400 && error.statusCode < 600) reply.code(error.statusCode)
      if (error.retryAfterMs !== undefined) reply.header('retry-after', String(Math.ceil(error.retryAfterMs / 1000)))
    }
    next()
  })
  if (health !== undefined) {
    app.get(health, (_request, reply) => {
      const { isUp, body } = healthOf(manager.status())
      reply.code(isUp ? 200 : 503).header('cache-control', 'no-store').send(body)
    })
  }
}

function checked({ manager, name, health }: TokenPluginOptions): { manager: Keeper; name: string; health: string | undefined } {
  const { status, close } = (manager ?? {}) as Partial<Keeper>
  if (typeof status !== 'function' || typeof close !== 'function') throw invalid('manager', 'must be a token manager or a pool')
  const path = optionalText(health, 'health')
  if (path !== undefined && !path.startsWith('/')) throw invalid('health', 'must be a path such as /health')
  return { manager, name: optionalText(name, 'name') ?? 'tokens', health: path }
}

/**
 * `app.register(tokenPlugin, { manager })`: decorates the app with the manager, answers a TokenError with its statusCode and
 * Retry-After, and closes the manager with the app.
 */
export const tokenPlugin: FastifyPluginAsync<TokenPluginOptions> = Object.assign(plugin, {
  // What the package fastify-plugin does: the decorator belongs to whoever registers the plugin, not to a scope of its own.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'tokenkeep',
  [Symbol.for('plugin-meta')]: { name: 'tokenkeep', fastify: '>=4' },
})

export default tokenPlugin
