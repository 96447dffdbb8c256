/** /proc/PID/fd/N. */
import { FREAD, FWRITE } from '../../file.ts'
import { VnodeFile } from '../vnode-file.ts'
import { holderOf } from './holder.ts'
import { OpenFileVnode } from './open-file-vnode.ts'
import type { ProcNode } from './proc-mount.ts'

export const descriptorLink: ProcNode = {
  kind: 'link',
  // What may be done with the descriptor.
  mode: c => {
    const flags = holderOf(c)?.fd.slot(c.number)?.file.flags ?? 0
    return 0o100 | ((flags & FREAD) !== 0 ? 0o400 : 0) | ((flags & FWRITE) !== 0 ? 0o200 : 0)
  },
  target: c => holderOf(c)?.fd.slot(c.number)?.file.describe() ?? '',
  jump: c => {
    const file = holderOf(c)?.fd.slot(c.number)?.file
    if (file === undefined) return undefined
    if (file instanceof VnodeFile) return { vnode: file.vnode, place: file.place }
    const l = c.kernel.current
    return l === undefined
      ? undefined
      : { vnode: new OpenFileVnode(c.kernel.vfs.root.mount, file, l), place: undefined }
  },
}
