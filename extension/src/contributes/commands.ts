/** Commands, and where they are offered. */
import { VIEWS } from './views.ts'

const CATEGORY = 'Interlinear'

export const COMMANDS = {
  createExample: 'interlinear.createExample',
  openViews: 'interlinear.openViews',
  breakOnCall: 'interlinear.breakOnCall',
  openTranslation: 'interlinear.openTranslation',
  nextCall: 'interlinear.nextCall',
  previousCall: 'interlinear.previousCall',
  goLive: 'interlinear.goLive',
  copyAsStrace: 'interlinear.copyAsStrace',
  sendInput: 'interlinear.sendInput',
  endInput: 'interlinear.endInput',
} as const

const HAS_RUN = 'interlinear.hasRun'
const RUNNING = "inDebugMode && debugType == 'interlinear'"

export const commands = [
  { command: COMMANDS.createExample, title: 'Create Example', category: CATEGORY, icon: '$(new-file)' },
  { command: COMMANDS.openViews, title: 'Open Views', category: CATEGORY },
  { command: COMMANDS.openTranslation, title: 'Open Translation Source', category: CATEGORY },
  { command: COMMANDS.breakOnCall, title: 'Break on a System Call', category: CATEGORY },
  {
    command: COMMANDS.nextCall,
    title: 'Go to Next Call',
    category: CATEGORY,
    icon: '$(arrow-down)',
    enablement: HAS_RUN,
  },
  {
    command: COMMANDS.previousCall,
    title: 'Go to Previous Call',
    category: CATEGORY,
    icon: '$(arrow-up)',
    enablement: HAS_RUN,
  },
  {
    command: COMMANDS.goLive,
    title: 'Return to Live',
    category: CATEGORY,
    icon: '$(debug-continue)',
    enablement: HAS_RUN,
  },
  {
    command: COMMANDS.copyAsStrace,
    title: 'Copy Selected Call as strace Line',
    category: CATEGORY,
    icon: '$(copy)',
    enablement: HAS_RUN,
  },
  { command: COMMANDS.sendInput, title: 'Send a Line to Standard Input', category: CATEGORY, enablement: RUNNING },
  { command: COMMANDS.endInput, title: 'End Standard Input', category: CATEGORY, enablement: RUNNING },
]

const inCalls = `view == ${VIEWS[0].id}`

export const menus = {
  'view/title': [
    { command: COMMANDS.previousCall, when: inCalls, group: 'navigation@1' },
    { command: COMMANDS.nextCall, when: inCalls, group: 'navigation@2' },
    { command: COMMANDS.goLive, when: inCalls, group: 'navigation@3' },
    { command: COMMANDS.copyAsStrace, when: inCalls, group: 'navigation@4' },
  ],
}

export const keybindings = [
  { command: COMMANDS.nextCall, key: 'alt+]', mac: 'alt+cmd+]', when: HAS_RUN },
  { command: COMMANDS.previousCall, key: 'alt+[', mac: 'alt+cmd+[', when: HAS_RUN },
]
