import { describe, expect, it } from 'vitest'
import { Backing } from '../index.js'
import { assemble, CODE, DATA, Guest, RWX, SYSCALL } from './guest.js'

/** mov eax, n; syscall */
const answer = (value: number): Uint8Array => assemble(`b8 ${value.toString(16).padStart(2, '0')} 00 00 00 ${SYSCALL}`)

function result(guest: Guest, at = CODE): bigint {
  guest.set({ RIP: at, RAX: 0 })
  expect(guest.run()).toBe('SYSCALL')
  return guest.get('RAX')
}

describe('code that changes', () => {
  it('by the guest, in another block', () => {
    const guest = new Guest(`
      e8 0d 00 00 00        ; 00 call function
      c6 45 01 02           ; 05 mov byte [rbp + 1], 2
      89 c3                 ; 09 mov ebx, eax
      e8 02 00 00 00        ; 0b call function
      ${SYSCALL}            ; 10
      b8 01 00 00 00 c3     ; 12 function: mov eax, 1 → 2; ret`)
    guest.set({ RBP: CODE + 0x12 })
    expect(guest.run()).toBe('SYSCALL')
    expect([guest.get('RBX'), guest.get('RAX')]).toEqual([1n, 2n])
  })

  it('by the guest, in the block that is executing', () => {
    const guest = new Guest(`
      c6 45 05 07           ; mov byte [rbp + 5], 7
      b8 01 00 00 00        ; mov eax, 1 → 7
      ${SYSCALL}`)
    guest.set({ RBP: CODE })
    expect(guest.run()).toBe('SYSCALL')
    expect(guest.get('RAX')).toBe(7n)
  })

  it('by the guest many times over', () => {
    const guest = new Guest(`
      b9 e8 03 00 00        ; mov ecx, 1000
      89 4d 01              ; again: mov [rbp + 1], ecx
      ff d5                 ; call rbp
      01 c3                 ; add ebx, eax
      ff c9                 ; dec ecx
      75 f5                 ; jnz again
      ${SYSCALL}`)
    guest.write(CODE + 0x100, assemble('b8 00 00 00 00 c3'))
    guest.set({ RBP: CODE + 0x100 })
    expect(guest.run()).toBe('SYSCALL')
    expect(guest.get('RBX')).toBe(500_500n)
  })

  it('through another address of the same frame, more than once', () => {
    const guest = new Guest(`88 45 01 88 55 11 ${SYSCALL} ; mov [rbp + 1], al; mov [rbp + 0x11], dl`)
    const frame = guest.machine.allocateFrame()
    for (const at of [0x50_0000, 0x51_0000]) {
      guest.space.map(at, 0x1000, RWX, Backing.PAGER, true)
      guest.space.provide(at, Uint32Array.of(frame), false, false)
    }
    guest.write(0x50_0000, answer(1))
    guest.write(0x50_0010, answer(2))
    for (let round = 3; round < 8; round++) {
      result(guest, 0x50_0000)
      result(guest, 0x50_0010)
      guest.set({ RIP: CODE, RBP: 0x51_0000, RAX: round, RDX: round + 10 })
      expect(guest.run()).toBe('SYSCALL')
      expect([result(guest, 0x50_0000), result(guest, 0x50_0010)]).toEqual([BigInt(round), BigInt(round + 10)])
    }
  })

  it('by the kernel through translate, runs, write and touchFrame', () => {
    const guest = new Guest()
    guest.write(CODE, answer(1))
    expect(result(guest)).toBe(1n)
    guest.write(CODE, answer(2))
    expect(result(guest)).toBe(2n)
    const runs = new Float64Array(2)
    expect(guest.space.runs(CODE, 7, 1, runs)).toBe(1)
    guest.machine.physical.set(answer(3), runs[0])
    expect(result(guest)).toBe(3n)
    const frame = guest.space.frameAt(CODE)
    guest.machine.touchFrame(frame)
    guest.machine.physical.set(answer(4), frame * 4096)
    expect(result(guest)).toBe(4n)
    expect(guest.space.write(CODE, answer(5), 0, answer(5).length)).toBe(answer(5).length)
    expect(result(guest)).toBe(5n)
  })

  it('by another mapping at its address', () => {
    const guest = new Guest()
    for (let value = 1; value < 20; value++) {
      guest.space.map(0x50_0000, 0x1000, RWX, Backing.ZERO, false)
      guest.write(0x50_0000, answer(value))
      expect(result(guest, 0x50_0000)).toBe(BigInt(value))
    }
  })

  it('by other frames provided, reached by a jump from another page and a call by pointer', () => {
    const guest = new Guest(`ff d5 89 c3 e8 f7 0f 10 00 ${SYSCALL} ; call rbp; mov ebx, eax; call 0x501000; syscall`)
    guest.space.map(0x50_0000, 0x2000, RWX, Backing.PAGER, false)
    for (let value = 1; value < 20; value++) {
      const frame = guest.machine.allocateFrame()
      guest.machine.physical.set(assemble(`b8 ${value.toString(16).padStart(2, '0')} 00 00 00 c3`), frame * 4096)
      guest.space.provide(0x50_1000, Uint32Array.of(frame), true, false)
      guest.machine.releaseFrame(frame)
      guest.set({ RIP: CODE, RBP: 0x50_1000 })
      expect(guest.run()).toBe('SYSCALL')
      expect([guest.get('RBX'), guest.get('RAX')]).toEqual([BigInt(value), BigInt(value)])
    }
  })

  it('is not executed once execution is forbidden', () => {
    const guest = new Guest()
    guest.write(CODE, answer(1))
    expect(result(guest)).toBe(1n)
    guest.space.protect(CODE, 0x1000, 3)
    guest.set({ RIP: CODE })
    expect(guest.run()).toBe('PAGE_FAULT')
    expect(guest.exit().detail).toBe(6n)
    guest.space.protect(CODE, 0x1000, 5)
    expect(result(guest)).toBe(1n)
  })
})

describe('address spaces', () => {
  it('have their own code at the same address', () => {
    const guest = new Guest()
    const other = guest.machine.createAddressSpace()
    other.map(CODE, 0x1000, RWX, Backing.ZERO, false)
    guest.write(CODE, answer(1))
    guest.write(CODE, answer(2), other)
    for (let round = 0; round < 5; round++) {
      guest.machine.activate(guest.space)
      expect(result(guest)).toBe(1n)
      guest.machine.activate(other)
      expect(result(guest)).toBe(2n)
    }
  })

  it.each([
    ['through a register', `ff d5 ${SYSCALL} ; call rbp`],
    ['direct', `e8 fb 0f 00 00 ${SYSCALL} ; call CODE + 0x1000`],
  ])('have their own functions behind jumps between pages, %s', (_, code) => {
    const guest = new Guest(code)
    guest.write(CODE + 0x1000, assemble('b8 01 00 00 00 c3'))
    const child = guest.space.fork()
    guest.write(CODE + 0x1000, assemble('b8 02 00 00 00 c3'), child)
    for (let round = 0; round < 5; round++) {
      for (const [space, value] of [
        [guest.space, 1n],
        [child, 2n],
      ] as const) {
        guest.machine.activate(space)
        guest.set({ RIP: CODE, RBP: CODE + 0x1000 })
        expect(guest.run()).toBe('SYSCALL')
        expect(guest.get('RAX')).toBe(value)
      }
    }
  })

  it('have their own second half of an instruction across a border that both jump to', () => {
    const guest = new Guest(`e9 f8 0f 00 00 ; jmp CODE + 0xffd`)
    guest.write(CODE + 0xffd, answer(1)) // mov eax, 1 cut after two bytes of the number
    const child = guest.space.fork()
    guest.write(CODE + 0x1000, Uint8Array.of(1), child) // 0x10001
    for (let round = 0; round < 4; round++) {
      guest.machine.activate(guest.space)
      expect(result(guest)).toBe(1n)
      guest.machine.activate(child)
      expect(result(guest)).toBe(0x1_0001n)
    }
    // And when its page is replaced where it runs.
    guest.write(CODE + 0x1000, Uint8Array.of(2), child)
    expect(result(guest)).toBe(0x2_0001n)
    child.unmap(CODE + 0x1000, 0x1000)
    guest.set({ RIP: CODE })
    expect(guest.run()).toBe('PAGE_FAULT')
  })

  it('part when a child writes to code both execute, in the block that writes', () => {
    const guest = new Guest(`
      c6 45 05 07           ; mov byte [rbp + 5], 7
      b8 01 00 00 00        ; mov eax, 1 → 7
      ${SYSCALL}`)
    guest.set({ RBP: CODE })
    const clean = guest.space.fork()
    const child = clean.fork()
    guest.machine.activate(child)
    expect(result(guest)).toBe(7n)
    expect(guest.read(CODE + 5, 1, child)).toEqual(Uint8Array.of(7))
    expect(guest.read(CODE + 5, 1, clean)).toEqual(Uint8Array.of(1))
    guest.machine.activate(clean)
    expect(result(guest)).toBe(7n)
    guest.machine.activate(guest.space)
    expect(guest.read(CODE + 5, 1)).toEqual(Uint8Array.of(1))
  })

  it('see what another one writes to code that both have, though it could write there before it was code', () => {
    const guest = new Guest()
    const shared = 0x50_0000
    const frame = guest.machine.allocateFrame()
    const writer = guest.machine.createAddressSpace()
    for (const space of [guest.space, writer]) {
      space.map(shared, 0x1000, RWX, Backing.PAGER, true)
      space.provide(shared, Uint32Array.of(frame), false, false)
    }
    writer.map(CODE, 0x1000, RWX, Backing.ZERO, false)
    guest.write(CODE, assemble(`88 45 01 ${SYSCALL} ; mov [rbp + 1], al`), writer)
    guest.write(shared, answer(1))
    for (let round = 2; round < 9; round++) {
      guest.machine.activate(writer)
      guest.set({ RIP: CODE, RBP: shared, RAX: round })
      expect(guest.run()).toBe('SYSCALL')
      guest.machine.activate(guest.space)
      expect(result(guest, shared)).toBe(BigInt(round))
    }
  })

  it('keep apart when there are more than the processor remembers', () => {
    const guest = new Guest(`8b 03 ff 03 ${SYSCALL} ; mov eax, [rbx]; inc dword [rbx]`)
    const spaces = Array.from({ length: 40 }, () => guest.space.fork())
    for (const round of [0n, 1n, 2n]) {
      for (const space of [...spaces, ...spaces].slice(0, 60)) {
        guest.machine.activate(space)
        guest.set({ RBX: DATA })
        result(guest)
      }
      for (const [index, space] of spaces.entries()) {
        const each = index < 20 ? 2n : 1n
        expect(guest.readWord(DATA, space)).toBe(each * (round + 1n))
      }
    }
    expect(guest.readWord(DATA)).toBe(0n)
  })

  it('fault once they are disposed of while active', () => {
    const guest = new Guest(SYSCALL)
    guest.space.dispose()
    expect(guest.run()).toBe('PAGE_FAULT')
    expect(guest.machine.framesUsed).toBe(0)
  })
})

describe('physical memory', () => {
  it('is reused zeroed, also after much of it was given back', () => {
    const guest = new Guest(`f3 48 ab ${SYSCALL} ; rep stosq`, 160 << 20)
    const length = 100 << 20
    for (let round = 0; round < 3; round++) {
      guest.space.map(0x1000_0000, length, 3, Backing.ZERO, false)
      for (let at = 0; at < length; at += 4096 * 97) expect(guest.readWord(0x1000_0000 + at)).toBe(0n)
      guest.set({ RIP: CODE, RDI: 0x1000_0000, RCX: length / 8, RAX: -1 })
      expect(guest.run(2 ** 31 - 1)).toBe('SYSCALL')
      expect(guest.readWord(0x1000_0000 + length - 8)).toBe(0xffff_ffff_ffff_ffffn)
      guest.space.unmap(0x1000_0000, length)
    }
  })

  it('ends', () => {
    const guest = new Guest(`48 89 03 ${SYSCALL}`, 1 << 20)
    guest.space.map(0x1000_0000, 4 << 20, 3, Backing.ZERO, false)
    const frames = []
    for (let frame = guest.machine.allocateFrame(); frame !== -1; frame = guest.machine.allocateFrame())
      frames.push(frame)
    expect(guest.machine.framesUsed).toBe(guest.machine.framesTotal - 1)
    expect(guest.space.translate(0x1000_0000, 1)).toBe(-3)
    guest.set({ RBX: 0x1000_0000 })
    expect(guest.run()).toBe('PAGE_FAULT')
    for (const frame of frames) guest.machine.releaseFrame(frame)
    expect(guest.run()).toBe('SYSCALL')
  })

  it('costs nothing for reservations', () => {
    const guest = new Guest()
    const start = performance.now()
    guest.space.map(0x1000_0000_0000, 2 ** 44, 0, Backing.ZERO, false)
    for (let index = 0; index < 1000; index++)
      guest.space.protect(0x1000_0000_0000 + index * 2 ** 30, 2 ** 29, index % 4)
    guest.space.fork().dispose()
    guest.space.unmap(0x1000_0000_0000, 2 ** 44)
    expect(performance.now() - start).toBeLessThan(200)
    expect(guest.space.translate(DATA, 0)).toBeGreaterThan(0)
  })
})
