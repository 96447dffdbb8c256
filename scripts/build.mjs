// Makes every bundle, or with --watch keeps making them. `npm start` and `npm test` call this by way of lib/bundles.mjs.

import { build, watch } from './lib/bundles.mjs'
import { main } from './lib/failure.mjs'

await main(() => (process.argv.includes('--watch') ? watch() : build()))
