/** Which network a machine has. */
import type { Kernel } from '../kernel.ts'
import { LoopbackStack } from './loopback-stack.ts'
import type { NetMode, NetStack } from './stack.ts'

export function createNetStack(mode: NetMode, kernel: Kernel): NetStack {
  if (mode === 'host') throw new Error("The computer's network cannot be used yet.")
  return new LoopbackStack(kernel, mode)
}
