/** A kernel that has file systems and one thread, and no processor: enough to test the vnode layer. */

import * as fs from 'node:fs'
import * as os from 'node:os'
import { join } from 'node:path'
import type { Machine } from 'unicorn-engine-node'
import type { Host } from '../../src/host/host.ts'
import { nodeFiles } from '../../src/host/node-files.ts'
import { PAGE_SIZE } from '../../src/machine/page.ts'
import { Filedesc } from '../../src/native/filedesc.ts'
import type { Kernel } from '../../src/native/kernel.ts'
import type { Lwp } from '../../src/native/lwp.ts'
import type { Proc } from '../../src/native/proc.ts'
import { INITIAL_TIME } from '../../src/native/time-namespace.ts'
import { KernelUio } from '../../src/native/uio.ts'
import { createVfs, type Vfs, type VfsOptions } from '../../src/native/vfs/vfs.ts'
import { vnOpen } from '../../src/native/vfs/vn-open.ts'
import { VnodeFile } from '../../src/native/vfs/vnode-file.ts'
import { withParts } from './lwp-parts.ts'

export interface FakeMachine {
  readonly physical: Uint8Array
  readonly framesTotal: number
  readonly framesUsed: number
  allocateFrame(): number
  retainFrame(frame: number): void
  releaseFrame(frame: number): void
  frameReferences(frame: number): number
  touchFrame(frame: number): void
}

export function fakeMachine(frames: number): FakeMachine {
  const references = new Uint32Array(frames)
  const physical = new Uint8Array(frames * PAGE_SIZE)
  let used = 0
  return {
    physical,
    framesTotal: frames,
    get framesUsed() {
      return used
    },
    allocateFrame() {
      const f = references.indexOf(0)
      if (f < 0) return -1
      references[f] = 1
      used++
      physical.fill(0, f * PAGE_SIZE, (f + 1) * PAGE_SIZE)
      return f
    },
    retainFrame(f) {
      references[f]++
    },
    releaseFrame(f) {
      if (references[f] === 0) throw new Error(`frame ${f} released twice`)
      if (--references[f] === 0) used--
    },
    frameReferences: f => references[f],
    touchFrame() {},
  }
}

export interface Fixture {
  readonly host: string
  readonly vfs: Vfs
  readonly l: Lwp
  readonly machine: FakeMachine
  open(path: string, flags: number, mode?: number): VnodeFile
  read(path: string): string
  write(path: string, text: string, flags?: number): void
  names(path: string): string[]
  dispose(): void
}

export const RDONLY = 1
export const WRONLY = 2
export const RDWR = 3

/** A guest whose root is a fresh, empty host directory. */
export function vfsFixture(options: Partial<VfsOptions> & { readonly frames?: number } = {}): Fixture {
  const host = fs.mkdtempSync(join(os.tmpdir(), 'interlinear-vfs-'))
  const machine = fakeMachine(options.frames ?? 1024)
  let time = 1_700_000_000_000_000_000n
  const kernel = {
    processes: new Map<number, Proc>(),
    clock: { realtime: () => (time += 1000n), monotonic: () => 0 },
    machine,
    diverges: () => false,
  } as unknown as Kernel
  const hostObject = {
    files: nodeFiles,
    platform: 'linux',
    realtime: () => time,
    monotonic: () => 0,
    random: () => {},
  } as unknown as Host
  const vfs = createVfs({
    host: hostObject,
    machine: machine as unknown as Machine,
    rootHostPath: host,
    mounts: [],
    kernel: () => kernel,
    ...options,
  })
  Object.assign(kernel, { vfs, host: hostObject })
  const proc = {
    kernel,
    pid: 1,
    cwdi: { cwd: vfs.root, root: vfs.root, umask: 0o022 },
    timeNamespace: INITIAL_TIME,
    childrenTimeNamespace: INITIAL_TIME,
    credentials: { uid: 0, gid: 0, euid: 0, egid: 0, suid: 0, sgid: 0, groups: [] },
    limits: [],
    transfers: { reads: 0, readBytes: 0, writes: 0, writtenBytes: 0 },
    fd: new Filedesc(1024),
    lwps: new Map(),
    vm: {
      map: { entries: [] },
      references: 1,
      argumentsStart: 0,
      argumentsEnd: 7,
      memory: { copyin: () => Uint8Array.from('test\0x\0', c => c.charCodeAt(0)) },
    },
    name: 'test',
    arguments: ['test', 'x'],
    environment: [],
  } as unknown as Proc
  const l = withParts({ proc, id: 1 }) as unknown as Lwp
  kernel.processes.set(1, proc)
  Object.assign(kernel, { current: l })
  const open = (path: string, flags: number, mode = 0o644): VnodeFile => {
    const file = vnOpen(l, vfs, proc.cwdi.cwd, path, flags, mode)
    if (!(file instanceof VnodeFile)) throw new Error('not a vnode')
    return file
  }
  return {
    host,
    vfs,
    l,
    machine,
    open,
    read(path) {
      const file = open(path, RDONLY)
      const bytes = new Uint8Array(1 << 20)
      const length = file.read(l, new KernelUio(bytes, 'in')) as number
      file.close()
      return Buffer.from(bytes.subarray(0, length)).toString('latin1')
    },
    write(path, text, flags = WRONLY | 0x200 | 0x400) {
      const file = open(path, flags)
      file.write(l, new KernelUio(Buffer.from(text, 'latin1'), 'out'))
      file.close()
    },
    names(path) {
      const file = open(path, RDONLY)
      const names = [...file.entries(l)].map(e => e.name).filter(n => n !== '.' && n !== '..')
      file.close()
      return names
    },
    dispose: () => fs.rmSync(host, { recursive: true, force: true }),
  }
}
