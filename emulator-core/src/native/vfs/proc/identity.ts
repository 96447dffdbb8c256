/** What the kernel calls itself, in uname(2) and in /proc. */
import type { Host } from '../../../host/host.ts'
import type { Kernel } from '../../kernel.ts'

function uuid(host: Host): string {
  const b = new Uint8Array(16)
  host.random(b)
  b[6] = (b[6] & 0x0f) | 0x40
  b[8] = (b[8] & 0x3f) | 0x80
  const hex = [...b].map(x => x.toString(16).padStart(2, '0')).join('')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** NetBSD's emulation tells an older one (sysctl emul.linux.kern.osrelease); ours is that of the Linux whose calls are known here. */
export function releaseOf(kernel: Kernel): string {
  return kernel.diverges('uname.release') ? '6.3.10' : '6.12.0'
}

export const identity = {
  system: 'Linux',
  version: '#1 SMP PREEMPT_DYNAMIC',
  machine: 'x86_64',
  bootId: '2f4b0c1e-7d5a-4e0b-9a53-6c1d8e3f7a90',
  uuid,
}
