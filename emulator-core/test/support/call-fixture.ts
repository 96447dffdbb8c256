/** System calls made from a test, on a guest that has memory but runs nothing. Strings and bytes are put into its memory and passed by address. */
import { Machine } from 'unicorn-engine-node'
import type { CallFamily } from '../../src/compat-linux/call.ts'
import { Errno } from '../../src/native/errno.ts'
import type { UserMemory } from '../../src/native/user-memory.ts'
import { HugePagePool } from '../../src/native/uvm/huge-pages.ts'
import { VmSpace } from '../../src/native/uvm/vmspace.ts'
import type { VfsOptions } from '../../src/native/vfs/vfs.ts'
import { type Fixture, vfsFixture } from './vfs-fixture.ts'

const ARENA = 0x10_0000
const ARENA_SIZE = 0x40_0000
/** Where a call may put its answer. */
export const BUFFER = ARENA + 0x20_0000

export interface CallFixture extends Fixture {
  readonly memory: UserMemory
  /** Divergences that are in force. */
  readonly diverging: Set<string>
  /** What the call returns, or its error's name. */
  call(name: string, ...args: readonly (number | string | Uint8Array)[]): number | string
  /** Bytes at an address, as a view of a copy. */
  view(address: number, length: number): DataView
}

export function callFixture(calls: CallFamily, options: Partial<VfsOptions> = {}): CallFixture {
  const machine = new Machine({ memory: 64 << 20 })
  const fixture = vfsFixture({ machine, ...options })
  const vm = new VmSpace(machine)
  vm.mmap({ address: ARENA, length: ARENA_SIZE, prot: 3, shared: false })
  const diverging = new Set<string>()
  const { l } = fixture
  Object.assign(l.proc, { vm })
  Object.assign(l, { memory: vm.memory, signalPending: () => false })
  const hugePages = [new HugePagePool(machine, 2 ** 21)]
  Object.assign(l.proc.kernel, { machine, hugePages, diverges: (id: string) => diverging.has(id) })
  let top = ARENA
  const put = (a: number | string | Uint8Array): number => {
    if (typeof a === 'number') return a
    const bytes = typeof a === 'string' ? Buffer.from(`${a}\0`, 'latin1') : a
    const at = top
    vm.memory.copyout(at, bytes)
    top += (bytes.length + 15) & ~15
    return at
  }
  return Object.assign(fixture, {
    memory: vm.memory,
    diverging,
    call(name: string, ...args: readonly (number | string | Uint8Array)[]): number | string {
      top = ARENA
      const a = [...args.map(put), 0, 0, 0, 0, 0, 0]
      try {
        let r = calls[name](l, a[0], a[1], a[2], a[3], a[4], a[5])
        if (typeof r === 'number') return r
        const step = r.next('woken')
        r = step.done === true ? step.value : 0
        return step.done === true ? (r as number) : 'sleeps'
      } catch (error) {
        if (error instanceof Errno) return error.name
        throw error
      }
    },
    view: (address: number, length: number) => new DataView(vm.memory.copyin(address, length).buffer),
  })
}
