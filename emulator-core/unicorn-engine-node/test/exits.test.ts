import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { Backing, Machine, Prot, requestStop } from '../index.js'
import { CODE, DATA, Guest, SYSCALL } from './guest.js'

describe('a run', () => {
  it('stops behind syscall with rcx and r11 as the processor sets them', () => {
    const guest = new Guest(`b8 27 00 00 00 ${SYSCALL} ; mov eax, 39; syscall`)
    guest.set({ RFLAGS: 0x246 })
    expect(guest.run()).toBe('SYSCALL')
    expect(guest.get('RAX')).toBe(39n)
    expect(guest.get('RIP')).toBe(BigInt(CODE + 7))
    expect(guest.get('RCX')).toBe(BigInt(CODE + 7))
    expect(guest.get('R11')).toBe(0x246n)
    expect(guest.get('BLOCKS')).toBe(1n)
  })

  it('uses up its budget exactly', () => {
    const guest = new Guest(`48 ff c9 75 fb ${SYSCALL} ; again: dec rcx; jnz again; syscall`)
    guest.set({ RCX: 1000 })
    expect(guest.run(300)).toBe('BUDGET')
    expect(guest.get('RCX')).toBe(700n)
    expect(guest.get('BLOCKS')).toBe(300n)
    expect(guest.run(700)).toBe('BUDGET')
    expect(guest.get('RCX')).toBe(0n)
    expect(guest.run(1)).toBe('SYSCALL')
  })

  it('counts far more blocks than one look at the stop flag covers', () => {
    const guest = new Guest('48 ff c1 eb fb ; again: inc rcx; jmp again')
    expect(guest.run(1_234_567)).toBe('BUDGET')
    expect(guest.get('RCX')).toBe(1_234_567n)
    expect(guest.get('BLOCKS')).toBe(1_234_567n)
  })

  it('stops at rdtsc and rdtscp and leaves the answer to the caller', () => {
    const guest = new Guest(`0f 31 66 0f 31 0f 01 f9 ${SYSCALL} ; rdtsc; rdtsc with a prefix; rdtscp`)
    expect(guest.run()).toBe('RDTSC')
    expect(guest.exit()).toMatchObject({ detail: 0n, rip: BigInt(CODE + 2) })
    expect(guest.run()).toBe('RDTSC')
    expect(guest.exit()).toMatchObject({ detail: 0n, rip: BigInt(CODE + 5) })
    guest.set({ RAX: 7, RDX: 8 })
    expect(guest.run()).toBe('RDTSC')
    expect(guest.exit()).toMatchObject({ detail: 1n, rip: BigInt(CODE + 8) })
    expect(guest.run()).toBe('SYSCALL')
    expect(guest.get('RDX')).toBe(8n)
  })

  it('keeps the flags that user mode may set and no others', () => {
    const guest = new Guest(`9c 58 ${SYSCALL} ; pushfq; pop rax; syscall`)
    guest.set({ RFLAGS: -1n & ~0x100n })
    expect(guest.run()).toBe('SYSCALL')
    expect(guest.get('RAX')).toBe(0x24_4ed7n) // ID, AC, NT and the arithmetic flags; not VM, IOPL
  })
})

describe('page faults', () => {
  const LOAD = `48 8b 03 ${SYSCALL} ; mov rax, [rbx]; syscall`
  const STORE = `48 89 03 ${SYSCALL} ; mov [rbx], rax; syscall`

  it.each([
    ['read of nothing', LOAD, 0x1234_5678, 0n],
    ['write of nothing', STORE, 0x1234_5000, 1n],
    ['write of a page that may not be', STORE, CODE + 0x1_0000, 5n],
    ['read across into nothing', LOAD, DATA + 0x1ffd, 0n],
    ['write across into nothing', STORE, DATA + 0x1ffd, 1n],
  ])('%s', (_, code, address, detail) => {
    const guest = new Guest(code)
    guest.space.map(CODE + 0x1_0000, 0x1000, Prot.READ, Backing.ZERO, false)
    guest.space.translate(CODE + 0x1_0000, 0)
    guest.set({ RBX: address, RAX: -1 })
    expect(guest.run()).toBe('PAGE_FAULT')
    const expected = address % 4096 > 4088 ? Math.ceil(address / 4096) * 4096 : address
    expect(guest.exit()).toEqual({ address: BigInt(expected), detail, rip: BigInt(CODE) })
    expect(guest.get('RBX')).toBe(BigInt(address))
    expect(guest.get('BLOCKS')).toBe(0n)
    expect(guest.read(DATA + 0x1ffd, 3)).toEqual(new Uint8Array(3))
  })

  it.each([
    [2, '66 89 03', '66 8b 0b'],
    [4, '89 03', '8b 0b'],
    [8, '48 89 03', '48 8b 0b'],
  ])('is none for %d bytes that lie across the border of two pages, wherever it cuts them', (size, store, load) => {
    const value = 0x8877_6655_4433_2211n
    for (let before = 1; before < size; before++) {
      const guest = new Guest(`${store} ${load} ${SYSCALL}`)
      guest.space.translate(DATA + 0x1000, 1) // frames in another order than the pages
      guest.set({ RAX: value, RBX: DATA + 0x1000 - before, RCX: 0 })
      expect(guest.run()).toBe('SYSCALL')
      const bytes = guest.read(DATA + 0x1000 - before, 8)
      expect([...bytes]).toEqual(Array.from({ length: 8 }, (_, i) => (i < size ? 0x11 * (i + 1) : 0)))
      // rcx is where syscall returns to: the load is looked at a step earlier.
      guest.set({ RIP: CODE + store.split(' ').length, RCX: 0 })
      guest.step()
      expect(guest.get('RCX')).toBe(BigInt.asUintN(size * 8, value))
    }
  })

  it('says execute for a jump to nothing and to data', () => {
    const guest = new Guest('ff e3 ; jmp rbx')
    guest.set({ RBX: 0x1000 })
    expect(guest.run()).toBe('PAGE_FAULT')
    expect(guest.exit()).toEqual({ address: 0x1000n, detail: 2n, rip: 0x1000n })
    guest.write(DATA, Uint8Array.of(0x90))
    guest.set({ RIP: CODE, RBX: DATA })
    expect(guest.run()).toBe('PAGE_FAULT')
    expect(guest.exit()).toEqual({ address: BigInt(DATA), detail: 6n, rip: BigInt(DATA) })
  })

  it('happens at the instruction, after those before it have had their effect', () => {
    const guest = new Guest(`
      48 c7 c0 07 00 00 00     ; mov rax, 7
      48 89 04 25 00 00 60 00  ; mov [DATA], rax
      48 89 03                 ; mov [rbx], rax
      48 ff c0 ${SYSCALL}      ; inc rax`)
    guest.set({ RBX: 0x5000_0000 })
    expect(guest.run()).toBe('PAGE_FAULT')
    expect(guest.get('RIP')).toBe(BigInt(CODE + 15))
    expect(guest.get('RAX')).toBe(7n)
    expect(guest.readWord(DATA)).toBe(7n)
    guest.space.map(0x5000_0000, 0x1000, Prot.READ | Prot.WRITE, Backing.ZERO, false)
    expect(guest.run()).toBe('SYSCALL')
    expect(guest.get('RAX')).toBe(8n)
  })

  it('does not undo instructions when the page that the code runs on into is missing', () => {
    const guest = new Guest()
    guest.space.unmap(CODE + 0x1000, 0x1000)
    guest.write(CODE + 0xffa, Uint8Array.of(0x48, 0xff, 0xc0, 0x48, 0xff, 0xc3)) // inc rax; inc rbx
    guest.set({ RIP: CODE + 0xffa })
    expect(guest.run()).toBe('PAGE_FAULT')
    expect(guest.exit()).toEqual({ address: BigInt(CODE + 0x1000), detail: 2n, rip: BigInt(CODE + 0x1000) })
    expect([guest.get('RAX'), guest.get('RBX')]).toEqual([1n, 1n])
  })

  it('is at the instruction that lies across the border of a missing page', () => {
    const guest = new Guest()
    guest.space.unmap(CODE + 0x1000, 0x1000)
    guest.write(CODE + 0xffc, Uint8Array.of(0x48, 0xff, 0xc0, 0x48)) // inc rax; the first byte of another
    guest.set({ RIP: CODE + 0xffc })
    expect(guest.run()).toBe('PAGE_FAULT')
    expect(guest.exit()).toEqual({ address: BigInt(CODE + 0x1000), detail: 2n, rip: BigInt(CODE + 0xfff) })
    expect(guest.get('RAX')).toBe(1n)
  })

  it('leaves rep movsb where it stopped', () => {
    const guest = new Guest(`f3 a4 ${SYSCALL} ; rep movsb`)
    guest.write(
      DATA,
      Uint8Array.from({ length: 0x2000 }, (_, index) => index & 255),
    )
    guest.set({ RSI: DATA, RDI: DATA + 0x1ff0, RCX: 32 })
    expect(guest.run()).toBe('PAGE_FAULT')
    expect(guest.exit()).toEqual({ address: BigInt(DATA + 0x2000), detail: 1n, rip: BigInt(CODE) })
    expect([guest.get('RCX'), guest.get('RSI'), guest.get('RDI')]).toEqual([
      16n,
      BigInt(DATA + 16),
      BigInt(DATA + 0x2000),
    ])
    guest.space.map(DATA + 0x2000, 0x1000, Prot.READ | Prot.WRITE, Backing.ZERO, false)
    expect(guest.run()).toBe('SYSCALL')
    expect(guest.read(DATA + 0x1ff0, 32)).toEqual(Uint8Array.from({ length: 32 }, (_, index) => index))
  })
})

describe('exceptions', () => {
  it.each([
    ['division by zero', '31 c9 f7 f1', 0n, 0n, 2],
    ['int3', 'cc', 3n, 0n, 1],
    ['ud2', '0f 0b', 6n, 0n, 0],
    ['hlt', 'f4', 13n, 0n, 0],
    ['cli', 'fa', 13n, 0n, 0],
    ['in', 'e4 01', 13n, 0n, 0],
    ['out', 'ee', 13n, 0n, 0],
    ['wrmsr', '0f 30', 13n, 0n, 0],
    ['rdmsr', '0f 32', 13n, 0n, 0],
    ['mov from cr0', '0f 20 c0', 13n, 0n, 0],
    ['lgdt', '0f 01 10', 13n, 0n, 0],
    ['int 0x80', 'cd 80', 0x80n, 0n, 2],
    ['int 0x2d', 'cd 2d', 0x2dn, 0n, 2],
    ['int of a gate of the kernel', 'cd 0d', 13n, 106n, 0],
    ['an instruction of AVX', 'c5 fc 28 c1', 6n, 0n, 0],
    ['xgetbv', '0f 01 d0', 6n, 0n, 0],
    ['rdrand', '0f c7 f0', 6n, 0n, 0],
    ['sysret', '48 0f 07', 13n, 0n, 0],
    ['a load of a wild address', '48 b8 00 00 00 00 00 00 ad de 48 8b 00', 13n, 0n, 10],
  ])('%s', (_, code, vector, error, rip) => {
    const guest = new Guest(`${code} 90 90 90`)
    guest.set({ RAX: 1, RDX: 0 })
    expect(guest.run()).toBe('EXCEPTION')
    expect(guest.exit()).toEqual({ address: error, detail: vector, rip: BigInt(CODE + rip) })
  })

  it('of x87 arithmetic come at the next x87 instruction', () => {
    const guest = new Guest(`
      9b db e3                 ; finit
      c7 45 00 00 00 00 00     ; mov dword [rbp], 0
      66 c7 45 00 7b 03        ; mov word [rbp], 0x37b: division by zero unmasked
      d9 6d 00                 ; fldcw [rbp]
      d9 e8 d9 ee              ; fld1; fldz
      de f9                    ; fdivp
      9b ${SYSCALL}            ; fwait`)
    guest.set({ RBP: DATA })
    expect(guest.run()).toBe('EXCEPTION')
    expect(guest.exit()).toMatchObject({ detail: 16n, rip: BigInt(CODE + 25) })
  })

  it('the trap flag gives #DB after one instruction', () => {
    const guest = new Guest('48 ff c0 48 ff c0 ; inc rax twice')
    guest.set({ RFLAGS: 0x302 })
    expect(guest.run()).toBe('EXCEPTION')
    expect(guest.exit()).toMatchObject({ detail: 1n, rip: BigInt(CODE + 3) })
  })

  it('can be followed by more of them', () => {
    const guest = new Guest('f4 ; hlt')
    for (let time = 0; time < 5; time++) {
      expect(guest.run()).toBe('EXCEPTION')
      expect(guest.exit().detail).toBe(13n)
    }
  })
})

describe('requestStop', () => {
  const LOOP = 'eb fe ; here: jmp here'

  it('stops the next run', () => {
    const guest = new Guest(LOOP)
    requestStop(guest.machine.stopHandle)
    expect(guest.run()).toBe('STOPPED')
    expect(guest.run(10)).toBe('BUDGET')
  })

  it('stops a run in progress from another thread', async () => {
    const guest = new Guest(LOOP)
    const url = new URL('../index.js', import.meta.url).href
    const worker = new Worker(
      `import { requestStop } from ${JSON.stringify(url)}
       import { workerData } from 'node:worker_threads'
       Atomics.wait(new Int32Array(workerData.flag), 0, 0, 100)
       requestStop(workerData.handle)`,
      {
        eval: true,
        workerData: { handle: guest.machine.stopHandle, flag: new SharedArrayBuffer(4) },
        type: 'module',
      } as object,
    )
    await new Promise(resolve => worker.once('online', resolve))
    let exit = 'BUDGET'
    while (exit === 'BUDGET') exit = guest.run(2 ** 31 - 1)
    expect(exit).toBe('STOPPED')
    await worker.terminate()
  })

  it('ignores handles of nobody and of the dead', () => {
    const { machine } = new Guest(LOOP)
    machine.dispose()
    requestStop(machine.stopHandle)
    requestStop(4_000_000_000)
  })
})

describe('arguments', () => {
  const { machine, space } = new Guest()
  it.each([
    ['memory', () => new Machine({ memory: 4097 })],
    ['too much memory', () => new Machine({ memory: 2 ** 32 })],
    ['budget', () => machine.run(-1)],
    ['half a budget', () => machine.run(1.5)],
    ['no budget', () => machine.run(undefined as never)],
    ['unaligned address', () => space.map(1, 4096, 0, 0, false)],
    ['unaligned length', () => space.map(4096, 1, 0, 0, false)],
    ['empty range', () => space.unmap(4096, 0)],
    ['end behind user addresses', () => space.map(2 ** 47 - 4096, 8192, 0, 0, false)],
    ['negative address', () => space.translate(-1, 0)],
    ['protection', () => space.protect(4096, 4096, 8)],
    ['backing', () => space.map(4096, 4096, 0, 2, false)],
    ['access', () => space.translate(CODE, 3)],
    ['not a number', () => space.translate('x' as never, 0)],
    ['dead frame', () => space.provide(CODE, Uint32Array.of(4000), false, false)],
    ['frame 0', () => machine.retainFrame(0)],
    ['frame of nowhere', () => machine.releaseFrame(1e9)],
    ['provide to nowhere', () => space.provide(0, Uint32Array.of(machine.allocateFrame()), false, false)],
    ['other array', () => space.runs(CODE, 1, 0, new Uint8Array(16) as never)],
    ['short array', () => machine.saveFpu(new Uint8Array(511))],
    ['move onto something', () => space.move(CODE, DATA, 4096)],
    ['move of nothing', () => space.move(4096, 8192, 4096)],
    ['breakpoint', () => machine.setBreakpoint(2 ** 47)],
    ['space of another machine', () => machine.activate(new Guest().space)],
  ])('%s: RangeError', (_, action) => {
    expect(action).toThrow(RangeError)
  })

  it('what is disposed of says so', () => {
    const guest = new Guest()
    const other = guest.space.fork()
    other.dispose()
    other.dispose()
    expect(() => other.translate(CODE, 0)).toThrow('disposed')
    guest.machine.dispose()
    guest.machine.dispose()
    expect(() => guest.machine.run(1)).toThrow('disposed')
    expect(() => guest.space.translate(CODE, 0)).toThrow('disposed')
    guest.space.dispose()
  })
})
