/** /proc/PID/fd/N. */
import { VnodeFile } from '../vnode-file.ts'
import { OpenFileVnode } from './open-file-vnode.ts'
import type { ProcNode } from './proc-mount.ts'

export const descriptorLink: ProcNode = {
  kind: 'link',
  target: c => c.proc?.fd.slot(c.number)?.file.describe() ?? '',
  jump: c => {
    const file = c.proc?.fd.slot(c.number)?.file
    if (file === undefined) return undefined
    if (file instanceof VnodeFile) return { vnode: file.vnode, place: file.place }
    const l = c.kernel.current
    return l === undefined
      ? undefined
      : { vnode: new OpenFileVnode(c.kernel.vfs.root.mount, file, l), place: undefined }
  },
}
