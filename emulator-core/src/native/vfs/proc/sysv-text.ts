/** /proc/sysvipc: one line an object. Formats: Linux's ipc/shm.c, sem.c, msg.c. */
import { PAGE_SIZE } from '../../../machine/page.ts'
import type { IpcObject } from '../../ipc/sysv-ipc.ts'
import type { ProcContext } from './proc-mount.ts'

const right = (value: number, width: number): string => String(value).padStart(width)

/** Key, identifier, mode. */
function beginning({ perm, id }: IpcObject): string {
  return `${right(perm.key, 10)} ${right(id, 10)}  ${perm.mode.toString(8).padStart(4)}`
}

function owners({ perm }: IpcObject): string {
  return [perm.uid, perm.gid, perm.cuid, perm.cgid].map(id => right(id, 5)).join(' ')
}

const times = (...seconds: readonly number[]): string => seconds.map(s => right(s, 10)).join(' ')

export function shmText({ kernel }: ProcContext): string {
  let text =
    '       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap\n'
  for (const s of kernel.sysv.shm.segments) {
    const sizes = `${right(s.segsz, 21)} ${right(s.cpid, 5)} ${right(s.lpid, 5)}  ${right(s.mappings, 5)}`
    text += `${beginning(s)} ${sizes} ${owners(s)} ${times(s.atime, s.dtime, s.ctime)} ${right(s.residentPages * PAGE_SIZE, 21)} ${right(0, 21)}\n`
  }
  return text
}

export function semText({ kernel }: ProcContext): string {
  let text = '       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n'
  for (const s of kernel.sysv.sem.sets)
    text += `${beginning(s)} ${right(s.values.length, 10)} ${owners(s)} ${times(s.otime, s.ctime)}\n`
  return text
}

export function msgText({ kernel }: ProcContext): string {
  let text =
    '       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n'
  for (const q of kernel.sysv.msg.queues) {
    const counts = `${right(q.bytes, 10)} ${right(q.messages.length, 10)} ${right(q.lspid, 5)} ${right(q.lrpid, 5)}`
    text += `${beginning(q)}  ${counts} ${owners(q)} ${times(q.stime, q.rtime, q.ctime)}\n`
  }
  return text
}
