import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const built = (name) => fileURLToPath(new URL(`./dist/${name}.mjs`, import.meta.url))

export default defineConfig({
  // Tests use what users get: the built package, under its own name.
  resolve: {
    alias: [
      ...['testing', 'fetch', 'undici', 'axios', 'fastify'].map((name) => ({
        find: new RegExp(`^tokenkeep/${name}$`),
        replacement: built(name),
      })),
      { find: /^tokenkeep$/, replacement: built('index') },
    ],
  },
  test: {
    include: ['__test__/**/*.spec.ts'],
    // Real processes: worker threads would share one addon and one process's exit.
    pool: 'forks',
    // Vitest leaves one core to itself, which has next to nothing to do: the tests wait, for processes and for tokens that age.
    maxWorkers: availableParallelism(),
    // The built files are loaded by Node itself, as in a user's program.
    server: { deps: { external: [/\/dist\/[a-z]+\.[cm]js$/] } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
