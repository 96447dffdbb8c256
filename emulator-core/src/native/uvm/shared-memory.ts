/** Shared memory without a name: MAP_SHARED | MAP_ANONYMOUS, and shared mappings of the zero device. NetBSD: uao_create, sys/uvm/uvm_aobj.c. */
import { pageUp } from '../../machine/page.ts'
import { FrameObject } from './frame-object.ts'
import { type FrameSource, FrameStore } from './frame-store.ts'

/** As Linux shows it, whose shared memory is a deleted file of a hidden file system. */
const NAME = '/dev/zero (deleted)'
const DEVICE = 1
const FIRST_INODE = 1024
let nextInode = FIRST_INODE

/** `length` bytes; it is gone with its last mapping. */
export function sharedMemory(machine: FrameSource, length: number): FrameObject {
  const store = new FrameStore(machine)
  const owner = { name: NAME, device: DEVICE, inode: nextInode++, size: pageUp(length) }
  return new FrameObject(store, owner, () => store.dispose())
}
