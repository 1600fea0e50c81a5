import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const built = (name) => fileURLToPath(new URL(`./dist/${name}.mjs`, import.meta.url))

export default defineConfig({
  // Tests use what users get: the built package, under its own name.
  resolve: {
    alias: [
      ...['testing', 'fetch', 'undici', 'axios', 'fastify', 'redis'].map((name) => ({
        find: new RegExp(`^tokenkeep/${name}$`),
        replacement: built(name),
      })),
      { find: /^tokenkeep$/, replacement: built('index') },
    ],
  },
  test: {
    include: ['__test__/**/*.spec.ts'],
    // Says what the WebAssembly build is not asked for, when that is what the tests run on.
    setupFiles: ['__test__/on_wasm.ts', '__test__/patience.ts'],
    // As in `__test__/patience.ts`.
    expect: { poll: { timeout: 10_000 } },
    // What must compile, and what must not.
    typecheck: {
      enabled: true,
      include: ['__test__/types/*.test-d.ts'],
      tsconfig: '__test__/types/tsconfig.json',
      checker: fileURLToPath(new URL('./node_modules/typescript-7/bin/tsc', import.meta.url)),
    },
    // Real processes: worker threads would share one addon and one process's exit.
    pool: 'forks',
    // One more than there are cores: the tests wait, for processes and for tokens that age, and half of the time two of them do.
    maxWorkers: availableParallelism() + 1,
    // The built files are loaded by Node itself, as in a user's program.
    server: { deps: { external: [/\/dist\/[a-z]+\.[cm]js$/] } },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
