/** What the calls of System V IPC share: struct ipc64_perm in a Linux program's memory, commands. sys/compat/linux/common/linux_ipc.c, linux_ipc.h. */
import type { IpcPerm } from '../native/ipc/sysv-ipc.ts'
import type { Lwp } from '../native/lwp.ts'

export const IPC_RMID = 0
export const IPC_SET = 1
export const IPC_STAT = 2
export const IPC_INFO = 3

/** struct ipc64_perm: key, uid, gid, cuid, cgid, mode, sequence. */
const PERM_BYTES = 48

/** A structure that begins with the permissions, written field by field. */
export class IpcWriter {
  readonly #view: DataView

  constructor(bytes: number) {
    this.#view = new DataView(new ArrayBuffer(bytes))
  }

  perm({ perm, id }: { readonly perm: IpcPerm; readonly id: number }): this {
    const { key, uid, gid, cuid, cgid, mode } = perm
    this.ints(0, key, uid, gid, cuid, cgid, mode)
    this.#view.setUint16(24, id >>> 15, true)
    return this
  }

  /** 32 bits each. */
  ints(at: number, ...values: readonly number[]): this {
    values.forEach((value, i) => {
      this.#view.setInt32(at + 4 * i, value, true)
    })
    return this
  }

  /** 64 bits each. */
  longs(at: number, ...values: readonly (number | bigint)[]): this {
    values.forEach((value, i) => {
      this.#view.setBigUint64(at + 8 * i, BigInt.asUintN(64, BigInt(value)), true)
    })
    return this
  }

  /** @throws EFAULT */
  to(l: Lwp, address: number): void {
    l.memory.copyout(address, new Uint8Array(this.#view.buffer))
  }
}

/** What IPC_SET takes of the permissions. @throws EFAULT */
export function readIpcPerm(l: Lwp, address: number): { uid: number; gid: number; mode: number } {
  const view = new DataView(l.memory.copyin(address, PERM_BYTES).buffer)
  return { uid: view.getUint32(4, true), gid: view.getUint32(8, true), mode: view.getUint32(20, true) }
}
