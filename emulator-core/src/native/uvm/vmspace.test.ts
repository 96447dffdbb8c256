import fc from 'fast-check'
import { Machine } from 'unicorn-engine-node'
import { describe, expect, it } from 'vitest'
import { ACCESS_READ, ACCESS_WRITE } from '../../machine/access.ts'
import { PAGE_SIZE } from '../../machine/page.ts'
import { EFAULT, ENOMEM } from '../errno.ts'
import { PROT_READ, PROT_WRITE } from './entry.ts'
import { FrameObject } from './frame-object.ts'
import { FrameStore } from './frame-store.ts'
import { VmSpace } from './vmspace.ts'

const BASE = 0x10_0000
const PAGES = 16
/** Pages of the object; mappings may reach beyond. */
const OBJECT_PAGES = 6
const RW = PROT_READ | PROT_WRITE

const at = (page: number): number => BASE + page * PAGE_SIZE
const bytes = (pages: number): number => pages * PAGE_SIZE

interface Cell {
  value: number
}

/** A page as a simple model knows it: one byte stands for all. */
interface ModelPage {
  readonly prot: number
  readonly shared: boolean
  /** Page of the object, undefined: anonymous. */
  readonly index: number | undefined
  /** What a private page holds; undefined: what the object does. */
  readonly own: Cell | undefined
}

class Model {
  pages: (ModelPage | undefined)[] = Array.from({ length: PAGES }, () => undefined)
  readonly object: Cell[]

  constructor(object: Cell[]) {
    this.object = object
  }

  forEach(first: number, count: number, change: (page: ModelPage) => ModelPage | undefined): void {
    for (let i = first; i < Math.min(PAGES, first + count); i++) {
      const page = this.pages[i]
      if (page !== undefined) this.pages[i] = change(page)
    }
  }

  #cell(page: ModelPage): Cell | undefined {
    return page.own ?? (page.index === undefined ? undefined : this.object[page.index])
  }

  read(i: number): number | undefined {
    const page = this.pages[i]
    return page === undefined || page.prot === 0 ? undefined : this.#cell(page)?.value
  }

  write(i: number, value: number): boolean {
    const page = this.pages[i]
    if (page === undefined || (page.prot & PROT_WRITE) === 0) return false
    const cell = this.#cell(page)
    if (cell === undefined) return false
    if (page.shared || page.own !== undefined) cell.value = value
    else this.pages[i] = { ...page, own: { value } }
    return true
  }

  fork(): Model {
    const child = new Model(this.object)
    child.pages = this.pages.map(p =>
      p === undefined ? undefined : { ...p, own: p.own && (p.shared ? p.own : { ...p.own }) },
    )
    return child
  }
}

interface World {
  readonly vm: VmSpace
  readonly model: Model
}

const page = fc.nat(PAGES - 1)
const count = fc.integer({ min: 1, max: 6 })
const prot = fc.constantFrom(0, PROT_READ, RW, PROT_WRITE, 5)

/** What may happen: each does it to the space and to the model. */
const operation = fc.oneof(
  fc.tuple(page, count, prot, fc.boolean()).map(([first, n, p, shared]) => ({
    name: `map ${first}+${n} prot ${p} shared ${shared}`,
    run({ vm, model }: World) {
      const length = Math.min(n, PAGES - first)
      vm.mmap({ address: at(first), length: bytes(length), prot: p, shared })
      for (let i = first; i < first + length; i++)
        model.pages[i] = { prot: p, shared, index: undefined, own: { value: 0 } }
    },
  })),
  fc.tuple(page, count, prot, fc.boolean(), fc.nat(OBJECT_PAGES)).map(([first, n, p, shared, index]) => ({
    name: `map object ${index} at ${first}+${n} prot ${p} shared ${shared}`,
    run({ vm, model }: World, object: FrameObject) {
      const length = Math.min(n, PAGES - first)
      vm.mmap({ address: at(first), length: bytes(length), prot: p, shared, object, offset: bytes(index) })
      for (let i = 0; i < length; i++) model.pages[first + i] = { prot: p, shared, index: index + i, own: undefined }
    },
  })),
  fc.tuple(page, count).map(([first, n]) => ({
    name: `unmap ${first}+${n}`,
    run({ vm, model }: World) {
      vm.munmap(at(first), bytes(n))
      model.forEach(first, n, () => undefined)
    },
  })),
  fc.tuple(page, count, prot).map(([first, n, p]) => ({
    name: `protect ${first}+${n} prot ${p}`,
    run({ vm, model }: World) {
      vm.protect(at(first), bytes(n), p)
      model.forEach(first, n, old => ({ ...old, prot: p }))
    },
  })),
  fc.tuple(page, count).map(([first, n]) => ({
    name: `discard ${first}+${n}`,
    run({ vm, model }: World) {
      for (const e of vm.map.within(at(first), at(first + n))) {
        if (e.shared && e.object === undefined) continue
        const from = Math.max(at(first), e.start)
        vm.discard(from, Math.min(at(first + n), e.end) - from)
      }
      model.forEach(first, n, old => {
        if (old.index !== undefined) return { ...old, own: undefined }
        return old.shared ? old : { ...old, own: { value: 0 } }
      })
    },
  })),
  fc.tuple(page, page, count).map(([from, to, n]) => ({
    name: `move ${from}+${n} to ${to}`,
    run({ vm, model }: World) {
      const apart = Math.abs(from - to) >= n && Math.max(from, to) + n <= PAGES
      if (!apart || !vm.map.covers(at(from), at(from + n)) || !vm.map.isFree(at(to), at(to + n))) return
      vm.move(at(from), at(to), bytes(n))
      for (let i = 0; i < n; i++) {
        model.pages[to + i] = model.pages[from + i]
        model.pages[from + i] = undefined
      }
    },
  })),
  fc.tuple(page, fc.integer({ min: 1, max: 255 })).map(([i, value]) => ({
    name: `write ${value} to ${i}`,
    run({ vm, model }: World) {
      const done = (() => {
        try {
          vm.memory.writeU8(at(i) + value, value)
          vm.memory.writeU8(at(i), value)
          return true
        } catch (error) {
          if (error !== EFAULT) throw error
          return false
        }
      })()
      expect(done).toBe(model.write(i, value))
    },
  })),
)

function compare({ vm, model }: World): void {
  const { entries } = vm.map
  let end = 0
  for (const e of entries) {
    expect(e.start).toBeGreaterThanOrEqual(end)
    expect(e.end).toBeGreaterThan(e.start)
    end = e.end
  }
  expect(vm.size).toBe(entries.reduce((sum, e) => sum + e.end - e.start, 0))
  model.pages.forEach((expected, i) => {
    expect(vm.map.lookup(at(i))?.prot).toBe(expected?.prot)
    const value = model.read(i)
    const copied = new Uint8Array(1)
    expect(vm.memory.forEachRun(at(i), 1, ACCESS_READ, run => copied.set(run))).toBe(value === undefined ? 0 : 1)
    if (value !== undefined) expect(copied[0]).toBe(value)
  })
}

const fork = { name: 'fork', run: undefined } as const
const script = fc.array(fc.tuple(fc.nat(2), fc.oneof({ weight: 12, arbitrary: operation }, fc.constant(fork))), {
  minLength: 1,
  maxLength: 40,
})

describe('address spaces', () => {
  it('hold what an array of pages would', () => {
    const machine = new Machine({ memory: 8 << 20 })
    const before = machine.framesUsed
    fc.assert(
      fc.property(script, steps => {
        const store = new FrameStore(machine)
        const object = new FrameObject(store, { name: 'o', device: 1, inode: 1, size: bytes(OBJECT_PAGES) })
        const cells = Array.from({ length: OBJECT_PAGES }, () => ({ value: 0 }))
        const worlds: World[] = [{ vm: new VmSpace(machine), model: new Model(cells) }]
        for (const [which, step] of steps) {
          const world = worlds[which % worlds.length]
          if (step.run !== undefined) step.run(world, object)
          else if (worlds.length < 3) worlds.push({ vm: world.vm.fork(), model: world.model.fork() })
          for (const w of worlds) compare(w)
        }
        for (const { vm } of worlds) vm.release()
        expect([object.mappings, object.writableMappings]).toEqual([0, 0])
        store.truncate(0)
        expect(machine.framesUsed).toBe(before)
      }),
      { numRuns: 300 },
    )
    machine.dispose()
  })

  it('have at most so many entries', () => {
    const machine = new Machine({ memory: 1 << 20 })
    const vm = new VmSpace(machine)
    vm.mmap({ address: BASE, length: bytes(200_000), prot: PROT_READ, shared: false })
    const protectAll = () => {
      for (let i = 1; i < 200_000; i += 2) vm.protect(at(i), PAGE_SIZE, 0)
    }
    expect(protectAll).toThrow(ENOMEM)
    expect(vm.map.entries.length).toBeLessThan(65_540)
    expect(() => vm.munmap(at(199_000), PAGE_SIZE)).toThrow(ENOMEM)
    vm.munmap(BASE, bytes(200_000))
    expect([vm.map.entries.length, vm.size]).toEqual([0, 0])
    machine.dispose()
  })

  it('keep to the limits of size and of data', () => {
    const vm = new VmSpace(new Machine({ memory: 1 << 20 }))
    vm.limit = bytes(4)
    vm.dataLimit = bytes(2)
    const map = (address: number, pages: number, p: number) => () =>
      vm.mmap({ address, length: bytes(pages), prot: p, shared: false })
    expect(map(at(0), 5, PROT_READ)).toThrow(ENOMEM)
    expect(map(at(0), 3, RW)).toThrow(ENOMEM)
    map(at(0), 2, RW)()
    map(at(2), 2, PROT_READ)()
    expect(map(at(4), 1, PROT_READ)).toThrow(ENOMEM)
    // What is replaced does not count.
    map(at(2), 2, 0)()
    expect(() => vm.protect(at(2), PAGE_SIZE, RW)).toThrow(ENOMEM)
    vm.protect(at(0), PAGE_SIZE, PROT_READ)
    vm.protect(at(2), PAGE_SIZE, RW)
  })

  it('give a child less of what must not be inherited', () => {
    const vm = new VmSpace(new Machine({ memory: 1 << 20 }))
    vm.mmap({ address: BASE, length: bytes(3), prot: RW, shared: false })
    for (let i = 0; i < 3; i++) vm.memory.writeU8(at(i), 7)
    vm.alter(at(1), at(2), { inherit: 'none' })
    vm.alter(at(2), at(3), { inherit: 'zero' })
    const child = vm.fork()
    expect(child.memory.readU8(at(0))).toBe(7)
    expect(() => child.memory.readU8(at(1))).toThrow(EFAULT)
    expect(child.memory.readU8(at(2))).toBe(0)
    expect([0, 1, 2].map(i => vm.memory.readU8(at(i)))).toEqual([7, 7, 7])
    expect([vm.size, child.size]).toEqual([bytes(3), bytes(2)])
  })

  it('map with a page of an object those around it that are in memory, within the mapping', () => {
    const machine = new Machine({ memory: bytes(64) })
    const store = new FrameStore(machine)
    const object = new FrameObject(store, { name: 'object', device: 0, inode: 0, size: bytes(40) })
    const vm = new VmSpace(machine)
    const present = (): number[] => Array.from({ length: 40 }, (_, i) => i).filter(i => vm.space.frameAt(at(i)) >= 0)
    vm.mmap({ address: at(2), length: bytes(38), prot: RW, shared: false, object, offset: bytes(2) })
    for (const page of [0, 1, 3, 4, 7, 15, 16, 20]) store.frame(page)
    vm.fault(at(5), ACCESS_READ)
    expect(present()).toEqual([3, 4, 5, 7, 15])
    vm.memory.copyout(at(4), Uint8Array.of(9))
    store.frame(6)
    vm.fault(at(8), ACCESS_READ)
    expect(present()).toEqual([3, 4, 5, 6, 7, 8, 15])
    expect([vm.memory.readU8(at(4)), object.getPage(4) === vm.space.frameAt(at(4))]).toEqual([9, false])
  })

  it('tell what a fault comes to', () => {
    const machine = new Machine({ memory: 1 << 20 })
    const vm = new VmSpace(machine)
    const object = new FrameObject(new FrameStore(machine), { name: 'o', device: 1, inode: 1, size: 100 })
    vm.mmap({ address: at(0), length: bytes(1), prot: PROT_READ, shared: false })
    vm.mmap({ address: at(1), length: bytes(2), prot: PROT_READ, shared: true, object })
    expect(vm.fault(at(8), ACCESS_READ)).toBe('unmapped')
    expect(vm.fault(at(0), ACCESS_WRITE)).toBe('protection')
    expect(vm.fault(at(0), ACCESS_READ)).toBe('resolved')
    expect(vm.fault(at(1), ACCESS_READ)).toBe('resolved')
    expect(vm.fault(at(1), ACCESS_WRITE)).toBe('protection')
    expect(vm.fault(at(2), ACCESS_READ)).toBe('beyond-object')
    vm.mmap({ address: at(16), length: bytes(400), prot: RW, shared: false })
    const results = new Set(Array.from({ length: 400 }, (_, i) => vm.fault(at(16 + i), ACCESS_WRITE)))
    expect(results).toEqual(new Set(['resolved', 'no-memory']))
    machine.dispose()
  })
})
