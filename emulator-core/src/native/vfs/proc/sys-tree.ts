/** The little of /sys that C libraries and runtimes look at: how many processors there are. */
import type { ProcNode } from './proc-mount.ts'

const file = (text: string): ProcNode => ({ kind: 'file', text: () => text })
const directory = (entries: Readonly<Record<string, ProcNode>>): ProcNode => ({ kind: 'directory', entries })

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
      node: directory({ online: file('0\n'), possible: file('0\n') }),
    }),
  }),
  fs: directory({ cgroup: directory({}) }),
  kernel: directory({
    mm: directory({ transparent_hugepage: directory({ enabled: file('always madvise [never]\n') }) }),
  }),
})
