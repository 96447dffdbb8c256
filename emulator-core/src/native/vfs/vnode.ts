/** A file in a file system, however many names and open files it has. NetBSD: struct vnode, vnodeops(9). */
import { SelInfo } from '../selinfo.ts'
export type VnodeType = 'VREG' | 'VDIR' | 'VLNK' | 'VCHR' | 'VBLK' | 'VFIFO' | 'VSOCK'
let nextVnodeId = 1
export abstract class Vnode {
  /** Distinguishes vnodes in events; never reused. */
  readonly id = nextVnodeId++
  abstract readonly type: VnodeType
  #selinfo: SelInfo | undefined
  /** Who watches: EVFILT_VNODE and EVFILT_READ knotes hang here. Made when first asked for. */
  get selinfo(): SelInfo {
    this.#selinfo ??= new SelInfo()
    return this.#selinfo
  }
}
