/** Writes what a page exports to where the user wants it. */
import * as vscode from 'vscode'

export async function save(name: string, text: string): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri
  const file = await vscode.window.showSaveDialog({
    title: `Save ${name}`,
    defaultUri: folder === undefined ? undefined : vscode.Uri.joinPath(folder, name),
  })
  if (file === undefined) return
  try {
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(text))
  } catch (error) {
    void vscode.window.showErrorMessage(
      `${file.fsPath} could not be written: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
