/** Which network a machine has. */
import type { Kernel } from '../kernel.ts'
import { HostStack } from './host-stack.ts'
import { LoopbackStack } from './loopback-stack.ts'
import type { NetMode, NetStack } from './stack.ts'

export function createNetStack(mode: NetMode, kernel: Kernel): NetStack {
  return mode === 'host' ? new HostStack(kernel) : new LoopbackStack(kernel, mode)
}
