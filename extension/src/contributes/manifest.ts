/** The extension's package.json. Change it here, then run `node extension/write-manifest.mjs`. */
import { commands, keybindings, menus } from './commands.ts'
import { DEBUG_TYPE, debuggers } from './debugger.ts'
import { views, viewsContainers } from './views.ts'

export const manifest = {
  name: 'interlinear',
  displayName: 'Interlinear',
  description:
    'Runs Linux x86-64 programs on any machine and shows, under each system call, the native call that NetBSD makes of it.',
  version: '0.1.0',
  publisher: 'interlinear',
  license: 'GPL-2.0-only',
  private: true,
  type: 'module',
  main: './dist/extension.cjs',
  engines: { vscode: '^1.100.0' },
  categories: ['Debuggers', 'Visualization'],
  keywords: ['strace', 'system calls', 'epoll', 'kqueue', 'inotify', 'emulator', 'NetBSD'],
  icon: 'media/icon.png',
  galleryBanner: { color: '#1f2430', theme: 'dark' },
  extensionKind: ['workspace'],
  capabilities: {
    virtualWorkspaces: false,
    untrustedWorkspaces: { supported: false, description: 'Interlinear runs programs that the workspace names.' },
  },
  activationEvents: ['onStartupFinished', `onDebugResolve:${DEBUG_TYPE}`, `onDebugInitialConfigurations`],
  exports: { './*': './src/*' },
  contributes: {
    debuggers,
    // TypeScript is what the translation is written in.
    breakpoints: ['c', 'cpp', 'go', 'rust', 'asm', 'typescript'].map(language => ({ language })),
    configurationDefaults: { 'files.readonlyInclude': { '**/*interlinear*/dist/translation/**': true } },
    commands,
    menus,
    keybindings,
    viewsContainers,
    views,
  },
}

/** package.json's text. */
export const manifestText = `${JSON.stringify(manifest, undefined, 2)}\n`
