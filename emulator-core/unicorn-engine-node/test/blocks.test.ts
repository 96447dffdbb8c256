import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Backing } from '../index.js'
import { CODE, DATA, Guest, RW, SYSCALL } from './guest.js'

/**
 * A program with every way a block may end: a loop whose body branches, stores, calls by pointer and copies with `rep`,
 * over data that need not be there yet.
 */
const PROGRAM = `
  48 c7 c1 28 00 00 00     ; 00 mov rcx, 40
  48 89 cb                 ; 07 again: mov rbx, rcx
  48 c1 e3 0c              ; 0a shl rbx, 12
  48 81 c3 00 00 00 10     ; 0e add rbx, 0x10000000
  48 89 0b                 ; 15 mov [rbx], rcx
  48 03 03                 ; 18 add rax, [rbx]
  a8 01                    ; 1b test al, 1
  75 05                    ; 1d jnz odd
  48 83 c0 03              ; 1f add rax, 3
  90                       ; 23 nop
  51                       ; 24 odd: push rcx
  b9 05 00 00 00           ; 25 mov ecx, 5
  bf 00 00 60 00           ; 2a mov edi, DATA
  be 40 00 60 00           ; 2f mov esi, DATA + 64
  f3 a4                    ; 34 rep movsb
  59                       ; 36 pop rcx
  ff d5                    ; 37 call rbp
  48 ff c9                 ; 39 dec rcx
  75 c9                    ; 3c jnz again
  ${SYSCALL}               ; 3e
  48 83 c0 05 c3           ; 40 function: add rax, 5; ret`
const ADDRESSES = [0x07, 0x0a, 0x15, 0x18, 0x1d, 0x1f, 0x24, 0x34, 0x36, 0x39, 0x3c, 0x40, 0x44]

function program(): Guest {
  const guest = new Guest(PROGRAM)
  guest.space.map(0x1000_0000, 0x100_0000, RW, Backing.PAGER, false)
  guest.set({ RBP: CODE + 0x40 })
  return guest
}

/** Provides the page a fault asked for. */
function answerFault(guest: Guest): void {
  const frame = guest.machine.allocateFrame()
  const page = Number(guest.get('EXIT_ADDRESS'))
  guest.space.provide(page - (page % 4096), Uint32Array.of(frame), false, false)
  guest.machine.releaseFrame(frame)
}

/** Everything a program can see of its processor. */
function state(guest: Guest): bigint[] {
  return [...guest.registers.subarray(0, 20)]
}

function finish(guest: Guest): bigint {
  let blocks = 0n
  for (;;) {
    const exit = guest.run()
    blocks += guest.get('BLOCKS')
    if (exit === 'SYSCALL') return blocks
    expect(exit).toBe('PAGE_FAULT')
    answerFault(guest)
  }
}

describe('the count of blocks', () => {
  it('is the same each time', () => {
    const [one, two] = [program(), program()]
    expect(finish(one)).toBe(finish(two))
    expect(state(one)).toEqual(state(two))
  })

  it('does not depend on which pages were there', () => {
    const [bare, full] = [program(), program()]
    for (let page = 0; page < 50; page++) {
      full.set({ EXIT_ADDRESS: 0x1000_0000 + page * 4096 })
      answerFault(full)
    }
    expect(finish(full)).toBe(finish(bare))
  })

  const interruption = fc.oneof(
    fc.record({ type: fc.constant('budget' as const), budget: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ type: fc.constant('steps' as const), count: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ type: fc.constant('set' as const), at: fc.constantFrom(...ADDRESSES) }),
    fc.record({ type: fc.constant('clear' as const), at: fc.constantFrom(...ADDRESSES) }),
    fc.record({ type: fc.constant('thread' as const) }),
  )

  it('does not depend on steps, budgets, breakpoints and other threads', () => {
    const reference = program()
    const expected = finish(reference)
    fc.assert(
      fc.property(fc.array(interruption, { maxLength: 60 }), interruptions => {
        const guest = program()
        const breakpoints = new Set<number>()
        let blocks = 0n
        const account = (exit: string): boolean => {
          blocks += guest.get('BLOCKS')
          if (exit === 'PAGE_FAULT') answerFault(guest)
          if (exit === 'BREAKPOINT') expect(breakpoints).toContain(Number(guest.get('RIP')))
          return exit === 'SYSCALL'
        }
        let done = false
        for (const event of interruptions) {
          if (done) break
          if (event.type === 'budget') done = account(guest.run(event.budget))
          else if (event.type === 'steps') {
            for (let step = 0; step < event.count && !done; step++) done = account(guest.step())
          } else if (event.type === 'set') {
            breakpoints.add(CODE + event.at)
            guest.machine.setBreakpoint(CODE + event.at)
          } else if (event.type === 'clear') {
            breakpoints.delete(CODE + event.at)
            guest.machine.clearBreakpoint(CODE + event.at)
          } else runAnother(guest)
        }
        while (!done) done = account(guest.run())
        expect(blocks).toBe(expected)
        expect(state(guest)).toEqual(state(reference))
        guest.machine.dispose()
      }),
      { numRuns: 300 },
    )
    reference.machine.dispose()
  })

  /** Executes something else and comes back, as a scheduler does. */
  function runAnother(guest: Guest): void {
    const saved = guest.registers.slice()
    const offset = guest.machine.blockOffset
    guest.write(CODE + 0x1000, Uint8Array.of(0x48, 0xff, 0xc0, 0x0f, 0x05))
    guest.set({ RIP: CODE + 0x1000 })
    expect(guest.run()).toBe('SYSCALL')
    guest.registers.set(saved)
    guest.machine.setBlockOffset(Number(guest.get('RIP')), offset)
  }
})

describe('a position', () => {
  it('is reached again by its blocks and its offset', () => {
    const tour = program()
    const places: { blocks: number; offset: number; state: bigint[] }[] = []
    let blocks = 0
    for (;;) {
      const exit = tour.step()
      blocks += Number(tour.get('BLOCKS'))
      if (exit === 'PAGE_FAULT') answerFault(tour)
      else if (exit === 'SYSCALL') break
      else places.push({ blocks, offset: tour.machine.blockOffset, state: state(tour) })
    }
    for (const place of places.filter((_, index) => index % 17 === 0)) {
      const guest = program()
      // Inside a block: that block has been counted, so the run goes to its start.
      let left = place.offset === 0 ? place.blocks : place.blocks - 1
      while (guest.run(left) === 'PAGE_FAULT') {
        left -= Number(guest.get('BLOCKS'))
        answerFault(guest)
      }
      for (let step = 0; step < place.offset; ) {
        if (guest.step() === 'PAGE_FAULT') answerFault(guest)
        else step++
      }
      expect(state(guest)).toEqual(place.state)
      expect(guest.machine.blockOffset).toBe(place.offset)
      guest.machine.dispose()
    }
  })
})

describe('step', () => {
  it('executes one instruction', () => {
    const guest = new Guest(`48 ff c0 48 ff c3 eb 00 ${SYSCALL}`)
    const rips: bigint[] = []
    for (let step = 0; step < 3; step++) {
      expect(guest.step()).toBe('STEP')
      rips.push(guest.get('RIP'))
    }
    expect(rips).toEqual([3n, 6n, 8n].map(offset => BigInt(CODE) + offset))
    expect(guest.step()).toBe('SYSCALL')
  })

  it('does not fault for the instruction after it', () => {
    const guest = new Guest('ff e3 ; jmp rbx')
    guest.set({ RBX: 0x1000 })
    expect(guest.step()).toBe('STEP')
    expect(guest.get('RIP')).toBe(0x1000n)
    expect(guest.step()).toBe('PAGE_FAULT')
  })

  it('does one iteration of rep', () => {
    const guest = new Guest(`f3 aa ${SYSCALL} ; rep stosb`)
    guest.set({ RDI: DATA, RCX: 3, RAX: 1 })
    expect(guest.step()).toBe('STEP')
    expect([guest.get('RCX'), guest.get('RIP')]).toEqual([2n, BigInt(CODE)])
  })
})

describe('breakpoints', () => {
  it('stop before the instruction, also inside a block that has been translated', () => {
    const guest = new Guest(`48 ff c0 48 ff c0 48 ff c0 ${SYSCALL}`)
    expect(guest.run()).toBe('SYSCALL')
    guest.machine.setBreakpoint(CODE + 6)
    guest.set({ RIP: CODE, RAX: 0 })
    expect(guest.run()).toBe('BREAKPOINT')
    expect([guest.get('RIP'), guest.get('RAX')]).toEqual([BigInt(CODE + 6), 2n])
    expect(guest.run()).toBe('SYSCALL')
    guest.machine.clearBreakpoint(CODE + 6)
    guest.set({ RIP: CODE })
    expect(guest.run()).toBe('SYSCALL')
  })

  it('stop each time round', () => {
    const guest = new Guest(`48 ff c9 75 fb ${SYSCALL} ; again: dec rcx; jnz again`)
    guest.machine.setBreakpoint(CODE)
    guest.set({ RCX: 3 })
    expect([1, 2, 3].map(() => [guest.run(), guest.get('RCX')])).toEqual([
      ['BREAKPOINT', 2n],
      ['BREAKPOINT', 1n],
      ['SYSCALL', BigInt(CODE + 7)],
    ])
  })

  it('a step from one steps over it', () => {
    const guest = new Guest('48 ff c0 48 ff c0')
    guest.machine.setBreakpoint(CODE)
    expect(guest.step()).toBe('STEP')
    guest.machine.setBreakpoint(CODE + 3)
    expect(guest.step()).toBe('STEP')
    expect(guest.get('RAX')).toBe(2n)
  })
})
