/** The document of a view: our script and style, and nothing from anywhere else. */
import { randomBytes } from 'node:crypto'
import * as vscode from 'vscode'
import type { View } from '../contributes/views.ts'

export function pageOf(view: View, webview: vscode.Webview, bundles: vscode.Uri): string {
  const nonce = randomBytes(16).toString('base64url')
  const address = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(bundles, name)).toString()
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'unsafe-inline'`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
  ].join('; ')
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${address(`${view.bundle}.css`)}">
<title>${view.name}</title>
</head>
<body data-view="${view.bundle}">
<div id="root"></div>
<script nonce="${nonce}" src="${address(`${view.bundle}.js`)}"></script>
</body>
</html>
`
}
