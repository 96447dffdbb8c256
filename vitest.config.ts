import { configDefaults, defineConfig } from 'vitest/config'

/** Large programs, in the versions of Debian 12, together with themselves on the machine. */
const BINARIES = 'emulator-core/test/binaries/*.test.ts'

/** Tests that run whole programs, natively and in the emulator, and so take minutes. */
const GUESTS = 'emulator-core/test/*.test.ts'

/** Each project has its own: vitest does not hand this down. */
const globalSetup = 'test/temporary-folder.ts'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          globalSetup,
          include: ['**/src/**/*.test.ts', '**/test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, GUESTS, BINARIES, 'test/e2e/**', '.cache/**'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
        },
      },
      { test: { name: 'binaries', globalSetup, include: [BINARIES], testTimeout: 600_000, hookTimeout: 60_000 } },
      { test: { name: 'guests', globalSetup, include: [GUESTS], testTimeout: 240_000, hookTimeout: 300_000 } },
    ],
  },
})
