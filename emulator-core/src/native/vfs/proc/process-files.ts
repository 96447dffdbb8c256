/** /proc/PID/fdinfo: what an open file is like. proc(5). */
import type { Slot } from '../../filedesc.ts'
import { type Lock, locksOf } from '../file-locks.ts'
import { VnodeFile } from '../vnode-file.ts'
import { holderOf } from './holder.ts'
import type { ProcContext } from './proc-mount.ts'
import { descriptorFlags } from './process-text.ts'

/** One lock as fdinfo and /proc/locks show it. */
export function lockText(number: number, k: Lock, where: string): string {
  const kind = k.kind === 'flock' ? 'FLOCK ' : k.pid === -1 ? 'OFDLCK' : 'POSIX '
  const end = k.end === Number.POSITIVE_INFINITY ? 'EOF' : k.end - 1
  return `${number}: ${kind} ADVISORY  ${k.exclusive ? 'WRITE' : 'READ '} ${k.pid} ${where} ${k.start} ${end}\n`
}

export function fdinfoText(c: ProcContext): string {
  const slot = holderOf(c)?.fd.slot(c.number)
  if (slot === undefined) return ''
  const { file } = slot
  const isVnode = file instanceof VnodeFile
  const flags = descriptorFlags(slot).toString(8)
  const rows = [`pos:\t${file.offset}`, `flags:\t0${flags}`, `mnt_id:\t${isVnode ? file.vnode.mount.id : 0}`]
  const stat = isVnode ? file.vnode.getattr() : undefined
  if (stat !== undefined) rows.push(`ino:\t${stat.ino}`)
  const own = locksOf(file.lockable).filter(k => k.owner === file || k.owner === c.proc || k.owner === holderOf(c)?.fd)
  const where = `${hexByte((stat?.dev ?? 0) >>> 8)}:${hexByte((stat?.dev ?? 0) & 0xff)}:${stat?.ino ?? 0}`
  return `${rows.join('\n')}\n${own.map((k, i) => `lock:\t${lockText(i + 1, k, where)}`).join('')}${file.info()}`
}

const hexByte = (n: number): string => (n & 0xff).toString(16).padStart(2, '0')

export function locksText(files: Iterable<Slot>): string {
  const seen = new Set<object>()
  let text = ''
  let number = 0
  for (const { file } of files) {
    if (seen.has(file.lockable)) continue
    seen.add(file.lockable)
    const locks = locksOf(file.lockable)
    if (locks.length === 0) continue
    const stat = file instanceof VnodeFile ? file.vnode.getattr() : undefined
    const where = `${hexByte((stat?.dev ?? 0) >>> 8)}:${hexByte((stat?.dev ?? 0) & 0xff)}:${stat?.ino ?? 0}`
    for (const k of locks) text += lockText(++number, k, where)
  }
  return text
}
