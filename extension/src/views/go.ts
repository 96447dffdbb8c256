/** Leads to what a page points at: another view, the page of divergences, the translation's source. */
import * as vscode from 'vscode'
import { VIEWS } from '../contributes/views.ts'
import { showTranslation } from '../debug/translation-source.ts'
import type { Destination } from './messages.ts'

/** `dist`: the extension's own files. */
export async function go(to: Destination, dist: vscode.Uri): Promise<void> {
  if ('view' in to) {
    const view = VIEWS.find(({ bundle }) => bundle === to.view)
    if (view !== undefined) await vscode.commands.executeCommand(`${view.id}.focus`)
  } else if ('divergence' in to) {
    await vscode.commands.executeCommand('markdown.showPreview', divergencePage(dist, to.divergence))
  } else {
    await showTranslation(dist, to.translation)
  }
}

/** The page of all divergences, at one of them: headings are found by their letters, digits and hyphens. */
export function divergencePage(dist: vscode.Uri, id: string): vscode.Uri {
  const fragment = id.toLowerCase().replace(/[^\p{L}\p{N}_-]/gu, '')
  return vscode.Uri.joinPath(dist, 'docs', 'divergences.md').with({ fragment })
}
