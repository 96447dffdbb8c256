import type { Plugin } from 'esbuild'
import type { StepTable } from '../../emulator-core/src/session/protocol.ts'

export function steppingPlugin(made?: (table: StepTable) => void): Plugin
