/** Opens the translation's sources, before anything runs too: the files that the debugger shows, so that breakpoints set in them hold. */
import { readFile } from 'node:fs/promises'
import type { StepTable } from '@interlinear/emulator-core/session/protocol.ts'
import * as vscode from 'vscode'
import { functionNamed, type TranslationFunction, translations } from './translation-list.ts'

type Table = Pick<StepTable, 'files' | 'functions'>

/** `dist`: the extension's own files. */
async function readTable(dist: vscode.Uri): Promise<Table> {
  return JSON.parse(await readFile(vscode.Uri.joinPath(dist, 'worker-stepping.json').fsPath, 'utf8')) as Table
}

/** Asks which function, and shows it. */
export async function openTranslation(dist: vscode.Uri): Promise<void> {
  const items = translations(await readTable(dist)).map(each => ({
    label: each.name,
    description: `${each.file}:${each.line}`,
    function: each,
  }))
  const chosen = await vscode.window.showQuickPick(items, {
    title: 'Open the translation of which system call?',
    placeHolder: 'linux_sys_epoll_ctl',
    matchOnDescription: true,
  })
  if (chosen !== undefined) await show(dist, chosen.function, false)
}

/** The function's first line. */
export async function showTranslation(dist: vscode.Uri, name: string): Promise<void> {
  const found = functionNamed(name, await readTable(dist))
  if (found === undefined)
    void vscode.window.showInformationMessage(`${name} is not among the functions that were translated.`)
  else await show(dist, found, true)
}

async function show(dist: vscode.Uri, { file, line }: TranslationFunction, preview: boolean): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.joinPath(dist, 'translation', file), {
    selection: new vscode.Range(line - 1, 0, line - 1, 0),
    preview,
  })
}
