/** Values behind the lines of the translation's source, while a thread is stopped in it. */
import * as vscode from 'vscode'
import { DEBUG_TYPE } from '../contributes/debugger.ts'
import { inlineHints, type Known } from './inline-hints.ts'

interface Scopes {
  readonly scopes: readonly { readonly name: string; readonly variablesReference: number }[]
}

export class InlineValues implements vscode.InlineValuesProvider {
  async provideInlineValues(
    document: vscode.TextDocument,
    _viewPort: vscode.Range,
    { frameId, stoppedLocation }: vscode.InlineValueContext,
  ): Promise<vscode.InlineValue[]> {
    const session = vscode.debug.activeDebugSession
    if (session?.type !== DEBUG_TYPE) return []
    const { scopes }: Scopes = await session.customRequest('scopes', { frameId })
    const locals = scopes.find(({ name }) => name === 'Locals')
    if (locals === undefined) return []
    const { variablesReference } = locals
    const { variables }: { variables: readonly Known[] } = await session.customRequest('variables', {
      variablesReference,
    })
    const lines = document.getText().split(/\r?\n/)
    return inlineHints(lines, stoppedLocation.start.line, variables).map(
      ({ line, start, end, text }) => new vscode.InlineValueText(new vscode.Range(line, start, line, end), text),
    )
  }
}
