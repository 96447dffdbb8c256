/** Launch configurations: what a user who has none gets, and what is wrong with one that cannot work. */
import * as vscode from 'vscode'
import { COMMANDS } from '../contributes/commands.ts'
import { DEBUG_TYPE } from '../contributes/debugger.ts'

export class Configurations implements vscode.DebugConfigurationProvider {
  async resolveDebugConfiguration(
    folder: vscode.WorkspaceFolder | undefined,
    given: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | null | undefined> {
    const config = { ...given }
    if (config.type === undefined || config.type === '') {
      config.type = DEBUG_TYPE
      config.request = 'launch'
      config.name = 'Interlinear'
    }
    // VS Code would put the debug console over the views at each start; what the program writes is there all the same.
    config.internalConsoleOptions ??= 'neverOpen'
    if (typeof config.program === 'string' && config.program !== '') return config
    return this.#withoutProgram(folder, config)
  }

  /** Says what to do; `null` opens launch.json, `undefined` ends the launch. */
  async #withoutProgram(folder: vscode.WorkspaceFolder | undefined, config: vscode.DebugConfiguration) {
    const create = 'Create Example'
    const choose = 'Choose a Program…'
    const open = 'Open launch.json'
    const message =
      'No program? Interlinear runs a Linux x86-64 executable: name one as "program" in launch.json, choose one, or create the example.'
    const answer = await vscode.window.showErrorMessage(
      message,
      { modal: false },
      create,
      choose,
      ...(folder === undefined ? [] : [open]),
    )
    if (answer === create) await vscode.commands.executeCommand(COMMANDS.createExample)
    if (answer === open) return null
    if (answer !== choose) return undefined
    const [chosen] =
      (await vscode.window.showOpenDialog({ title: 'A Linux x86-64 program', canSelectMany: false })) ?? []
    return chosen === undefined ? undefined : { ...config, program: chosen.fsPath }
  }
}
