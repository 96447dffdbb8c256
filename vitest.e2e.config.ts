import { defineConfig } from 'vitest/config'

/** The tests in a real VS Code, one file after the other: each has a server and a browser of its own. */
export default defineConfig({
  test: {
    globalSetup: 'test/temporary-folder.ts',
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    fileParallelism: false,
  },
})
