import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BUFFER, type CallFixture, callFixture } from '../../test/support/call-fixture.ts'
import { PAGE_SIZE } from '../machine/page.ts'
import type { VmSpace } from '../native/uvm/vmspace.ts'
import { fileCalls } from './file.ts'
import { memfdCalls } from './memfd.ts'
import { memoryCalls } from './memory.ts'

const PLACE = 0x4000_0000
const page = (n: number): number => PLACE + n * PAGE_SIZE
const ANONYMOUS = 0x22
const SHARED = 0x21
const FIXED = 0x10
const RW = 3
const O_RDWR = 2

let f: CallFixture
let vm: VmSpace
beforeEach(() => {
  f = callFixture({ ...memoryCalls, ...fileCalls, ...memfdCalls })
  vm = f.l.proc.vm
  vm.brkStart = vm.brkEnd = 0x60_0123
})
afterEach(() => f.dispose())

const limit = (resource: number, soft: number) => {
  f.l.proc.limits[resource] = { soft, hard: Number.POSITIVE_INFINITY }
}
const map = (n: number, pages: number, prot = RW, flags = ANONYMOUS) =>
  f.call('mmap', page(n), pages * PAGE_SIZE, prot, flags | FIXED, -1, 0)
/** Protections of pages from `first` on; nothing where none is mapped. */
const protections = (first: number, count: number): string =>
  Array.from({ length: count }, (_, i) => vm.map.lookup(page(first + i))?.prot ?? '.').join('')
const ordinary = () => {
  f.l.proc.credentials = { ...f.l.proc.credentials, uid: 1000, euid: 1000 }
}

describe('mmap', () => {
  it.each([
    ['an offset that is no page’s, before all else', [0, 0, 0, 0, 99, 1], 'EINVAL'],
    ['a closed descriptor, before the length', [0, 0, 0, 2, 99, 0], 'EBADF'],
    ['no length', [0, 0, 3, 2 | 0x20, -1, 0], 'EINVAL'],
    ['more than there are addresses', [0, 2 ** 47, 3, ANONYMOUS, -1, 0], 'ENOMEM'],
    ['neither shared nor private', [0, 4096, 3, 0x20, -1, 0], 'EINVAL'],
    ['MAP_SHARED_VALIDATE of no file', [0, 4096, 3, 0x23, -1, 0], 'EINVAL'],
    ['a fixed place that is no page', [PLACE + 1, 4096, 3, ANONYMOUS | FIXED, -1, 0], 'EINVAL'],
    ['a fixed place beyond the end', [2 ** 47 - 4096, 4096, 3, ANONYMOUS | FIXED, -1, 0], 'ENOMEM'],
    ['a shared one that grows down', [0, 4096, 3, SHARED | 0x100, -1, 0], 'EINVAL'],
    ['huge pages', [0, 1 << 21, 3, ANONYMOUS | 0x4_0000, -1, 0], 'ENOMEM'],
    ['more memory than there is', [0, 1 << 30, 3, ANONYMOUS, -1, 0], 'ENOMEM'],
  ])('refuses %s', (_, args, error) => {
    expect(f.call('mmap', ...args)).toBe(error)
  })

  it('reserves any amount that is not to be written, or not accounted for', () => {
    expect(f.call('mmap', 0, 2 ** 40, 0, ANONYMOUS, -1, 0)).toBeTypeOf('number')
    expect(f.call('mmap', 0, 2 ** 40, RW, ANONYMOUS | 0x4000, -1, 0)).toBeTypeOf('number')
  })

  it('takes a free hint, and goes elsewhere from one that is not', () => {
    expect(f.call('mmap', page(0) + 5, 4096, RW, ANONYMOUS, -1, 0)).toBe(page(0))
    expect(f.call('mmap', page(0), 4096, RW, ANONYMOUS, -1, 0)).not.toBe(page(0))
    expect(f.call('mmap', 0x2000, 4096, RW, ANONYMOUS, -1, 0)).toBe(0x1_0000)
    const low = f.call('mmap', 0, 4096, RW, ANONYMOUS | 0x40, -1, 0)
    expect(low).toBeLessThan(2 ** 31)
  })

  it('does not replace with MAP_FIXED_NOREPLACE, which NetBSD takes for a hint', () => {
    map(0, 2)
    const args = [page(1), 8192, RW, ANONYMOUS | 0x10_0000, -1, 0]
    expect(f.call('mmap', ...args)).toBe('EEXIST')
    f.diverging.add('mmap.unknown-flags')
    expect(f.call('mmap', ...args)).toBeTypeOf('number')
    expect(protections(0, 3)).toBe('33.')
  })

  it('leaves the lowest addresses to root', () => {
    expect(f.call('mmap', 4096, 4096, RW, ANONYMOUS | FIXED, -1, 0)).toBe(4096)
    ordinary()
    expect(f.call('mmap', 8192, 4096, RW, ANONYMOUS | FIXED, -1, 0)).toBe('EPERM')
  })

  it('maps a file as its descriptor allows', () => {
    f.write('/f', 'contents')
    const [rdonly, wronly, rdwr] = [0, 1, O_RDWR].map(flags => f.call('open', '/f', flags) as number)
    const of = (fd: number, prot: number, type: number) => f.call('mmap', 0, 4096, prot, type, fd, 0)
    expect(of(wronly, 1, 2)).toBe('EACCES')
    expect(of(rdonly, RW, 1)).toBe('EACCES')
    const shared = of(rdonly, 1, 1) as number
    expect(f.call('mprotect', shared, 4096, RW)).toBe('EACCES')
    const mine = of(rdonly, RW, 2) as number
    f.memory.writeU8(mine, 67)
    expect(f.read('/f')).toBe('contents')
    const both = of(rdwr, RW, 1) as number
    f.memory.readU8(both)
    f.memory.writeU8(both, 67)
    expect([f.read('/f'), f.memory.readU8(shared)]).toEqual(['Contents', 67])
    expect(f.call('mmap', 0, 4096, 1, 3 | 0x80_0000, rdwr, 0)).toBe('EOPNOTSUPP')
    f.diverging.add('mmap.shared-validate')
    expect(of(rdwr, 1, 3)).toBe('EINVAL')
  })

  it('maps /dev/zero as memory, and no other device', () => {
    const zero = f.call('open', '/dev/zero', O_RDWR) as number
    const at = f.call('mmap', 0, 8192, RW, 2, zero, 4096) as number
    expect(f.memory.readU8(at + 4096)).toBe(0)
    f.memory.writeU8(at, 1)
    expect([...vm.mappings()].find(m => m.start === at)?.name).toBe('/dev/zero')
    expect(f.call('mmap', 0, 4096, RW, 2, f.call('open', '/dev/null', O_RDWR), 0)).toBe('ENODEV')
  })

  it('shows what was asked for; on NetBSD what can be written can be read', () => {
    map(0, 1, 2)
    f.diverging.add('mmap.write-reads')
    map(1, 1, 2)
    expect(protections(0, 2)).toBe('23')
    expect([f.memory.readU8(page(0)), f.memory.readU8(page(1))]).toEqual([0, 0])
  })
})

describe('mprotect', () => {
  it('changes what lies before a hole; NetBSD passes over it', () => {
    for (const n of [0, 1, 3]) map(n, 1, 1)
    expect(f.call('mprotect', page(0), 4 * PAGE_SIZE, 0)).toBe('ENOMEM')
    expect(protections(0, 4)).toBe('00.1')
    expect(f.call('mprotect', page(2), PAGE_SIZE, 0)).toBe('ENOMEM')
    f.diverging.add('mprotect.holes')
    expect(f.call('mprotect', page(0), 4 * PAGE_SIZE, 1)).toBe(0)
    expect(protections(0, 4)).toBe('11.1')
  })

  it('looks at its arguments in order', () => {
    expect(f.call('mprotect', 1, 0, 0x777)).toBe('EINVAL')
    expect(f.call('mprotect', page(9), 0, 0x777)).toBe(0)
    expect(f.call('mprotect', page(9), -1, 1)).toBe('ENOMEM')
    expect(f.call('mprotect', page(9), 4096, 0x777)).toBe('EINVAL')
    expect(f.call('mprotect', page(9), 4096, 8)).toBe('ENOMEM')
    map(0, 1)
    expect(f.call('mprotect', page(0), 4096, 0x0100_0000)).toBe('EINVAL')
  })
})

describe('mremap', () => {
  const remap = (n: number, old: number, now: number, flags: number, to = 0) =>
    f.call('mremap', page(n), old * PAGE_SIZE, now * PAGE_SIZE, flags, to)

  it('grows in place, or moves with what it holds', () => {
    map(0, 2)
    f.memory.writeU8(page(1), 9)
    expect(remap(0, 2, 3, 0)).toBe(page(0))
    map(3, 1, 1)
    expect(remap(0, 3, 4, 0)).toBe('ENOMEM')
    const moved = remap(0, 3, 4, 1) as number
    expect(f.memory.readU8(moved + PAGE_SIZE)).toBe(9)
    expect(protections(0, 4)).toBe('...1')
    expect(f.call('mremap', moved, 4 * PAGE_SIZE, PAGE_SIZE, 0)).toBe(moved)
  })

  it('refuses what Linux refuses', () => {
    map(0, 1)
    map(1, 1, 1)
    expect(remap(0, 1, 0, 0)).toBe('EINVAL')
    expect(remap(0, 1, 1, 8)).toBe('EINVAL')
    expect(remap(0, 1, 1, 2, page(8))).toBe('EINVAL')
    expect(remap(0, 1, 2, 5)).toBe('EINVAL')
    expect(remap(0, 2, 3, 1)).toBe('EFAULT')
    expect(remap(5, 1, 1, 0)).toBe('EFAULT')
    expect(remap(0, 0, 1, 1)).toBe('EINVAL')
    expect(remap(0, 1, 2, 3, page(0))).toBe('EINVAL')
    map(8, 1)
    expect(remap(5, 1, 1, 3, page(8))).toBe('EFAULT')
    expect(protections(8, 1)).toBe('3')
  })

  it('goes where it is told; NetBSD does not', () => {
    map(0, 2)
    map(4, 2, 1)
    f.memory.writeU8(page(0), 5)
    expect(remap(0, 2, 1, 3, page(4))).toBe(page(4))
    expect([protections(0, 6), f.memory.readU8(page(4))]).toEqual(['....31', 5])
    f.diverging.add('mremap.fixed')
    expect(remap(4, 1, 1, 3, page(0))).toBe('EOPNOTSUPP')
  })

  it('may leave the old range behind, empty', () => {
    map(0, 1)
    f.memory.writeU8(page(0), 5)
    const to = remap(0, 1, 1, 5) as number
    expect([f.memory.readU8(page(0)), f.memory.readU8(to)]).toEqual([0, 5])
  })

  it('maps shared memory a second time when nothing of it is moved', () => {
    const fd = f.call('memfd_create', 'm', 0) as number
    f.call('ftruncate', fd, PAGE_SIZE)
    f.call('mmap', page(0), PAGE_SIZE, RW, 1 | FIXED, fd, 0)
    const second = remap(0, 0, 1, 1) as number
    f.memory.writeU8(second, 8)
    expect(f.memory.readU8(page(0))).toBe(8)
  })
})

describe('the others', () => {
  it('brk keeps to its limits and says where it stands', () => {
    const start = vm.brkStart
    expect(f.call('brk', 0)).toBe(start)
    expect(f.call('brk', start + 8192)).toBe(start + 8192)
    expect(f.call('brk', start - 1)).toBe(start + 8192)
    limit(2, 16384)
    expect(f.call('brk', start + 32768)).toBe(start + 8192)
    expect(f.call('brk', -1)).toBe(start + 8192)
    expect(f.call('brk', start)).toBe(start)
    expect(vm.map.lookup(start + 8000)).toBeUndefined()
  })

  it('RLIMIT_AS counts only what is new', () => {
    map(0, 4)
    limit(9, vm.size)
    expect(map(1, 2, 1)).toBe(page(1))
    expect(map(4, 1)).toBe('ENOMEM')
    expect(f.call('mremap', page(3), PAGE_SIZE, 2 * PAGE_SIZE, 0)).toBe('ENOMEM')
  })

  it('madvise forgets, and goes on behind holes', () => {
    map(0, 1)
    map(2, 1)
    f.memory.writeU8(page(0), 1)
    f.memory.writeU8(page(2), 1)
    expect(f.call('madvise', page(0), 3 * PAGE_SIZE, 4)).toBe('ENOMEM')
    expect([f.memory.readU8(page(0)), f.memory.readU8(page(2))]).toEqual([0, 0])
    expect(f.call('madvise', page(0) + 8, 0, 4)).toBe('EINVAL')
    expect(f.call('madvise', page(1), 0, 4)).toBe(0)
    expect(f.call('madvise', page(0), 1, 99)).toBe('EINVAL')
    map(0, 1, 1)
    expect(f.call('madvise', page(0), 1, 23)).toBe('EINVAL')
    f.diverging.add('madvise.own-numbers')
    expect(f.call('madvise', page(0), 1, 8)).toBe('EINVAL')
  })

  it('NetBSD keeps what is not needed', () => {
    map(0, 1)
    f.memory.writeU8(page(0), 1)
    f.diverging.add('madvise.dontneed-keeps')
    expect([f.call('madvise', page(0), 4096, 4), f.memory.readU8(page(0))]).toEqual([0, 1])
    expect(f.call('madvise', page(1), 4096, 4)).toBe('ENOMEM')
  })

  it('munmap wants a page and a length; NetBSD rounds', () => {
    map(0, 2)
    expect(f.call('munmap', page(0) + 1, 4096)).toBe('EINVAL')
    expect(f.call('munmap', page(0), 0)).toBe('EINVAL')
    expect(f.call('munmap', 2 ** 47, 4096)).toBe('EINVAL')
    f.diverging.add('munmap.any-address')
    expect(f.call('munmap', page(0), 0)).toBe(0)
    expect(protections(0, 2)).toBe('33')
    expect(f.call('munmap', page(0) + 1, 100)).toBe(0)
    expect(protections(0, 2)).toBe('.3')
    expect(f.call('munmap', page(1) + 4095, -1)).toBe('EINVAL')
  })

  it('advice for one kind of memory is refused for others', () => {
    map(0, 1, RW, SHARED)
    f.memory.writeU8(page(0), 1)
    expect([8, 9, 18, 10, 4].map(advice => f.call('madvise', page(0), 1, advice))).toEqual([
      'EINVAL',
      0,
      'EINVAL',
      0,
      0,
    ])
    expect(f.memory.readU8(page(0))).toBe(0)
  })

  it('msync, mincore and mlock look at the range', () => {
    map(0, 2)
    f.memory.writeU8(page(1), 1)
    expect(f.call('mincore', page(0), 8192, BUFFER)).toBe(0)
    expect(f.view(BUFFER, 2).getUint16(0, true)).toBe(0x100)
    expect(f.call('mincore', page(0), 3 * PAGE_SIZE, BUFFER)).toBe('ENOMEM')
    expect(f.call('mincore', page(0) + 1, 1, BUFFER)).toBe('EINVAL')
    expect(f.call('msync', page(0), 8192, 5)).toBe('EINVAL')
    expect(f.call('msync', page(1), 8192, 4)).toBe('ENOMEM')
    expect(f.call('msync', page(1), 1, 0)).toBe(0)
    f.diverging.add('msync.no-flags')
    expect(f.call('msync', page(1), 1, 0)).toBe('EINVAL')
    expect(f.call('mlock', page(0) + 100, 1)).toBe(0)
    expect(f.call('mlock', page(1), 8192)).toBe('ENOMEM')
    limit(8, 4096)
    ordinary()
    expect(f.call('mlock', page(0), 8192)).toBe('ENOMEM')
    limit(8, 0)
    expect(f.call('mlock', page(0), 1)).toBe('EPERM')
    expect([0, 4, 8].map(flags => f.call('mlockall', flags))).toEqual(['EINVAL', 'EINVAL', 'EINVAL'])
  })
})

it('whatever a program passes, it gets a number or an error', () => {
  const argument = fc.oneof(
    fc.constantFrom(0, 1, -1, 4096, 4097, PLACE, page(3), page(7) + 1, 2 ** 47, 2 ** 47 - 4096, 2 ** 53, -(2 ** 63)),
    fc.constantFrom(2 ** 63 - 1024, 1 << 20, BUFFER, 0x11, 0x12, 0x22, 0x32, 0x10_0022),
    fc.integer({ min: -2, max: 30 }),
    fc.integer(),
  )
  // What is sealed stays as it is, so that the next round could not begin anew.
  const names = Object.keys(memoryCalls).filter(name => name !== 'mseal')
  const call = fc.tuple(fc.constantFrom(...names), fc.array(argument, { minLength: 6, maxLength: 6 }))
  f.call('memfd_create', 'm', 0)
  f.call('ftruncate', 0, 10_000)
  fc.assert(
    fc.property(fc.array(call, { maxLength: 10 }), calls => {
      map(0, 8)
      for (const [name, args] of calls) expect(['number', 'string']).toContain(typeof f.call(name, ...args))
      // Where the calls put their strings and answers.
      vm.mmap({ address: 0x10_0000, length: 0x40_0000, prot: RW, shared: false })
    }),
    { numRuns: 2000 },
  )
})
