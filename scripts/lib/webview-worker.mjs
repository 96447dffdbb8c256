import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Failure } from './failure.mjs'

/** Part of the address under which a webview registers its service worker. */
const OWN_ADDRESS = '&id=$' + '{ID}'

const digestOf = html => {
  const [, script] = /<script async type="module">([\s\S]*?)<\/script>/.exec(html) ?? []
  return script === undefined ? undefined : `sha256-${createHash('sha256').update(script).digest('base64')}`
}

/**
 * Lets all webviews of a server share one service worker. On vscode.dev each webview has an origin of its own; here they have one for all,
 * and when several begin at once each waits for a worker that another's has just replaced: some of them stay empty for ever.
 */
export function shareServiceWorker(vscode) {
  const file = path.join(vscode, 'out', 'vs', 'workbench', 'contrib', 'webview', 'browser', 'pre', 'index.html')
  const html = readFileSync(file, 'utf8')
  const before = digestOf(html)
  const shared = html.replace(OWN_ADDRESS, '')
  const after = digestOf(shared)
  if (shared === html || before === undefined || !html.includes(before)) {
    throw new Failure(`VS Code's page for webviews is not the one that was expected (${file}).`)
  }
  writeFileSync(file, shared.replace(before, after))
}
