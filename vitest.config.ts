import { configDefaults, defineConfig } from 'vitest/config'

/** Tests that run whole programs, natively and in the emulator, and so take minutes. */
const GUESTS = 'emulator-core/test/*.test.ts'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/src/**/*.test.ts', '**/test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, GUESTS, 'test/e2e/**', '.cache/**'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      { test: { name: 'guests', include: [GUESTS], testTimeout: 120_000, hookTimeout: 300_000 } },
    ],
  },
})
