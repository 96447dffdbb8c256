/**
 * The document of a view, whole: style and script are in it. A page that loads them from addresses needs VS Code's service worker for that, and
 * where several views of one origin begin at once (VS Code in a browser) their workers replace each other in the middle of it.
 */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import * as vscode from 'vscode'
import type { View } from '../contributes/views.ts'

export async function pageOf(view: View, bundles: vscode.Uri): Promise<string> {
  const nonce = randomBytes(16).toString('base64url')
  const [style, script] = await Promise.all([read(bundles, `${view.bundle}.css`), read(bundles, `${view.bundle}.js`)])
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'unsafe-inline'",
    'font-src data:',
    'img-src data:',
  ].join('; ')
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${style}</style>
<title>${view.name}</title>
</head>
<body data-view="${view.bundle}">
<div id="root"></div>
<script nonce="${nonce}">${script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`
}

/** Without the address of its source map, which is not shipped. */
async function read(bundles: vscode.Uri, name: string): Promise<string> {
  const text = await readFile(vscode.Uri.joinPath(bundles, name).fsPath, 'utf8')
  return text.replace(/(\/\/#|\/\*#) sourceMappingURL=[^\n]*/g, '')
}
