/** "Create Example": puts a program to run, its source and a launch.json into the workspace. Nothing that exists is overwritten. */
import { chmod } from 'node:fs/promises'
import * as vscode from 'vscode'

/** Shipped with the extension. */
const FILES = ['epoll-echo', 'epoll-echo.c'] as const

export async function createExample(shipped: vscode.Uri): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]
  if (folder === undefined) {
    const open = 'Open Folder…'
    const answer = await vscode.window.showErrorMessage('The example needs a folder to go to: open one first.', open)
    if (answer === open) await vscode.commands.executeCommand('vscode.openFolder')
    return
  }
  const target = vscode.Uri.joinPath(folder.uri, 'interlinear-example')
  for (const name of FILES) await copyIfMissing(vscode.Uri.joinPath(shipped, name), vscode.Uri.joinPath(target, name))
  await addConfiguration(folder, target)
  await vscode.window.showTextDocument(vscode.Uri.joinPath(target, 'epoll-echo.c'))
  void vscode.window.showInformationMessage('The example is in interlinear-example. Press F5 to run it.')
}

async function copyIfMissing(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  if (await exists(to)) return
  await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(to, '..'))
  await vscode.workspace.fs.copy(from, to)
  // Installing the extension may have lost the permission to execute.
  if (to.scheme === 'file') await chmod(to.fsPath, 0o755)
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri)
    return true
  } catch {
    return false
  }
}

/** VS Code itself writes launch.json, so that comments in one that exists stay. */
async function addConfiguration(folder: vscode.WorkspaceFolder, target: vscode.Uri): Promise<void> {
  const launch = vscode.workspace.getConfiguration('launch', folder.uri)
  const known = launch.get<vscode.DebugConfiguration[]>('configurations') ?? []
  const program = `\${workspaceFolder}/${vscode.workspace.asRelativePath(target, false)}/epoll-echo`
  if (known.some(each => each.program === program)) return
  const added = { type: 'interlinear', request: 'launch', name: 'Interlinear example', program }
  await launch.update('configurations', [...known, added], vscode.ConfigurationTarget.WorkspaceFolder)
}
