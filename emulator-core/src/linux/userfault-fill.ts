/** What a userfaultfd's owner does with pages: UFFDIO_COPY, ZEROPAGE, MOVE, WRITEPROTECT, CONTINUE, POISON. Linux: mm/userfaultfd.c. */

import { linuxErrno } from '../compat-linux/errno.ts'
import { PAGE_SIZE } from '../machine/page.ts'
import { EAGAIN, EBUSY, EEXIST, EFAULT, EINVAL, ENOENT, ENOMEM, Errno, ESRCH } from '../native/errno.ts'
import type { Lwp } from '../native/lwp.ts'
import { type MapEntry, PROT_WRITE } from '../native/uvm/entry.ts'
import { supplyPage } from '../native/uvm/fault.ts'
import { PageWait } from '../native/uvm/user-pager.ts'
import type { VmSpace } from '../native/uvm/vmspace.ts'
import { checkedRange, type Range, readRange } from './userfault-ranges.ts'
import type { UserFaultFile } from './userfaultfd.ts'

type Control = (l: Lwp, file: UserFaultFile, argument: number) => number

const DONTWAKE = 1
const PROTECT = 2

/** Brings one page of a mapping in. @throws EEXIST, EFAULT, ENOMEM, EINVAL */
type Fill = (vm: VmSpace, e: MapEntry, page: number) => void

/** The mapping that holds a whole range. @throws ESRCH, ENOENT */
function target({ vm }: UserFaultFile, { start, end }: Range): MapEntry {
  if (vm.references === 0) throw ESRCH
  const e = vm.map.lookup(start)
  if (e === undefined || e.end < end || e.paging === undefined) throw ENOENT
  return e
}

const indexOf = (e: MapEntry, page: number): number => (e.offset + (page - e.start)) / PAGE_SIZE

/** A page with these bytes, or zeros. */
function place(vm: VmSpace, e: MapEntry, page: number, bytes?: Uint8Array): void {
  if (vm.space.frameAt(page) >= 0 || vm.marks.at(page) === 'guard') throw EEXIST
  vm.marks.clear(page, page + PAGE_SIZE)
  if (e.object === undefined || !e.shared) {
    if (!supplyPage(vm, page, bytes)) throw ENOMEM
    return
  }
  if (e.object.residentPage(indexOf(e, page)) !== undefined) throw EEXIST
  const frame = e.object.getPage(indexOf(e, page), true)
  if (frame === undefined) throw EFAULT
  vm.machine.touchFrame(frame)
  if (bytes !== undefined) vm.machine.physical.set(bytes, frame * PAGE_SIZE)
  vm.space.provide(page, Uint32Array.of(frame), false, false)
}

/** A page that the object has already. */
const continuePage: Fill = (vm, e, page) => {
  if (e.object === undefined || !e.shared) throw EINVAL
  const frame = e.object.residentPage(indexOf(e, page))
  if (frame === undefined) throw EFAULT
  if (vm.space.frameAt(page) >= 0) throw EEXIST
  vm.space.provide(page, Uint32Array.of(frame), false, false)
}

/** Touching it will be a fault of the memory. */
const poison: Fill = (vm, e, page) => {
  if (vm.space.frameAt(page) >= 0 || vm.marks.at(page) !== undefined) throw EEXIST
  vm.marks.checkRoom()
  vm.withoutZeroes(page, page + PAGE_SIZE)
  vm.marks.set(page, page + PAGE_SIZE, 'poison')
  if (e.object !== undefined) vm.space.discard(page, PAGE_SIZE)
}

/** 4 GiB: what one call works on at most, so that holes of terabytes do not stop the kernel; the caller goes on behind that. */
const MOST_PAGES = 1 << 20

/** One page after another; bytes done, or -errno if not even one was. */
function each(range: Range, work: (page: number) => void): number {
  const end = Math.min(range.end, range.start + MOST_PAGES * PAGE_SIZE)
  for (let page = range.start; page < end; page += PAGE_SIZE) {
    try {
      work(page)
    } catch (error) {
      if (page > range.start && (error instanceof Errno || error instanceof PageWait)) return page - range.start
      if (!(error instanceof Errno)) throw error
      return -linuxErrno(error)
    }
  }
  return end - range.start
}

/** Tells how far it came, in the structure and to those who wait. @param done bytes, or -errno. @throws EAGAIN if that is not all. */
function finish(l: Lwp, file: UserFaultFile, range: Range, done: number, at: number, wakes: boolean): number {
  l.memory.writeI64(at, done)
  if (done <= 0) return done === 0 ? 0 : done
  if (wakes) file.wake(range.start, range.start + done)
  if (done < range.end - range.start) throw EAGAIN
  return 0
}

/** struct uffdio_copy: dst, src, len, mode, copy. */
const copy: Control = (l, file, argument) => {
  const [dst, src, length] = [0, 8, 16].map(at => l.memory.readU64(argument + at))
  const mode = l.memory.readBigU64(argument + 24)
  if (src + length >= 2 ** 63) throw EINVAL
  const range = checkedRange(dst, length)
  if (mode > BigInt(DONTWAKE | PROTECT)) throw EINVAL
  const e = targetOrAnswer(l, file, range, argument + 32)
  if (typeof e === 'number') return e
  const protects = (Number(mode) & PROTECT) !== 0
  if (protects && e.paging?.protects !== true) return finish(l, file, range, -linuxErrno(EINVAL), argument + 32, false)
  const done = each(range, page => {
    // Whether the page can take it is looked at before the bytes are (and waited for).
    if (file.vm.space.frameAt(page) >= 0) throw EEXIST
    const bytes = l.memory.copyin(src + (page - range.start), PAGE_SIZE)
    place(file.vm, e, page, bytes)
    if (protects) protect(file.vm, page, page + PAGE_SIZE, true)
  })
  return finish(l, file, range, done, argument + 32, (Number(mode) & DONTWAKE) === 0)
}

/** The mapping, or the error that is told in the structure, too. @throws ESRCH, without telling. */
function targetOrAnswer(l: Lwp, file: UserFaultFile, range: Range, at: number): MapEntry | number {
  try {
    return target(file, range)
  } catch (error) {
    if (error !== ENOENT) throw error
    return finish(l, file, range, -linuxErrno(ENOENT), at, false)
  }
}

/** Those with struct uffdio_range, mode and an answer. */
const filling =
  (fill: Fill): Control =>
  (l, file, argument) => {
    const range = readRange(l, argument)
    const mode = l.memory.readBigU64(argument + 16)
    if (mode > BigInt(DONTWAKE)) throw EINVAL
    const e = targetOrAnswer(l, file, range, argument + 24)
    if (typeof e === 'number') return e
    const done = each(range, page => fill(file.vm, e, page))
    return finish(l, file, range, done, argument + 24, mode === 0n)
  }

/** Writes to the pages that are there are asked about, or are not any more. */
function protect(vm: VmSpace, start: number, end: number, on: boolean): void {
  const states = new Uint8Array(PAGES)
  for (let at = start; at < end; at += PAGES * PAGE_SIZE) {
    const pages = Math.min(PAGES, (end - at) / PAGE_SIZE)
    vm.space.pageStates(at, pages * PAGE_SIZE, states, false)
    for (let i = 0; i < pages; i++) {
      if ((states[i] & 1) === 0) continue
      const page = at + i * PAGE_SIZE
      vm.space.provide(page, Uint32Array.of(vm.space.frameAt(page)), true, on)
    }
  }
}
const PAGES = 1 << 16

/** struct uffdio_writeprotect: range, mode (UFFDIO_WRITEPROTECT_MODE_WP 1, _DONTWAKE 2). */
const writeProtect: Control = (l, file, argument) => {
  const { vm } = file
  const range = readRange(l, argument)
  const mode = l.memory.readBigU64(argument + 16)
  if (mode > 2n) throw EINVAL
  if (vm.references === 0) throw ESRCH
  const parts = vm.map.within(range.start, range.end)
  if (parts.length === 0) throw ENOENT
  for (const e of parts) {
    if (e.paging?.protects !== true) throw ENOENT
    protect(vm, Math.max(e.start, range.start), Math.min(e.end, range.end), mode === 1n)
  }
  if (mode === 0n) file.wake(range.start, range.end)
  return 0
}

const ALLOW_SRC_HOLES = 2

/** struct uffdio_move: dst, src, len, mode, move. Pages change their address; nothing is copied. */
const move: Control = (l, file, argument) => {
  const [dst, src, length] = [0, 8, 16].map(at => l.memory.readU64(argument + at))
  const mode = l.memory.readBigU64(argument + 24)
  if (l.proc.vm !== file.vm) throw EINVAL
  const range = checkedRange(dst, length)
  const from = checkedRange(src, length)
  if (mode > BigInt(DONTWAKE | ALLOW_SRC_HOLES)) throw EINVAL
  const holes = (Number(mode) & ALLOW_SRC_HOLES) !== 0
  const done = movable(file, range, from)
    ? each(range, page => movePage(file.vm, from.start + page - dst, page, holes))
    : -linuxErrno(EINVAL)
  return finish(l, file, range, done, argument + 32, (Number(mode) & DONTWAKE) === 0)
}

/** Both private memory, alike, the one registered here, and apart from each other. */
function movable(file: UserFaultFile, to: Range, from: Range): boolean {
  const target = file.vm.map.lookup(to.start)
  const source = file.vm.map.lookup(from.start)
  if (target === undefined || source === undefined || target.end < to.end || source.end < from.end) return false
  if (target.paging?.pager !== file || target.object !== undefined || source.object !== undefined) return false
  const overlaps = from.start < to.end && to.start < from.end
  return (source.prot & PROT_WRITE) !== 0 && source.prot === target.prot && source.locked === target.locked && !overlaps
}

function movePage(vm: VmSpace, from: number, to: number, holes: boolean): void {
  const { space, machine } = vm
  const frame = space.frameAt(from)
  if (frame < 0) {
    if (holes) return
    throw ENOENT
  }
  if (space.frameAt(to) >= 0 || vm.marks.at(to) !== undefined) throw EEXIST
  // Somebody else has it, too.
  if (machine.frameReferences(frame) > 1) throw EBUSY
  machine.retainFrame(frame)
  space.discard(from, PAGE_SIZE)
  space.provide(to, Uint32Array.of(frame), true, false)
  machine.releaseFrame(frame)
}

export const FILLING: readonly (readonly [number, Control])[] = [
  [0xc028_aa03, copy],
  [0xc020_aa04, filling((vm, e, page) => place(vm, e, page))],
  [0xc028_aa05, move],
  [0xc018_aa06, writeProtect],
  [0xc020_aa07, filling(continuePage)],
  [0xc020_aa08, filling(poison)],
]
