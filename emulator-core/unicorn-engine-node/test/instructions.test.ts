import { describe, expect, it } from 'vitest'
import { assemble, CODE, DATA, Guest, SYSCALL } from './guest.js'

/*
 * Instructions of every extension that cpuid announces, with what a real processor (an AMD EPYC) made of them:
 * registers and memory as `fresh` sets them, then the instruction. What is not named must not have changed.
 */

const XMM = [
  'ff00ff0080807f7f0123456789abcdef',
  '0180ff7f00014142c3d4e5f60718293a',
  '7f01fe8142410080ff05060708f9aabb',
  '0000c03f000010c000207a44000040bf', // 1.5, -2.25, 1000.5, -0.75
  '00000000000004400000000000001fc0', // 2.5, -7.75
]
const REGISTERS = {
  RAX: 0x1234_5678_9abc_def5n,
  RBX: 0x0f1e_2d3c_4b5a_6978n,
  RCX: 0xfedc_ba98_7654_3223n,
  RDX: 0x1122_3344_5566_7788n,
}
const FLAGS = 0x45n // carry, parity, zero
const MEMORY = Uint8Array.from({ length: 64 }, (_, index) => (index * 37 + 11) & 255)

interface Expected {
  rax?: bigint
  xmm1?: string
  /** Bytes of memory, from an offset on. */
  memory?: [number, string]
  flags?: bigint
}

/** Instructions that leave some flags undefined. */
const FLAGS_UNDEFINED = /^(bsf|bsr|imul|mul|shld|rcl|sar|lzcnt|tzcnt|bextr|andn|blsi|blsr|bt|bzhi|popcnt)\b/

const INSTRUCTIONS: [string, string, Expected][] = [
  // SSE2
  ['paddusb xmm1, xmm2', '66 0f dc ca', { xmm1: '8081ffff424241c2ffd9ebfd0fffd3f5' }],
  ['psubsw xmm1, xmm2', '66 0f e9 ca', { xmm1: '0080ff7fbebfff7fc4cedfefff1e7f7e' }],
  ['pmulhw xmm1, xmm2', '66 0f e5 ca', { xmm1: '40ffffc04100dfdefcfec0ff58ff79f0' }],
  ['pmuludq xmm1, xmm2', '66 0f f4 ca', { xmm1: '7f813e01c1bffe403dbda8bdfc17c606' }],
  ['pmaddwd xmm1, xmm2', '66 0f f5 ca', { xmm1: '81ff3fc000c220df9bc9bcfe7221d2ef' }],
  ['packsswb xmm1, xmm2', '66 0f 63 ca', { xmm1: '807f7f7f80807f7f7f807f807f7f8080' }],
  ['punpckhbw xmm1, xmm2', '66 0f 68 ca', { xmm1: 'c3ffd405e506f607070818f929aa3abb' }],
  ['psadbw xmm1, xmm2', '66 0f f6 ca', { xmm1: '0102000000000000bd04000000000000' }],
  ['pcmpgtb xmm1, xmm2', '66 0f 64 ca', { xmm1: '0000ffff0000ffff0000000000ffffff' }],
  ['pshufd xmm1, xmm2, 0x1b', '66 0f 70 ca 1b', { xmm1: '08f9aabbff050607424100807f01fe81' }],
  ['shufpd xmm1, xmm2, 1', '66 0f c6 ca 01', { xmm1: 'c3d4e5f60718293a7f01fe8142410080' }],
  ['cvtdq2pd xmm1, xmm2', 'f3 0f e6 ca', { xmm1: '000040a07f80dfc1000080afefffdfc1' }],
  ['cvtps2dq xmm1, xmm3', '66 0f 5b cb', { xmm1: '02000000feffffffe8030000ffffffff' }],
  ['addpd xmm1, xmm3', '66 0f 58 cb', { xmm1: '0180fd7f0001414200207a44000040bf' }],
  ['sqrtpd xmm1, xmm4', '66 0f 51 cc', { xmm1: '535bda3a584cf93f000000000000f8ff' }],
  ['cmpltpd xmm1, xmm4', '66 0f c2 cc 01', { xmm1: '00000000000000000000000000000000' }],
  ['psrldq xmm1, 5', '66 0f 73 d9 05', { xmm1: '014142c3d4e5f60718293a0000000000' }],
  ['movmskpd eax, xmm2', '66 0f 50 c2', { rax: 0x3n }],
  ['pmovmskb eax, xmm2', '66 0f d7 c2', { rax: 0xe18cn }],
  ['cvttsd2si rax, xmm4', 'f2 48 0f 2c c4', { rax: 0x2n }],
  ['ucomisd xmm3, xmm4', '66 0f 2e dc', { flags: 0x1n }],
  // SSE3
  ['haddps xmm1, xmm3', 'f2 0f 7c cb', { xmm1: '0180ff7fc3d4e5f6000040bf00f07944' }],
  ['addsubpd xmm1, xmm4', '66 0f d0 cc', { xmm1: '0140fe7f000141420000000000001fc0' }],
  ['movshdup xmm1, xmm2', 'f3 0f 16 ca', { xmm1: '424100804241008008f9aabb08f9aabb' }],
  ['lddqu xmm1, [rbp+5]', 'f2 0f f0 4d 05', { xmm1: 'c4e90e33587da2c7ec11365b80a5caef' }],
  // SSSE3
  ['pshufb xmm1, xmm2', '66 0f 38 00 ca', { xmm1: '3a800000ff80010000014142c3000000' }],
  ['palignr xmm1, xmm2, 5', '66 0f 3a 0f ca 05', { xmm1: '410080ff05060708f9aabb0180ff7f00' }],
  ['pmaddubsw xmm1, xmm2', '66 0f 38 04 ca', { xmm1: 'ff0001bf410000df6103180c90ff98e2' }],
  ['pmulhrsw xmm1, xmm2', '66 0f 38 0b ca', { xmm1: '81feff818300bfbdf9fd80ffb1fef3e0' }],
  ['psignw xmm1, xmm2', '66 0f 38 09 ca', { xmm1: '018001800001bfbdc3d4e5f6f9e7d7c5' }],
  ['pabsd xmm1, xmm2', '66 0f 38 1e ca', { xmm1: '81fe017ebebeff7fff050607f8065544' }],
  ['phaddw xmm1, xmm2', '66 0f 38 01 ca', { xmm1: '00004143a8cb30527d8342c1050db2b4' }],
  // SSE4.1
  ['pmulld xmm1, xmm2', '66 0f 38 40 ca', { xmm1: '7f813e01004203963dbda8bd388f4ddb' }],
  ['pminsd xmm1, xmm2', '66 0f 38 39 ca', { xmm1: '7f01fe8142410080c3d4e5f608f9aabb' }],
  ['pmovsxbd xmm1, xmm2', '66 0f 38 21 ca', { xmm1: '7f00000001000000feffffff81ffffff' }],
  ['pmovzxwq xmm1, xmm2', '66 0f 38 34 ca', { xmm1: '7f01000000000000fe81000000000000' }],
  ['pblendw xmm1, xmm2, 0x5a', '66 0f 3a 0e ca 5a', { xmm1: '0180fe8100010080ff05e5f608f9293a' }],
  ['blendvps xmm1, xmm2, xmm0', '66 0f 38 14 ca', { xmm1: '0180ff7f00014142c3d4e5f608f9aabb' }],
  ['roundpd xmm1, xmm4, 1', '66 0f 3a 09 cc 01', { xmm1: '000000000000004000000000000020c0' }],
  ['dpps xmm1, xmm3, 0xf1', '66 0f 3a 40 cb f1', { xmm1: '0180ff7f000000000000000000000000' }],
  ['insertps xmm1, xmm2, 0x4a', '66 0f 3a 21 ca 4a', { xmm1: '4241008000000000c3d4e5f600000000' }],
  ['mpsadbw xmm1, xmm2, 5', '66 0f 3a 42 ca 05', { xmm1: '0101c6001901bb016f02a502c7015d01' }],
  ['packusdw xmm1, xmm2', '66 0f 38 2b ca', { xmm1: 'ffffffff0000ffff00000000ffff0000' }],
  ['phminposuw xmm1, xmm2', '66 0f 38 41 ca', { xmm1: '7f010000000000000000000000000000' }],
  ['ptest xmm1, xmm2', '66 0f 38 17 ca', { flags: 0x0n }],
  ['pextrb eax, xmm1, 9', '66 0f 3a 14 c8 09', { rax: 0xd4n }],
  ['pinsrq xmm1, rbx, 1', '66 48 0f 3a 22 cb 01', { xmm1: '0180ff7f0001414278695a4b3c2d1e0f' }],
  // SSE4.2
  ['pcmpgtq xmm1, xmm2', '66 0f 38 37 ca', { xmm1: 'ffffffffffffffffffffffffffffffff' }],
  ['crc32 rax, rbx', 'f2 48 0f 38 f1 c3', { rax: 0x83712d22n }],
  ['crc32 eax, bl', 'f2 0f 38 f0 c3', { rax: 0x3d44cb75n }],
  ['pcmpistri xmm1, xmm2, 0x0c', '66 0f 3a 63 ca 0c', { flags: 0xc0n }],
  ['pcmpestrm xmm1, xmm2, 0x40', '66 0f 3a 60 ca 40', { flags: 0x801n }],
  // AES and PCLMULQDQ
  ['aesenc xmm1, xmm2', '66 0f 38 dc ca', { xmm1: '5a75ccbb2b941777757cdd9614617925' }],
  ['aesdeclast xmm1, xmm2', '66 0f 38 df ca', { xmm1: '7635d477107b4c56cc0c7ba530e052d0' }],
  ['aesimc xmm1, xmm2', '66 0f 38 db ca', { xmm1: 'b8db3b59a01dffc1bb69af86eeed9774' }],
  ['aeskeygenassist xmm1, xmm2, 7', '66 0f 3a df ca 07', { xmm1: '2c8363cd8463cd2c3099acea9eacea30' }],
  ['pclmulqdq xmm1, xmm2, 0x10', '66 0f 3a 44 ca 10', { xmm1: 'ff85ac8623f9922cc45c8c341fbab32f' }],
  // general registers
  ['popcnt rax, rbx', 'f3 48 0f b8 c3', { rax: 0x20n }],
  ['bsf rax, rbx', '48 0f bc c3', { rax: 0x3n }],
  ['bsr eax, ebx', '0f bd c3', { rax: 0x1en }],
  ['bswap rax', '48 0f c8', { rax: 0xf5debc9a78563412n }],
  ['imul rax, rbx', '48 0f af c3', { rax: 0xaee70e24291cffd8n }],
  ['mul rbx', '48 f7 e3', { rax: 0xaee70e24291cffd8n }],
  ['shld rax, rbx, 13', '48 0f a4 d8 0d', { rax: 0x8acf13579bdea1e3n }],
  ['rcl rax, 5', '48 c1 d0 05', { rax: 0x468acf13579bdeb1n }],
  ['adc rax, rbx', '48 11 d8', { rax: 0x215283b4e617486en, flags: 0x0n }],
  ['sbb eax, ebx', '19 d8', { rax: 0x4f62757cn, flags: 0x810n }],
  ['bt rax, 17', '48 0f ba e0 11', {}],
  ['cqo', '48 99', {}],
  ['movbe rax, [rbp+3]', '48 0f 38 f0 45 03', { rax: 0x7a9fc4e90e33587dn }],
  ['cmpxchg rbx, rcx', '48 0f b1 cb', { rax: 0xf1e2d3c4b5a6978n, flags: 0x14n }],
  ['xadd rax, rbx', '48 0f c1 d8', { rax: 0x215283b4e617486dn, flags: 0x0n }],
  ['cmovg rax, rbx', '48 0f 4f c3', {}],
  ['setl al', '0f 9c c0', { rax: 0x123456789abcde00n }],
  ['sar eax, cl', 'd3 f8', { rax: 0xf3579bden }],
  ['cmpxchg16b [rbp+16]', '48 0f c7 4d 10', { rax: 0x5e3914efcaa5805bn, flags: 0x5n }],
  [
    'lock xadd [rbp+3], rax',
    'f0 48 0f c1 45 03',
    { rax: 0x7d58330ee9c49f7an, memory: [3, '6f7e818487898c8f'], flags: 0x884n },
  ],
  ['sahf', '9e', { flags: 0xd4n }],
  ['lahf', '9f', { rax: 0x123456789abc47f5n }],
  // BMI, ADX, ABM
  ['andn rax, rbx, rcx', 'c4 e2 e0 f2 c1', { rax: 0xf0c0928034041203n }],
  ['blsi rax, rbx', 'c4 e2 f8 f3 db', { rax: 0x8n }],
  ['blsr eax, ebx', 'c4 e2 78 f3 cb', { rax: 0x4b5a6970n }],
  ['bextr rax, rbx, rcx', 'c4 e2 f0 f7 c3', { rax: 0x1e3c5a7n }],
  ['bzhi eax, ebx, ecx', 'c4 e2 70 f5 c3', { rax: 0x4b5a6978n, flags: 0x5n }],
  ['bzhi rax, rbx, rcx', 'c4 e2 f0 f5 c3', { rax: 0x44b5a6978n, flags: 0x4n }],
  ['pdep rax, rbx, rcx', 'c4 e2 e3 f5 c1', { rax: 0x1254320850443200n }],
  ['pext rax, rbx, rcx', 'c4 e2 e2 f5 c1', { rax: 0x39d4e3a4n }],
  ['mulx rax, rbx, rcx', 'c4 e2 e3 f6 c1', { rax: 0x110eb4bee8ee8b7cn }],
  ['rorx rax, rbx, 13', 'c4 e3 fb f0 c3 0d', { rax: 0x4bc078f169e25ad3n }],
  ['sarx eax, ebx, ecx', 'c4 e2 72 f7 c3', { rax: 0x96b4d2fn }],
  ['lzcnt rax, rbx', 'f3 48 0f bd c3', { rax: 0x4n }],
  ['tzcnt rax, rbx', 'f3 48 0f bc c3', { rax: 0x3n }],
  ['adcx rax, rbx', '66 48 0f 38 f6 c3', { rax: 0x215283b4e617486en, flags: 0x44n }],
  ['adox rax, rbx', 'f3 48 0f 38 f6 c3', { rax: 0x215283b4e617486dn }],
  // x87
  ['fldpi; fld1; faddp; fstp tbyte ptr [rbp]', 'd9 eb d9 e8 de c1 db 7d 00', { memory: [0, '1a61b41051ed87840140'] }],
  [
    'fild dword ptr [rbp]; fsqrt; fstp qword ptr [rbp+8]',
    'db 45 00 d9 fa dd 5d 08',
    { memory: [8, '963e479fee1ee640'] },
  ],
  ['fldl2e; frndint; fistp dword ptr [rbp]', 'd9 ea d9 fc db 5d 00', { memory: [0, '01000000'] }],
  ['fldpi; fld1; fpatan; fstp qword ptr [rbp]', 'd9 eb d9 e8 d9 f3 dd 5d 00', { memory: [0, 'd3dd22a3b833f43f'] }],
  ['fldlg2; fbstp tbyte ptr [rbp]', 'd9 ec df 75 00', { memory: [0, '00000000000000000000'] }],
  // strings
  [
    'lea rsi, [rbp]; lea rdi, [rbp+1]; mov ecx, 20; rep movsb',
    '48 8d 75 00 48 8d 7d 01 b9 14 00 00 00 f3 a4',
    { memory: [1, '0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b'] },
  ],
  [
    'lea rsi, [rbp+40]; lea rdi, [rbp+48]; mov ecx, 3; std; rep movsw; cld',
    '48 8d 75 28 48 8d 7d 30 b9 03 00 00 00 fd 66 f3 a5 fc',
    { memory: [44, '3f6489aed3f8'] },
  ],
  [
    'lea rdi, [rbp]; mov al, [rbp+9]; mov ecx, 60; repne scasb; mov rax, rcx',
    '48 8d 7d 00 8a 45 09 b9 3c 00 00 00 f2 ae 48 89 c8',
    { rax: 0x32n, flags: 0x44n },
  ],
  [
    'lea rsi, [rbp]; lea rdi, [rbp+1]; mov ecx, 9; repe cmpsb; mov rax, rcx',
    '48 8d 75 00 48 8d 7d 01 b9 09 00 00 00 f3 a6 48 89 c8',
    { rax: 0x8n, flags: 0x85n },
  ],
  [
    'lea rdi, [rbp+2]; mov ecx, 4; rep stosd',
    '48 8d 7d 02 b9 04 00 00 00 f3 ab',
    { memory: [2, 'f5debc9af5debc9af5debc9af5debc9a'] },
  ],
]

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function fresh(code: string): Guest {
  const guest = new Guest(`${code} ${SYSCALL}`)
  const fpu = new Uint8Array(512)
  guest.machine.saveFpu(fpu)
  XMM.forEach((value, index) => {
    fpu.set(assemble(value), 160 + 16 * index)
  })
  guest.machine.loadFpu(fpu)
  guest.write(DATA, MEMORY)
  guest.set({ ...REGISTERS, RBP: DATA, RFLAGS: 0x202n | FLAGS })
  return guest
}

describe('instructions', () => {
  it.each(INSTRUCTIONS)('%s', (name, code, expected) => {
    const guest = fresh(code)
    expect(guest.run()).toBe('SYSCALL')
    const fpu = new Uint8Array(512)
    guest.machine.saveFpu(fpu)
    const memory = MEMORY.slice()
    if (expected.memory) memory.set(assemble(expected.memory[1]), expected.memory[0])
    expect(guest.get('RAX').toString(16)).toBe((expected.rax ?? REGISTERS.RAX).toString(16))
    expect(hex(fpu.subarray(176, 192))).toBe(expected.xmm1 ?? XMM[1])
    expect(hex(guest.read(DATA, 64))).toBe(hex(memory))
    if (!FLAGS_UNDEFINED.test(name)) expect(guest.get('R11') & 0x8d5n).toBe(expected.flags ?? FLAGS)
  })
})

describe('cpuid', () => {
  function cpuid(leaf: number, subleaf = 0): number[] {
    const guest = new Guest(`0f a2 41 89 c8 ${SYSCALL} ; cpuid; mov r8d, ecx`)
    guest.set({ RAX: leaf, RCX: subleaf })
    expect(guest.run()).toBe('SYSCALL')
    return (['RAX', 'RBX', 'R8', 'RDX'] as const).map(name => Number(guest.get(name)))
  }

  it('announces x86-64-v2 without AVX and what goes with it', () => {
    const [, , ecx = 0, edx = 0] = cpuid(1)
    const bits = (word: number): number[] =>
      Array.from({ length: 32 }, (_, bit) => bit).filter(bit => (word >>> bit) & 1)
    expect(bits(ecx)).toEqual(expect.arrayContaining([0, 9, 13, 19, 20, 23]))
    for (const absent of [12, 26, 27, 28, 29, 30]) expect(bits(ecx)).not.toContain(absent)
    expect(bits(edx)).toEqual(expect.arrayContaining([0, 4, 8, 15, 23, 24, 25, 26]))
    expect(bits(cpuid(0x8000_0001)[3] ?? 0)).toEqual(expect.arrayContaining([11, 20, 27, 29]))
    expect(bits(cpuid(7)[1] ?? 0)).not.toContain(5)
  })

  it('describes caches of sane sizes', () => {
    const sizes = [0, 2, 3].map(index => {
      const [, ebx = 0, sets = 0] = cpuid(4, index)
      return (((ebx >>> 22) & 1023) + 1) * ((ebx & 4095) + 1) * (sets + 1)
    })
    expect(sizes).toEqual([32 << 10, 2 << 20, 8 << 20])
    expect(cpuid(4, 4)[0]).toBe(0)
  })
})

describe('the state of x87 and SSE', () => {
  it('comes back as it went', () => {
    const guest = fresh('')
    const [before, after] = [new Uint8Array(512), new Uint8Array(512)]
    guest.machine.saveFpu(before)
    expect([...before.subarray(0, 5)]).toEqual([0x7f, 3, 0, 0, 0])
    expect([...before.subarray(24, 28)]).toEqual([0x80, 0x1f, 0, 0])
    guest.write(
      CODE + 0x100,
      assemble(`d9 eb d9 e8 0f ae 55 00 0f 57 c9 ${SYSCALL} ; fldpi; fld1; ldmxcsr [rbp]; xorps xmm1, xmm1`),
    )
    guest.write(DATA, Uint8Array.of(0xc0, 0x7f, 0, 0))
    guest.set({ RIP: CODE + 0x100 })
    expect(guest.run()).toBe('SYSCALL')
    guest.machine.saveFpu(after)
    expect([...after.subarray(0, 5)]).toEqual([0x7f, 3, 0, 0x30, 0xc0])
    expect([...after.subarray(24, 28)]).toEqual([0xc0, 0x7f, 0, 0])
    expect(hex(after.subarray(32, 42))).toBe('0000000000000080ff3f')
    guest.machine.loadFpu(before)
    const again = new Uint8Array(512)
    guest.machine.saveFpu(again)
    expect(again).toEqual(before)
    guest.machine.loadFpu(after)
    guest.write(CODE + 0x200, assemble(`de c1 dd 5d 00 ${SYSCALL} ; faddp; fstp qword [rbp]`))
    guest.set({ RIP: CODE + 0x200 })
    expect(guest.run()).toBe('SYSCALL')
    expect(new DataView(guest.read(DATA, 8).buffer).getFloat64(0, true)).toBeCloseTo(Math.PI + 1, 14)
  })
})
