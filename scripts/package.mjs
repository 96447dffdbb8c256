// `npm run package`: the extension as a VSIX for this platform.
import { main } from './lib/failure.mjs'
import { prepare } from './lib/prepare.mjs'
import { say } from './lib/progress.mjs'
import { ensureVsix } from './lib/vsix.mjs'

await main(async () => {
  await prepare()
  say(`The extension is in ${await ensureVsix()}`)
})
