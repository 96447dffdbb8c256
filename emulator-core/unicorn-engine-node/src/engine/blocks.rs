//! The C side's translated blocks (native/ue_cache.inc.c) as Rust sees them.

use super::{Engine, State};

/// UE_CACHE_CHUNK of ue.h.
pub const CHUNK: usize = 64 << 10;

/// `UeRecord` of ue.h.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Record {
    pub pc: u64,
    pub code: u32,
    pub slot: u32,
    pub next: u32,
    pub code_size: u16,
    pub search: u16,
    pub size: u16,
    pub icount: u16,
    pub jump_reset: [u16; 2],
    pub jump: [u16; 2],
    pub far: u16,
    pub unused: u16,
}

/// `UeCache` of ue.h.
#[repr(C)]
pub struct CachedBlocks {
    pub records: *const Record,
    pub heads: *const u32,
    pub used: *mut u8,
    pub chunks: *mut u8,
    pub count: u32,
    pub head_mask: u32,
    pub code_end: u32,
    pub slots: u32,
}

unsafe extern "C" {
    fn ue_cache_place(state: *mut State, first: *mut u32, room: *mut u64) -> *mut u8;
    fn ue_cache_identity(state: *mut State) -> u64;
    fn ue_cache_adopt(state: *mut State, cache: *const CachedBlocks);
    fn ue_cache_has(state: *mut State, record: *const Record) -> bool;
    fn ue_cache_new(state: *mut State) -> u64;
    fn ue_cache_describe_new(state: *mut State, records: *mut Record);
    fn ue_cache_copy(state: *mut State, record: *const Record, code: *mut u8);
}

impl Record {
    /// Where in the buffer the block, with what belongs to it, ends.
    pub fn end(&self) -> u64 {
        u64::from(self.code) + u64::from(self.code_size) + u64::from(self.search) + u64::from(self.size)
    }

    /// UE_CACHE_HASH of ue.h.
    pub fn hash(pc: u64) -> u32 {
        (pc.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u32
    }
}

/// None of these may be called when the engine is closed.
impl Engine {
    fn place(self) -> (*mut u8, u32, u64) {
        let (mut first, mut room) = (0, 0);
        let place = unsafe { ue_cache_place(self.0, &mut first, &mut room) };
        (place, first, room)
    }

    /// Where the code of blocks begins, and how many bytes of it earlier runs may have taken.
    pub fn code_room(self) -> (*mut u8, usize) {
        let (place, _, room) = self.place();
        (place, room as usize)
    }

    /// How far behind the start of the buffer that is.
    pub fn first_code(self) -> u32 {
        self.place().1
    }

    /// What code depends on beside the build.
    pub fn code_identity(self) -> u64 {
        unsafe { ue_cache_identity(self.0) }
    }

    /// The vectors behind `blocks` must stay as long as the engine.
    pub fn adopt_blocks(self, blocks: &CachedBlocks) {
        unsafe { ue_cache_adopt(self.0, blocks) };
    }

    /// Whether an adopted block can be had: reads it if need be.
    pub fn has_block(self, record: &Record) -> bool {
        unsafe { ue_cache_has(self.0, record) }
    }

    /// What was translated since the buffer was last emptied and may be saved, in the order of the code.
    pub fn new_blocks(self) -> Vec<Record> {
        let mut records = vec![Record::default(); unsafe { ue_cache_new(self.0) } as usize];
        unsafe { ue_cache_describe_new(self.0, records.as_mut_ptr()) };
        records
    }

    /// The bytes that a block is the translation of.
    pub fn instructions(self, record: &Record) -> &'static [u8] {
        let (place, first, _) = self.place();
        let at = u64::from(record.code - first) + u64::from(record.code_size) + u64::from(record.search);
        unsafe { std::slice::from_raw_parts(place.add(at as usize), record.size.into()) }
    }

    /// The block as it was before it was linked to others, into its place.
    pub fn copy_block(self, record: &Record, code: &mut [u8]) {
        assert!(record.end() - u64::from(self.first_code()) <= code.len() as u64);
        unsafe { ue_cache_copy(self.0, record, code.as_mut_ptr()) };
    }
}
