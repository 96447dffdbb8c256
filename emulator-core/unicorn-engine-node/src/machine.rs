//! The class Machine: the processor and its frames.

use std::cell::RefCell;
use std::rc::Rc;

use napi::Result;
use napi::bindgen_prelude::{ArrayBuffer, JsValue};
use napi::sys;
use napi_derive::napi;

use crate::address_space::AddressSpace;
use crate::arguments::{Number, View, range_error};
use crate::core::Core;
use crate::engine::{PAGE_SIZE, SLOTS};
use crate::mmu::{Space, USER_TOP};

const MAX_MEMORY: u64 = (4 << 30) - (64 << 10);
const MAX_BUDGET: u64 = (1 << 31) - 1;
const STOPPED: u32 = 7;

/// What index.js makes the class `Machine` from: the buffers are its business.
#[napi(js_name = "NativeMachine")]
pub struct Machine {
    core: Rc<Core>,
}

fn reference(env: sys::napi_env, buffer: &ArrayBuffer) -> sys::napi_ref {
    let mut result = std::ptr::null_mut();
    unsafe { sys::napi_create_reference(env, buffer.value().value, 1, &mut result) };
    result
}

#[napi]
impl Machine {
    /// `memory` holds `size` bytes from `offset` on, which is page aligned in the host's memory; `registers` holds the slots.
    #[napi(constructor)]
    pub fn new(memory: ArrayBuffer, offset: Number, size: Number, registers: ArrayBuffer) -> Result<Machine> {
        let env = memory.value().env;
        let bytes = memory.len() as u64;
        let (Some(offset), Some(size)) = (offset.within(0, PAGE_SIZE - 1), size.within(2 * PAGE_SIZE, MAX_MEMORY)) else {
            return Err(range_error(env, "the memory must be a multiple of 4096 bytes, at most 4 GiB - 64 KiB"));
        };
        let base = unsafe { memory.as_ptr().cast_mut().add(offset as usize) };
        if size % PAGE_SIZE != 0 || offset + size > bytes || base as u64 % PAGE_SIZE != 0 || registers.len() < SLOTS * 8 {
            return Err(range_error(env, "the memory must be a multiple of 4096 bytes, at most 4 GiB - 64 KiB"));
        }
        let references = [reference(env, &memory), reference(env, &registers)];
        let slots = registers.as_ptr().cast_mut().cast();
        let core = unsafe { Core::new(env, references, base, size, slots) };
        let core = core.ok_or_else(|| napi::Error::from_reason("no memory for the translator"))?;
        Ok(Machine { core })
    }

    #[napi(getter)]
    pub fn frames_used(&self) -> u32 {
        self.core.frames.borrow().in_use()
    }

    #[napi(getter)]
    pub fn frames_total(&self) -> u32 {
        self.core.frames.borrow().total()
    }

    #[napi(getter)]
    pub fn stop_handle(&self) -> u32 {
        self.core.stop.handle
    }

    #[napi]
    pub fn create_address_space(&self) -> Result<AddressSpace> {
        self.core.open_engine()?;
        let space = Rc::new(RefCell::new(Space::new(self.core.frames.clone())));
        Ok(AddressSpace::new(self.core.clone(), space))
    }

    #[napi]
    pub fn activate(&self, space: &AddressSpace) -> Result<()> {
        self.core.open_engine()?;
        let data = space.open()?;
        if !space.belongs_to(&self.core) {
            return Err(self.core.range_error("the address space is another machine's"));
        }
        self.core.activate(data);
        Ok(())
    }

    #[napi]
    pub fn run(&self, budget: Number) -> Result<u32> {
        let Some(budget) = budget.within(1, MAX_BUDGET) else {
            return Err(self.core.range_error("a budget is a whole number from 1 to 2^31 - 1"));
        };
        self.enter(budget as u32, false)
    }

    #[napi]
    pub fn step(&self) -> Result<u32> {
        self.enter(1, true)
    }

    fn enter(&self, budget: u32, single: bool) -> Result<u32> {
        let engine = self.core.open_engine()?;
        let reason = unsafe { engine.run(budget, single) };
        if reason == STOPPED {
            self.core.stop.clear();
        }
        Ok(reason)
    }

    /// Instructions of the current block that are done already (see index.d.ts).
    #[napi(getter)]
    pub fn block_offset(&self) -> Result<u32> {
        let mut engine = self.core.open_engine()?;
        Ok(engine.state().map_or(0, |state| state.offset))
    }

    #[napi]
    pub fn set_block_offset(&self, rip: Number, offset: Number) -> Result<()> {
        let mut engine = self.core.open_engine()?;
        let (Some(rip), Some(offset)) = (rip.address(), offset.within(0, 511)) else {
            return Err(self.core.range_error("an address and an offset from 0 to 511 are needed"));
        };
        if let Some(state) = engine.state() {
            state.offset_rip = rip;
            state.offset = offset as u32;
        }
        Ok(())
    }

    #[napi]
    pub fn save_fpu(&self, mut into: View<u8>) -> Result<()> {
        let engine = self.core.open_engine()?;
        let into = into.as_mut_slice().first_chunk_mut::<512>().ok_or_else(|| self.core.range_error("512 bytes are needed"))?;
        engine.save_fpu(into);
        Ok(())
    }

    #[napi]
    pub fn load_fpu(&self, from: View<u8>) -> Result<()> {
        let engine = self.core.open_engine()?;
        let from = from.as_slice().first_chunk::<512>().ok_or_else(|| self.core.range_error("512 bytes are needed"))?;
        engine.load_fpu(from);
        Ok(())
    }

    #[napi]
    pub fn set_breakpoint(&self, address: Number) -> Result<()> {
        let address = self.breakpoint_address(address)?;
        let mut list = self.core.breakpoints.borrow_mut();
        if let Err(at) = list.binary_search(&address) {
            list.insert(at, address);
            drop(list);
            self.core.breakpoints_changed();
        }
        Ok(())
    }

    #[napi]
    pub fn clear_breakpoint(&self, address: Number) -> Result<()> {
        let address = self.breakpoint_address(address)?;
        let mut list = self.core.breakpoints.borrow_mut();
        if let Ok(at) = list.binary_search(&address) {
            list.remove(at);
            drop(list);
            self.core.breakpoints_changed();
        }
        Ok(())
    }

    fn breakpoint_address(&self, address: Number) -> Result<u64> {
        self.core.open_engine()?;
        address.within(0, USER_TOP - 1).ok_or_else(|| self.core.range_error("not an address"))
    }

    #[napi]
    pub fn allocate_frame(&self) -> Result<i32> {
        self.core.open_engine()?;
        Ok(self.core.frames.borrow_mut().allocate().map_or(-1, |frame| frame as i32))
    }

    #[napi]
    pub fn retain_frame(&self, frame: Number) -> Result<()> {
        let frame = self.live_frame(frame)?;
        self.core.frames.borrow_mut().retain(frame);
        Ok(())
    }

    #[napi]
    pub fn release_frame(&self, frame: Number) -> Result<()> {
        let frame = self.live_frame(frame)?;
        self.core.frames.borrow_mut().release(frame);
        Ok(())
    }

    #[napi]
    pub fn frame_references(&self, frame: Number) -> Result<u32> {
        self.core.open_engine()?;
        let frames = self.core.frames.borrow();
        match frame.within(0, u64::from(frames.total()) - 1) {
            Some(frame) => Ok(frames.references(frame as u32)),
            None => Err(self.core.range_error("no such frame")),
        }
    }

    #[napi]
    pub fn touch_frame(&self, frame: Number) -> Result<()> {
        let frame = self.live_frame(frame)?;
        self.core.frames.borrow_mut().drop_code(frame);
        Ok(())
    }

    fn live_frame(&self, frame: Number) -> Result<u32> {
        self.core.open_engine()?;
        let frames = self.core.frames.borrow();
        let found = frame.within(0, u64::from(frames.total()) - 1).map(|frame| frame as u32);
        found.filter(|&frame| frames.is_live(frame)).ok_or_else(|| self.core.range_error("the frame is not in use"))
    }

    #[napi]
    pub fn dispose(&self) {
        self.core.dispose();
    }
}

/// Stops the machine with this handle; callable from any thread.
#[napi]
pub fn request_stop(stop_handle: Number) {
    if let Some(handle) = stop_handle.within(0, u64::from(u32::MAX)) {
        crate::stop::request(handle as u32);
    }
}

/// How far behind a page border of the host the bytes of a buffer begin.
#[napi]
pub fn page_offset(buffer: ArrayBuffer) -> u32 {
    (buffer.as_ptr() as u64 % PAGE_SIZE) as u32
}
