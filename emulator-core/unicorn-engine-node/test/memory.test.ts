import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AddressSpace, Backing, Exit, Machine, Reg } from '../index.js'
import { assemble, CODE, DATA, Guest, RW } from './guest.js'

/*
 * Random histories of address spaces against a model in which every page has a cell of its own kind: shared by
 * reference, copied before a write if it is not. Reads and writes are done by the kernel or by instructions.
 */

const BASE = 0x1000_0000
const PAGES = 12
const SPACES = 3
const PAGE = 4096

interface Cell {
  value: number
}
/** One page of a mapped range; `cell` is what is there, `copy` whether a write makes a copy first. */
interface Page {
  prot: number
  backing: number
  shared: boolean
  cell: Cell | undefined
  copy: boolean
  readOnly: boolean
  /** For shared zero pages: the cells of the whole range, by page. */
  object: Map<number, Cell> | undefined
  number: number
  written: boolean
}
type ModelSpace = (Page | undefined)[]

const range = fc.tuple(fc.nat(PAGES - 1), fc.integer({ min: 1, max: 5 })).map(([first, count]) => ({
  first,
  count: Math.min(count, PAGES - first),
}))
const which = fc.nat(SPACES - 1)
const event = fc.oneof(
  fc.record({
    type: fc.constant('map' as const),
    space: which,
    range,
    prot: fc.constantFrom(0, 1, 3, 3, 7),
    backing: fc.nat(1),
    shared: fc.boolean(),
  }),
  fc.record({ type: fc.constant('unmap' as const), space: which, range }),
  fc.record({ type: fc.constant('protect' as const), space: which, range, prot: fc.constantFrom(0, 1, 3, 5, 7) }),
  fc.record({ type: fc.constant('discard' as const), space: which, range }),
  fc.record({ type: fc.constant('move' as const), space: which, range, to: fc.nat(PAGES - 1) }),
  fc.record({
    type: fc.constant('provide' as const),
    space: which,
    page: fc.nat(PAGES - 1),
    frame: fc.nat(3),
    copy: fc.boolean(),
    readOnly: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('provideMissing' as const),
    space: which,
    page: fc.nat(PAGES - 1),
    frames: fc.array(fc.option(fc.nat(3)), { maxLength: 4 }),
    copy: fc.boolean(),
    readOnly: fc.boolean(),
  }),
  fc.record({ type: fc.constant('fork' as const), space: which, into: which }),
  fc.record({
    type: fc.constant('access' as const),
    space: which,
    page: fc.nat(PAGES - 1),
    write: fc.boolean(),
    guest: fc.boolean(),
    value: fc.integer({ min: 1, max: 1e6 }),
  }),
  fc.record({ type: fc.constant('states' as const), space: which, range, clear: fc.boolean() }),
)
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never

class Model {
  readonly spaces: ModelSpace[] = Array.from({ length: SPACES }, () => new Array(PAGES))
  readonly frames: Cell[] = Array.from({ length: 4 }, (_, index) => ({ value: 1000 + index }))

  /** What an access finds: the cell, or why there is none. */
  access(space: number, number: number, write: boolean, value: number): number | 'denied' | 'denied-present' | 'pager' {
    const page = this.spaces[space]?.[number]
    if (!page) return 'denied'
    const allowed = write ? (page.prot & 2) !== 0 && !(page.cell && page.readOnly) : page.prot !== 0
    if (!allowed) return page.cell ? 'denied-present' : 'denied'
    if (!page.cell) {
      if (page.backing === Backing.PAGER) return 'pager'
      page.cell = page.object?.get(page.number) ?? { value: 0 }
      page.object?.set(page.number, page.cell)
      page.copy = false
      page.written = false
      page.readOnly = false
    }
    if (!write) return page.cell.value
    if (page.copy) {
      page.cell = { value: page.cell.value }
      page.copy = false
    }
    page.cell.value = value
    page.written = true
    return value
  }
}

class Engine {
  readonly machine = new Machine({ memory: 4 << 20 })
  readonly registers = new BigUint64Array(this.machine.registers)
  readonly spaces: AddressSpace[] = Array.from({ length: SPACES }, () => this.newSpace())
  readonly frames: number[]
  active = -1

  constructor() {
    this.frames = Array.from({ length: 4 }, (_, index) => {
      const frame = this.machine.allocateFrame()
      this.view(frame * PAGE).setUint32(0, 1000 + index, true)
      return frame
    })
  }

  view(offset: number): DataView {
    return new DataView(this.machine.physical.buffer, this.machine.physical.byteOffset + offset, 4)
  }

  newSpace(): AddressSpace {
    const space = this.machine.createAddressSpace()
    space.map(CODE, PAGE, 7, Backing.ZERO, false)
    // mov eax, [rbx]; syscall; 16: mov [rbx], eax; syscall
    const offset = space.translate(CODE, 1)
    this.machine.physical.set(assemble('8b 03 0f 05'), offset)
    this.machine.physical.set(assemble('89 03 0f 05'), offset + 16)
    return space
  }

  access(index: number, number: number, write: boolean, value: number, guest: boolean): number | string {
    const space = this.spaces[index] as AddressSpace
    const address = BASE + number * PAGE + 128
    if (guest) return this.accessAsGuest(index, address, write, value)
    const offset = space.translate(address, write ? 1 : 0)
    if (offset === -1) return space.frameAt(address) < 0 ? 'denied' : 'denied-present'
    if (offset === -2) return 'pager'
    const view = this.view(offset - 128)
    if (write) view.setUint32(0, value, true)
    return view.getUint32(0, true)
  }

  accessAsGuest(index: number, address: number, write: boolean, value: number): number | string {
    const space = this.spaces[index] as AddressSpace
    if (this.active !== index) this.machine.activate(space)
    this.active = index
    this.registers[Reg.RIP] = BigInt(CODE + (write ? 16 : 0))
    this.registers[Reg.RBX] = BigInt(address - 128)
    this.registers[Reg.RAX] = BigInt(value)
    const exit = this.machine.run(10)
    if (exit === Exit.SYSCALL) return Number(this.registers[Reg.RAX])
    expect(exit).toBe(Exit.PAGE_FAULT)
    const present = (Number(this.registers[Reg.EXIT_DETAIL]) & 4) !== 0
    const refusal = space.translate(address, write ? 1 : 0)
    return refusal === -2 ? 'pager' : present ? 'denied-present' : 'denied'
  }
}

function apply(model: Model, engine: Engine, step: Event): void {
  const pages = model.spaces[step.space] as ModelSpace
  const space = engine.spaces[step.space] as AddressSpace
  const span = 'range' in step ? step.range : { first: 0, count: 0 }
  const [address, length] = [BASE + span.first * PAGE, span.count * PAGE]
  const numbers = Array.from({ length: span.count }, (_, index) => span.first + index)
  switch (step.type) {
    case 'map': {
      const object = step.shared && step.backing === Backing.ZERO ? new Map<number, Cell>() : undefined
      for (const number of numbers) {
        const { prot, backing, shared } = step
        pages[number] = {
          prot,
          backing,
          shared,
          object,
          number,
          cell: undefined,
          copy: false,
          readOnly: false,
          written: false,
        }
      }
      space.map(address, length, step.prot, step.backing, step.shared)
      break
    }
    case 'unmap':
      for (const number of numbers) pages[number] = undefined
      space.unmap(address, length)
      break
    case 'protect': {
      const complete = numbers.every(number => pages[number])
      for (const number of numbers) if (pages[number]) pages[number].prot = step.prot
      expect(space.protect(address, length, step.prot)).toBe(complete)
      break
    }
    case 'discard':
      for (const number of numbers) if (pages[number]) pages[number].cell = undefined
      space.discard(address, length)
      break
    case 'move': {
      const to = Array.from(numbers, number => number - span.first + step.to)
      const possible = to.every(number => number < PAGES && !pages[number]) && numbers.every(number => pages[number])
      const target = BASE + step.to * PAGE
      if (!possible) {
        if (to.every(number => number < PAGES)) expect(() => space.move(address, target, length)).toThrow(RangeError)
        break
      }
      to.forEach((number, index) => {
        pages[number] = pages[span.first + index]
      })
      for (const number of numbers) pages[number] = undefined
      space.move(address, target, length)
      break
    }
    case 'provide': {
      const page = pages[step.page]
      const frames = Uint32Array.of(engine.frames[step.frame] ?? 0)
      const provide = (): void => space.provide(BASE + step.page * PAGE, frames, step.copy, step.readOnly)
      if (!page) {
        expect(provide).toThrow(RangeError)
        break
      }
      page.cell = model.frames[step.frame]
      page.copy = step.copy
      page.readOnly = step.readOnly
      page.written = false
      provide()
      break
    }
    case 'provideMissing': {
      const frames = Uint32Array.from(step.frames, index => (index === null ? 0 : (engine.frames[index] ?? 0)))
      const provide = (): void => space.provideMissing(BASE + step.page * PAGE, frames, step.copy, step.readOnly)
      const given = step.frames.map((index, i) => ({ index, page: pages[step.page + i] }))
      const first = given.findIndex(({ index }) => index !== null)
      const last = given.findLastIndex(({ index }) => index !== null)
      if (first >= 0 && !given.slice(first, last + 1).every(({ page }) => page)) {
        expect(provide).toThrow(RangeError)
        break
      }
      for (const { index, page } of given) {
        if (index === null || !page || page.cell) continue
        Object.assign(page, { cell: model.frames[index], copy: step.copy, readOnly: step.readOnly, written: false })
      }
      provide()
      break
    }
    case 'fork':
      if (step.space === step.into) break
      model.spaces[step.into] = pages.map(page => {
        if (page && !page.shared) page.copy = true
        return page && { ...page }
      })
      engine.spaces[step.into]?.dispose()
      engine.spaces[step.into] = space.fork()
      if (engine.active === step.into) engine.active = -1
      break
    case 'access':
      expect(engine.access(step.space, step.page, step.write, step.value, step.guest)).toBe(
        model.access(step.space, step.page, step.write, step.value),
      )
      break
    case 'states': {
      const into = new Uint8Array(span.count).fill(99)
      space.pageStates(address, length, into, step.clear)
      const expected = numbers.map(number => {
        const page = pages[number]
        return page?.cell ? (page.written ? 3 : 1) : 0
      })
      expect([...into]).toEqual(expected)
      if (step.clear) for (const number of numbers) if (pages[number]) pages[number].written = false
      break
    }
  }
}

describe('address spaces', () => {
  it('do as their model does', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 5, maxLength: 120 }), events => {
        const [model, engine] = [new Model(), new Engine()]
        for (const step of events) apply(model, engine, step)
        for (let space = 0; space < SPACES; space++) {
          for (let page = 0; page < PAGES; page++) {
            const guest = (space + page) % 2 === 0
            expect(engine.access(space, page, false, 0, guest)).toBe(model.access(space, page, false, 0))
          }
          const cells = (model.spaces[space] as ModelSpace).filter(page => page?.cell).length
          expect(engine.spaces[space]?.residentPages).toBe(cells + 1)
        }
        for (const space of engine.spaces) space.dispose()
        for (const frame of engine.frames) engine.machine.releaseFrame(frame)
        expect(engine.machine.framesUsed).toBe(0)
        engine.machine.dispose()
      }),
      { numRuns: 400 },
    )
  })
})

describe('kernel access', () => {
  it('gives runs of contiguous bytes and stops where memory ends', () => {
    const guest = new Guest()
    const into = new Float64Array(8)
    expect(guest.space.runs(DATA + 100, 0x1000, 1, into)).toBeGreaterThan(0)
    const total = (count: number): number =>
      into.subarray(0, count * 2).reduce((sum, value, index) => sum + (index & 1 ? value : 0), 0)
    expect(total(guest.space.runs(DATA + 100, 0x1000, 1, into))).toBe(0x1000)
    expect(total(guest.space.runs(DATA + 0x1ffe, 0x1000, 1, into))).toBe(2)
    expect(guest.space.runs(0x1000, 10, 0, into)).toBe(0)
    expect(guest.space.runs(DATA, 0, 0, into)).toBe(0)
    expect(guest.space.runs(DATA, 10, 0, new Float64Array(1))).toBe(0)
  })

  it('fills no more pairs than there is room for', () => {
    const guest = new Guest()
    const [one, , two] = [1, 2, 3].map(() => guest.machine.allocateFrame())
    guest.space.map(0x5000_0000, 0x2000, RW, Backing.PAGER, false)
    guest.space.provide(0x5000_0000, Uint32Array.of(two ?? 0, one ?? 0), false, false)
    const pair = new Float64Array(2)
    expect(guest.space.runs(0x5000_0000, 0x2000, 0, pair)).toBe(1)
    expect(pair[1]).toBe(4096)
    expect(guest.space.runs(0x5000_0000, 0x2000, 0, new Float64Array(4))).toBe(2)
  })

  it('copies between memory and arrays, up to the first page that cannot be had', () => {
    const guest = new Guest()
    const bytes = Uint8Array.from({ length: 0x1100 }, (_, i) => i * 7 + (i >> 8))
    expect(guest.space.write(DATA + 0xf80, bytes, 16, 0x1080)).toBe(0x1080)
    expect(guest.read(DATA + 0xf80, 0x1080)).toEqual(bytes.subarray(16, 16 + 0x1080))
    const back = new Uint8Array(0x1100)
    expect(guest.space.read(DATA + 0xf80, back, 8, 0x1080)).toBe(0x1080)
    expect(back).toEqual(
      Uint8Array.of(...new Uint8Array(8), ...bytes.subarray(16, 16 + 0x1080), ...new Uint8Array(0x78)),
    )
    expect(guest.space.write(DATA + 0x1ffe, bytes, 0, 100)).toBe(2)
    expect(guest.space.read(DATA + 0x1ffe, back, 0, 100)).toBe(2)
    expect(back.subarray(0, 3)).toEqual(Uint8Array.of(bytes[0] ?? 0, bytes[1] ?? 0, 0))
    guest.space.protect(DATA + 0x1000, 0x1000, 1)
    expect(guest.space.write(DATA, new Uint8Array(0x2000), 0, 0x2000)).toBe(0x1000)
    expect(guest.space.read(0x1000, back, 0, 10)).toBe(0)
    expect(guest.space.read(DATA, back, 0, 0)).toBe(0)
    expect(() => guest.space.read(DATA, back, 0x1000, 0x101)).toThrow(RangeError)
    expect(() => guest.space.write(DATA, back, 0x1101, 0)).toThrow(RangeError)
  })

  it('is not what V8 counts as memory that a collection could free', () => {
    const before = process.memoryUsage().external
    const machine = new Machine({ memory: 256 << 20 })
    expect(process.memoryUsage().external - before).toBeLessThan(machine.physical.length / 2)
  })

  it('copies within its own memory', () => {
    const guest = new Guest()
    guest.write(DATA, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8))
    const at = guest.space.translate(DATA, 1)
    expect(guest.space.write(DATA + 2, guest.machine.physical, at, 8)).toBe(8)
    expect(guest.read(DATA, 10)).toEqual(Uint8Array.of(1, 2, 1, 2, 3, 4, 5, 6, 7, 8))
  })

  it('copies what is shared before it writes to it', () => {
    const guest = new Guest()
    guest.write(DATA, Uint8Array.of(1))
    const child = guest.space.fork()
    expect(guest.space.write(DATA, Uint8Array.of(2), 0, 1)).toBe(1)
    expect([guest.read(DATA, 1)[0], guest.read(DATA, 1, child)[0]]).toEqual([2, 1])
  })

  it('measures strings', () => {
    const guest = new Guest()
    guest.write(DATA + 0xffa, new TextEncoder().encode('hello, world\0'))
    expect(guest.space.stringLength(DATA + 0xffa, 100)).toBe(12)
    expect(guest.space.stringLength(DATA + 0xffa, 5)).toBe(5)
    guest.write(DATA + 0x1f00, new Uint8Array(0x100).fill(65))
    expect(guest.space.stringLength(DATA + 0x1f00, 1000)).toBe(-1)
    expect(guest.space.lastFault).toBe(DATA + 0x2000)
    guest.space.map(DATA + 0x2000, 0x1000, RW, Backing.PAGER, false)
    expect(guest.space.stringLength(DATA + 0x1f00, 1000)).toBe(-2)
  })

  it('sees what the guest wrote and the other way round after a copy', () => {
    const guest = new Guest('48 8b 03 48 ff c0 48 89 03 0f 05 ; mov rax, [rbx]; inc rax; mov [rbx], rax; syscall')
    guest.set({ RBX: DATA })
    guest.run()
    const child = guest.space.fork()
    const offset = guest.space.translate(DATA, 1) // the parent's page moves, behind the processor's back
    guest.machine.physical[offset] = 41
    guest.set({ RIP: CODE })
    guest.run()
    expect(guest.get('RAX')).toBe(42n)
    expect(guest.readWord(DATA)).toBe(42n)
    guest.machine.activate(child)
    guest.set({ RIP: CODE })
    guest.run()
    expect(guest.get('RAX')).toBe(2n)
  })
})
