/** The little of /sys that C libraries and runtimes look at: how many processors there are. */
import { PAGE_SIZE } from '../../../machine/page.ts'
import type { Kernel } from '../../kernel.ts'
import type { HugePagePool } from '../../uvm/huge-pages.ts'
import type { ProcNode } from './proc-mount.ts'
import { sysctlOf } from './sysctl-node.ts'

const MOST = 2n ** 64n - 1n

const file = (text: string): ProcNode => ({ kind: 'file', text: () => text })
const directory = (entries: Readonly<Record<string, ProcNode>>): ProcNode => ({ kind: 'directory', entries })

const number = (of: (pool: HugePagePool) => number): ((index: number) => ProcNode) => {
  return index => ({ kind: 'file', text: c => `${of(c.kernel.hugePages[index])}\n` })
}

/** A pool of huge pages. */
const poolDirectory = (index: number): ProcNode =>
  directory({
    nr_hugepages: sysctlOf((k: Kernel) => k.hugePages[index], 'persistent', { most: MOST }),
    nr_hugepages_mempolicy: sysctlOf((k: Kernel) => k.hugePages[index], 'persistent', { most: MOST }),
    nr_overcommit_hugepages: sysctlOf((k: Kernel) => k.hugePages[index], 'overcommit', { most: MOST }),
    free_hugepages: number(pool => pool.free)(index),
    resv_hugepages: number(pool => pool.reserved)(index),
    surplus_hugepages: number(pool => pool.surplus)(index),
  })

const NODE_MASKS = ['online', 'possible', 'has_cpu', 'has_memory', 'has_normal_memory']

/** The one memory node. */
function nodeMemory({ machine }: Kernel): string {
  const { framesTotal, framesUsed } = machine
  const rows = { MemTotal: framesTotal, MemFree: framesTotal - framesUsed, MemUsed: framesUsed }
  return Object.entries(rows)
    .map(([name, frames]) => `Node 0 ${`${name}:`.padEnd(15)}${String((frames * PAGE_SIZE) / 1024).padStart(8)} kB\n`)
    .join('')
}

export const sysTree: ProcNode = directory({
  devices: directory({
    system: directory({
      cpu: directory({
        online: file('0\n'),
        possible: file('0\n'),
        present: file('0\n'),
        offline: file('\n'),
        kernel_max: file('0\n'),
        cpu0: directory({
          topology: directory({
            core_id: file('0\n'),
            physical_package_id: file('0\n'),
            thread_siblings_list: file('0\n'),
          }),
        }),
      }),
      node: directory({
        ...Object.fromEntries(NODE_MASKS.map(name => [name, file('0\n')])),
        node0: directory({
          cpulist: file('0\n'),
          cpumap: file('1\n'),
          distance: file('10\n'),
          meminfo: { kind: 'file', text: ({ kernel }) => nodeMemory(kernel) },
        }),
      }),
    }),
  }),
  fs: directory({ cgroup: directory({}) }),
  kernel: directory({
    mm: directory({
      hugepages: directory({ 'hugepages-2048kB': poolDirectory(0), 'hugepages-1048576kB': poolDirectory(1) }),
      transparent_hugepage: directory({ enabled: file('always madvise [never]\n') }),
    }),
  }),
})
