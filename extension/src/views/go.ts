/** Leads to what a page points at: another view, the page of divergences, the translation's source. */
import { readFile } from 'node:fs/promises'
import type { StepTable } from '@interlinear/emulator-core/session/protocol.ts'
import * as vscode from 'vscode'
import { VIEWS } from '../contributes/views.ts'
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

/** The function's first line, in the sources that the debugger shows too. */
async function showTranslation(dist: vscode.Uri, name: string): Promise<void> {
  const table = JSON.parse(await readFile(vscode.Uri.joinPath(dist, 'worker-stepping.json').fsPath, 'utf8')) as Pick<
    StepTable,
    'files' | 'functions'
  >
  const found = table.functions.find(([each]) => each === name)
  if (found === undefined) {
    void vscode.window.showInformationMessage(`${name} is not among the functions that were translated.`)
    return
  }
  const [, file, line] = found
  const place = new vscode.Range(line - 1, 0, line - 1, 0)
  await vscode.window.showTextDocument(vscode.Uri.joinPath(dist, 'translation', table.files[file]), {
    selection: place,
    preview: true,
  })
}
