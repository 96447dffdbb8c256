/** "Create Example": puts a program to run, its source and a launch.json into the workspace. Nothing that exists is overwritten. */
import { chmod } from 'node:fs/promises'
import * as vscode from 'vscode'

/** Shipped with the extension, each with its source; and what launch.json calls it. */
const EXAMPLES = { 'epoll-echo': 'Interlinear example', 'file-watcher': 'Interlinear example: file watcher' } as const
export type ExampleName = keyof typeof EXAMPLES

export async function createExample(shipped: vscode.Uri, name: ExampleName = 'epoll-echo'): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]
  if (folder === undefined) {
    const open = 'Open Folder…'
    const answer = await vscode.window.showErrorMessage('The example needs a folder to go to: open one first.', open)
    if (answer === open) await vscode.commands.executeCommand('vscode.openFolder')
    return
  }
  const target = vscode.Uri.joinPath(folder.uri, 'interlinear-example')
  for (const file of [name, `${name}.c`])
    await copyIfMissing(vscode.Uri.joinPath(shipped, file), vscode.Uri.joinPath(target, file))
  const configuration = await addConfiguration(folder, vscode.Uri.joinPath(target, name), EXAMPLES[name])
  await vscode.window.showTextDocument(vscode.Uri.joinPath(target, `${name}.c`))
  await offerToRun(folder, configuration)
}

/** F5 runs what is chosen in "Run and Debug", and that may be another one. */
async function offerToRun(folder: vscode.WorkspaceFolder, configuration: string): Promise<void> {
  const run = 'Run It'
  const message = `The example is in interlinear-example, and in launch.json as "${configuration}".`
  const answer = await vscode.window.showInformationMessage(message, run)
  if (answer === run) await vscode.debug.startDebugging(folder, configuration)
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

/** VS Code itself writes launch.json, so that comments in one that exists stay. @returns the configuration's name. */
async function addConfiguration(folder: vscode.WorkspaceFolder, file: vscode.Uri, name: string): Promise<string> {
  const launch = vscode.workspace.getConfiguration('launch', folder.uri)
  const known = launch.get<vscode.DebugConfiguration[]>('configurations') ?? []
  const program = `\${workspaceFolder}/${vscode.workspace.asRelativePath(file, false)}`
  const found = known.find(each => each.program === program)
  if (found !== undefined) return found.name
  const added = { type: 'interlinear', request: 'launch', name, program }
  await launch.update('configurations', [...known, added], vscode.ConfigurationTarget.WorkspaceFolder)
  return name
}
