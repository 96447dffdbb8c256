//! The processor that guests see: what the translator executes and nothing else.

use crate::engine::Features;

/// Leaf 1, edx: FPU DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2.
const LEAF1_EDX: u32 = 0x078b_fbff;
/// Leaf 1, ecx: SSE3 PCLMULQDQ SSSE3 CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES HYPERVISOR.
const LEAF1_ECX: u32 = 1 | 1 << 1 | 1 << 9 | 1 << 13 | 1 << 19 | 1 << 20 | 1 << 22 | 1 << 23 | 1 << 25 | 1 << 31;
/// Leaf 7, ebx: FSGSBASE BMI1 BMI2 ERMS ADX.
const LEAF7_EBX: u32 = 1 | 1 << 3 | 1 << 8 | 1 << 9 | 1 << 19;
/// Leaf 0x80000001, edx: what leaf 1 has too, SYSCALL NX RDTSCP LM.
const EXT1_EDX: u32 = (LEAF1_EDX & 0x0183_f3ff) | 1 << 11 | 1 << 20 | 1 << 27 | 1 << 29;
/// Leaf 0x80000001, ecx: LAHF ABM (lzcnt).
const EXT1_ECX: u32 = 1 | 1 << 5;

pub const FEATURES: Features =
    Features { leaf1_edx: LEAF1_EDX, leaf1_ecx: LEAF1_ECX, leaf7_ebx: LEAF7_EBX, ext1_edx: EXT1_EDX, ext1_ecx: EXT1_ECX };

const MAX_LEAF: u32 = 7;
const MAX_EXTENDED_LEAF: u32 = 0x8000_0008;
/// Family 6, model 6, stepping 3.
const SIGNATURE: u32 = 0x663;
const BRAND: &[u8; 48] = b"Interlinear virtual x86-64 processor\0\0\0\0\0\0\0\0\0\0\0\0";

fn word(text: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([text[at], text[at + 1], text[at + 2], text[at + 3]])
}

/// One cache for leaf 4: type 1 data, 2 instruction, 3 unified; lines of 64 bytes.
fn cache(kind: u32, level: u32, ways: u32, sets: u32) -> [u32; 4] {
    [kind | level << 5 | 1 << 8, 63 | (ways - 1) << 22, sets - 1, 0]
}

/// eax, ebx, ecx, edx.
pub fn leaf(leaf: u32, subleaf: u32) -> [u32; 4] {
    const VENDOR: &[u8; 12] = b"GenuineIntel";
    match (leaf, subleaf) {
        (0, _) => [MAX_LEAF, word(VENDOR, 0), word(VENDOR, 8), word(VENDOR, 4)],
        (1, _) => [SIGNATURE, 8 << 8 | 1 << 16, LEAF1_ECX, LEAF1_EDX],
        (2, _) => [1, 0, 0, 0x2c_307d],
        (4, 0) => cache(1, 1, 8, 64),
        (4, 1) => cache(2, 1, 8, 64),
        (4, 2) => cache(3, 2, 16, 2048),
        (4, 3) => cache(3, 3, 16, 8192),
        (7, 0) => [0, LEAF7_EBX, 0, 0],
        (0x8000_0000, _) => [MAX_EXTENDED_LEAF, 0, 0, 0],
        (0x8000_0001, _) => [SIGNATURE, 0, EXT1_ECX, EXT1_EDX],
        (0x8000_0002..=0x8000_0004, _) => {
            let at = (leaf - 0x8000_0002) as usize * 16;
            [word(BRAND, at), word(BRAND, at + 4), word(BRAND, at + 8), word(BRAND, at + 12)]
        }
        (0x8000_0005, _) => [0x01ff_01ff, 0x01ff_01ff, 0x2008_0140, 0x2008_0140],
        (0x8000_0006, _) => [0, 0x4200_4200, 0x0200_8140, 0],
        (0x8000_0008, _) => [0x3028, 0, 0, 0],
        _ => [0; 4],
    }
}
