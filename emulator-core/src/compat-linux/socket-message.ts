/** struct msghdr and control messages of a Linux amd64 program: sys/compat/linux/common/linux_socket.c. */
import { EBADF, EINVAL, EMFILE, EMSGSIZE } from '../native/errno.ts'
import type { File } from '../native/file.ts'
import { release } from '../native/filedesc.ts'
import type { PeerCredentials } from '../native/ipc/socket.ts'
import type { Lwp } from '../native/lwp.ts'
import type { IoVec } from '../native/uio.ts'
import { install, MAX_TRANSFER } from './file-arguments.ts'

const SOL_SOCKET = 1
const SCM_RIGHTS = 1
const SCM_CREDENTIALS = 2
const CMSG_HEADER = 16
/** Descriptors in one message (SCM_MAX_FD). */
const MAX_RIGHTS = 253
const CONTROL_MAX = 20480
const IOV_MAX = 1024

export const MSG_CTRUNC = 8
export const MSG_TRUNC = 0x20

/** struct msghdr, 56 bytes. */
export interface MessageHeader {
  readonly name: number
  readonly nameLength: number
  readonly vectors: readonly IoVec[]
  readonly control: number
  readonly controlLength: number
}

/** @throws EFAULT, EMSGSIZE for too many pieces, EINVAL for a bad length. */
export function readMessageHeader(l: Lwp, address: number): MessageHeader {
  const m = l.memory
  const count = m.readU64(address + 24)
  if (count > IOV_MAX) throw EMSGSIZE
  const iov = m.readU64(address + 16)
  const vectors: IoVec[] = []
  let total = 0
  for (let i = 0; i < count; i++) {
    const length = m.readI64(iov + i * 16 + 8)
    if (length < 0) throw EINVAL
    const taken = Math.min(length, MAX_TRANSFER - total)
    total += taken
    vectors.push({ base: m.readU64(iov + i * 16), length: taken })
  }
  return {
    name: m.readU64(address),
    nameLength: m.readI32(address + 8),
    vectors,
    control: m.readU64(address + 32),
    controlLength: m.readU64(address + 40),
  }
}

/** What a message's receiver is told in its header. */
export function writeMessageResult(
  l: Lwp,
  address: number,
  nameLength: number,
  controlLength: number,
  flags: number,
): void {
  l.memory.writeU32(address + 8, nameLength)
  l.memory.writeI64(address + 40, controlLength)
  l.memory.writeU32(address + 48, flags)
}

/** The open files a message is to carry. Credentials are checked by nobody here and dropped. @throws EINVAL, EBADF. */
export function readRights(l: Lwp, header: MessageHeader): File[] {
  const files: File[] = []
  if (header.controlLength === 0) return files
  if (header.controlLength > CONTROL_MAX) throw EINVAL
  const bytes = l.memory.copyin(header.control, header.controlLength)
  const v = new DataView(bytes.buffer)
  for (let at = 0; at + CMSG_HEADER <= bytes.length; ) {
    const length = Number(v.getBigUint64(at, true))
    if (length < CMSG_HEADER || at + length > bytes.length) throw EINVAL
    const level = v.getInt32(at + 8, true)
    const type = v.getInt32(at + 12, true)
    if (level === SOL_SOCKET) {
      if (type === SCM_RIGHTS) {
        for (let f = at + CMSG_HEADER; f + 4 <= at + length; f += 4) files.push(fileAt(l, v.getInt32(f, true)))
      } else if (type !== SCM_CREDENTIALS) throw EINVAL
    }
    at += Math.ceil(length / 8) * 8
  }
  if (files.length > MAX_RIGHTS) throw EINVAL
  return files
}

function fileAt(l: Lwp, fd: number): File {
  const file = l.proc.fd.slot(fd)?.file
  if (file === undefined) throw EBADF
  return file
}

/**
 * Hands over a message's open files as descriptors, and its sender's credentials if asked for.
 * @returns the bytes written, and whether something found no room.
 */
export function writeControl(
  l: Lwp,
  header: MessageHeader,
  rights: readonly File[],
  credentials: PeerCredentials | undefined,
  closeOnExec: boolean,
): { written: number; truncated: boolean } {
  let at = 0
  let truncated = false
  const put = (type: number, words: readonly number[]): void => {
    const length = CMSG_HEADER + words.length * 4
    const v = new DataView(new ArrayBuffer(length))
    v.setBigUint64(0, BigInt(length), true)
    v.setInt32(8, SOL_SOCKET, true)
    v.setInt32(12, type, true)
    words.forEach((w, i) => {
      v.setInt32(CMSG_HEADER + i * 4, w, true)
    })
    l.memory.copyout(header.control + at, new Uint8Array(v.buffer))
    at = Math.min(header.controlLength, at + Math.ceil(length / 8) * 8)
  }
  if (credentials !== undefined) {
    const { pid, uid, gid } = credentials
    if (header.controlLength >= CMSG_HEADER + 12) put(SCM_CREDENTIALS, [pid, uid, gid])
    else truncated = true
  }
  const room = Math.max(0, Math.floor((header.controlLength - at - CMSG_HEADER) / 4))
  const fds: number[] = []
  for (const file of rights) {
    if (fds.length >= room) truncated = true
    else {
      try {
        fds.push(install(l, file, closeOnExec))
      } catch (e) {
        if (e !== EMFILE) throw e
        truncated = true
      }
    }
    release(file)
  }
  if (fds.length > 0) put(SCM_RIGHTS, fds)
  return { written: at, truncated }
}
