/** Where VS Code starts the extension. */
import * as vscode from 'vscode'
import { COMMANDS } from './contributes/commands.ts'
import { DEBUG_TYPE } from './contributes/debugger.ts'
import { VIEWS } from './contributes/views.ts'
import { Configurations } from './debug/configurations.ts'
import { InlineValues } from './debug/inline-values.ts'
import { Runs } from './debug/runs.ts'
import { openTranslation } from './debug/translation-source.ts'
import { createExample, type ExampleName } from './example.ts'
import { go } from './views/go.ts'
import type { Action, PageCommand, RunStatus, SharedState, ToView } from './views/messages.ts'
import { tellRun, type ViewHost, ViewProvider } from './views/provider.ts'

/** What a page may ask for, and nothing else. */
const PAGE_COMMANDS: Readonly<Record<PageCommand, readonly [string, ...unknown[]]>> = {
  createExample: [COMMANDS.createExample],
  createWatcherExample: [COMMANDS.createExample, 'file-watcher' satisfies ExampleName],
  continue: ['workbench.action.debug.continue'],
  configure: ['workbench.action.debug.configure'],
}

export function activate(context: vscode.ExtensionContext): void {
  const inDist = (...parts: string[]) => vscode.Uri.joinPath(context.extensionUri, 'dist', ...parts)
  const runs = new Runs(inDist('adapter.cjs').fsPath)
  /** What the views have in common, for one that begins later. */
  let shared: SharedState | undefined
  const host: ViewHost = {
    runs,
    bundles: inDist('webviews'),
    shared: () => shared,
    share: (from, state) => {
      shared = state
      for (const provider of providers) if (provider !== from) provider.post({ type: 'shared', state })
    },
    go: to => void go(to, inDist()),
    run: command => void vscode.commands.executeCommand(...PAGE_COMMANDS[command]),
  }
  const providers = VIEWS.map(view => new ViewProvider(view, host))
  const tellAll = (message: ToView) => {
    for (const provider of providers) provider.post(message)
  }
  context.subscriptions.push(
    runs,
    statusBarItem(),
    vscode.debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPE, runs),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, new Configurations()),
    vscode.languages.registerInlineValuesProvider(
      { language: 'typescript', pattern: new vscode.RelativePattern(inDist('translation'), '**/*.ts') },
      new InlineValues(),
    ),
    runs.onDidChange(() => {
      if (shared !== undefined) shared = { ...shared, cursor: 'live', selection: undefined }
      return tellRun(runs.shown).then(tellAll)
    }),
    showViewsOnce(runs),
    runs.onDidHear(({ body }) => tellAll({ type: 'progress', status: body as RunStatus })),
    ...VIEWS.map((view, i) => vscode.window.registerWebviewViewProvider(view.id, providers[i])),
    ...registerCommands(context, tellAll),
  )
}

/** The first run of a window brings the views up; after that the user has put things where they are wanted. */
function showViewsOnce(runs: Runs): vscode.Disposable {
  const waiting = runs.onDidChange(() => {
    waiting.dispose()
    void vscode.commands.executeCommand(COMMANDS.openViews)
  })
  return waiting
}

/** Says that the extension is ready, and opens the views. */
function statusBarItem(): vscode.StatusBarItem {
  const item = vscode.window.createStatusBarItem('interlinear', vscode.StatusBarAlignment.Left, -10)
  item.name = 'Interlinear'
  item.text = '$(list-tree) Interlinear'
  item.tooltip = 'Open the views of Interlinear'
  item.command = COMMANDS.openViews
  item.show()
  return item
}

function registerCommands(context: vscode.ExtensionContext, tellAll: (message: ToView) => void): vscode.Disposable[] {
  const tell = (action: Action) => () => tellAll({ type: 'do', action })
  const implementations: Readonly<Record<string, (name?: ExampleName) => unknown>> = {
    [COMMANDS.createExample]: (name?: ExampleName) =>
      createExample(vscode.Uri.joinPath(context.extensionUri, 'dist', 'example'), name),
    // Not the container's own command: that hides the views when they have the focus.
    [COMMANDS.openViews]: () => vscode.commands.executeCommand(`${VIEWS[0].id}.focus`, { preserveFocus: true }),
    [COMMANDS.breakOnCall]: breakOnCall,
    [COMMANDS.openTranslation]: () => openTranslation(vscode.Uri.joinPath(context.extensionUri, 'dist')),
    [COMMANDS.nextCall]: tell('next-call'),
    [COMMANDS.previousCall]: tell('previous-call'),
    [COMMANDS.goLive]: tell('live'),
    [COMMANDS.copyAsStrace]: tell('copy-as-strace'),
    [COMMANDS.sendInput]: sendInput,
    [COMMANDS.endInput]: () =>
      vscode.debug.activeDebugSession?.customRequest('interlinear/stdin', { text: '', end: true }),
  }
  return Object.entries(implementations).map(([name, run]) => vscode.commands.registerCommand(name, run))
}

async function sendInput(): Promise<void> {
  const session = vscode.debug.activeDebugSession
  const text = await vscode.window.showInputBox({ title: "A line for the program's standard input" })
  if (text !== undefined) await session?.customRequest('interlinear/stdin', { text: `${text}\n` })
}

/** A function breakpoint whose name says that a system call is meant. */
async function breakOnCall(): Promise<void> {
  const name = await vscode.window.showInputBox({
    title: 'Stop before which system call?',
    prompt: 'A name, or a pattern such as open*',
    placeHolder: 'epoll_ctl',
    validateInput: text =>
      /^[a-z0-9_*]+$/.test(text) ? undefined : 'Names of system calls have small letters, digits and _.',
  })
  if (name !== undefined) vscode.debug.addBreakpoints([new vscode.FunctionBreakpoint(`syscall:${name}`)])
}
