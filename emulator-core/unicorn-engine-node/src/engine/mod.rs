//! The C side (native/ue.c) as Rust sees it.

#[cfg(all(unix, target_arch = "x86_64"))]
mod blocks;

use std::ffi::c_void;

#[cfg(all(unix, target_arch = "x86_64"))]
pub use blocks::{CHUNK, CachedBlocks, Record};

pub const SLOTS: usize = 24;
pub const PAGE_SIZE: u64 = 4096;

pub const FILL_OK: i32 = 0;
pub const FILL_FAULT: i32 = 1;
pub const FILL_RETRY: i32 = 2;

/// `UeFill` of ue.h.
#[repr(C)]
pub struct Fill {
    pub physical: u64,
    pub protection: u32,
    pub present: u32,
}

/// `UeFeatures` of ue.h: what the translator may execute, in cpuid's words.
#[repr(C)]
pub struct Features {
    pub leaf1_edx: u32,
    pub leaf1_ecx: u32,
    pub leaf7_ebx: u32,
    pub ext1_edx: u32,
    pub ext1_ecx: u32,
}

pub type FillCallback = unsafe extern "C" fn(opaque: *mut c_void, address: u64, access: i32, out: *mut Fill) -> i32;
pub type WrittenCallback = unsafe extern "C" fn(opaque: *mut c_void, physical: u64) -> bool;
pub type ChunkCallback = unsafe extern "C" fn(opaque: *mut c_void, chunk: u32) -> bool;
pub type CpuidCallback = unsafe extern "C" fn(leaf: u32, subleaf: u32, out: *mut u32);

/// The public head of `UeState` of ue.h; C allocates it.
#[repr(C)]
pub struct State {
    uc: *mut c_void,
    pub opaque: *mut c_void,
    pub fill: Option<FillCallback>,
    pub cpuid: Option<CpuidCallback>,
    pub is_written: Option<WrittenCallback>,
    pub read_chunk: Option<ChunkCallback>,
    pub slots: *mut u64,
    pub stop: *const u8,
    pub breakpoints: *const u64,
    pub breakpoint_count: u64,
    pub offset_rip: u64,
    pub offset: u32,
    pub keeps: u32,
    pub translated: u64,
    pub reused: u64,
}

unsafe extern "C" {
    fn ue_open(memory: *mut u8, size: u64, features: *const Features) -> *mut State;
    fn ue_close(state: *mut State);
    fn ue_run(state: *mut State, budget: u32, single: u32) -> u32;
    fn ue_change_space(state: *mut State, id: u64);
    fn ue_forget_space(state: *mut State, id: u64);
    fn ue_flush_all(state: *mut State, code: u32);
    fn ue_flush_page(state: *mut State, address: u64, code: u32);
    fn ue_drop_page_code(state: *mut State, physical: u64);
    fn ue_drop_all_code(state: *mut State);
    fn ue_save_fpu(state: *mut State, into: *mut u8);
    fn ue_load_fpu(state: *mut State, from: *const u8);
}

/// A processor. Copies are the same processor; after `close` every call does nothing.
#[derive(Clone, Copy)]
pub struct Engine(*mut State);

impl Engine {
    /// # Safety
    /// `memory` must be page aligned, `size` bytes long and outlive the engine.
    pub unsafe fn open(memory: *mut u8, size: u64, features: &Features) -> Option<Engine> {
        let state = unsafe { ue_open(memory, size, features) };
        (!state.is_null()).then_some(Engine(state))
    }

    pub const fn closed() -> Engine {
        Engine(std::ptr::null_mut())
    }

    pub fn is_closed(self) -> bool {
        self.0.is_null()
    }

    pub fn close(&mut self) {
        if !self.is_closed() {
            unsafe { ue_close(self.0) };
            *self = Engine::closed();
        }
    }

    /// The shared head of the state; None when closed. Not to be held across `run`.
    pub fn state(&mut self) -> Option<&mut State> {
        unsafe { self.0.as_mut() }
    }

    /// # Safety
    /// The callbacks and pointers in `state` must be valid.
    pub unsafe fn run(self, budget: u32, single: bool) -> u32 {
        unsafe { ue_run(self.0, budget, single.into()) }
    }

    /// Translations are those of this address space from now on; those of the last few are kept.
    pub fn change_space(self, id: u64) {
        if !self.is_closed() {
            unsafe { ue_change_space(self.0, id) };
        }
    }

    /// An address space that is not active was changed.
    pub fn forget_space(self, id: u64) {
        if !self.is_closed() {
            unsafe { ue_forget_space(self.0, id) };
        }
    }

    /// `code`: something that was executed is no longer where it was.
    pub fn flush_all(self, code: bool) {
        if !self.is_closed() {
            unsafe { ue_flush_all(self.0, code.into()) };
        }
    }

    pub fn flush_page(self, address: u64, code: bool) {
        if !self.is_closed() {
            unsafe { ue_flush_page(self.0, address, code.into()) };
        }
    }

    pub fn drop_page_code(self, physical: u64) {
        if !self.is_closed() {
            unsafe { ue_drop_page_code(self.0, physical) };
        }
    }

    pub fn drop_all_code(self) {
        if !self.is_closed() {
            unsafe { ue_drop_all_code(self.0) };
        }
    }

    pub fn save_fpu(self, into: &mut [u8; 512]) {
        if !self.is_closed() {
            unsafe { ue_save_fpu(self.0, into.as_mut_ptr()) };
        }
    }

    pub fn load_fpu(self, from: &[u8; 512]) {
        if !self.is_closed() {
            unsafe { ue_load_fpu(self.0, from.as_ptr()) };
        }
    }
}
