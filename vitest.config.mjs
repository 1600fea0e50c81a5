import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['__test__/**/*.spec.ts'],
    // Child processes and addon threads are what we test: real processes, not worker threads that share one addon image.
    pool: 'forks',
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})
