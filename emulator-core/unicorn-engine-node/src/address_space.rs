//! The class AddressSpace: a page table, with its arguments checked.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use napi::{Error, Result};
use napi_derive::napi;

use crate::arguments::{Number, View};
use crate::core::{Core, SharedSpace};
use crate::engine::PAGE_SIZE;
use crate::mmu::{Access, Protection, Refusal, USER_TOP};

const NOT_ALLOWED: f64 = -1.0;
const NEEDS_PAGER: f64 = -2.0;
const NO_FRAME: f64 = -3.0;

#[napi]
pub struct AddressSpace {
    core: Rc<Core>,
    space: SharedSpace,
    disposed: Cell<bool>,
    last_fault: Cell<f64>,
}

fn code(refusal: Refusal) -> f64 {
    match refusal {
        Refusal::Denied { .. } => NOT_ALLOWED,
        Refusal::Absent => NEEDS_PAGER,
        Refusal::NoFrame => NO_FRAME,
    }
}

impl AddressSpace {
    pub fn new(core: Rc<Core>, space: SharedSpace) -> AddressSpace {
        AddressSpace { core, space, disposed: Cell::new(false), last_fault: Cell::new(0.0) }
    }

    /// The page table, unless it or its machine is gone.
    pub fn open(&self) -> Result<&SharedSpace> {
        self.core.open_engine()?;
        if self.disposed.get() { Err(Error::from_reason("the address space has been disposed of")) } else { Ok(&self.space) }
    }

    pub fn belongs_to(&self, core: &Rc<Core>) -> bool {
        Rc::ptr_eq(&self.core, core)
    }

    fn pages(&self, address: Number, length: Number) -> Result<(u64, u64)> {
        address.pages(length).ok_or_else(|| self.core.range_error("the address and the length must be multiples of 4096 within 2^47"))
    }

    fn protection(&self, prot: Number) -> Result<Protection> {
        let prot = prot.within(0, 7).ok_or_else(|| self.core.range_error("a protection is a mask from 0 to 7"))?;
        Ok(Protection(prot as u8))
    }

    fn access(&self, access: Number) -> Result<Access> {
        match access.within(0, 2) {
            Some(0) => Ok(Access::Read),
            Some(1) => Ok(Access::Write),
            Some(_) => Ok(Access::Execute),
            None => Err(self.core.range_error("an access is 0, 1 or 2")),
        }
    }

    /// Any whole number of an address or more may be asked about: what is no user address is not mapped.
    fn any_address(&self, address: Number) -> Result<u64> {
        address.within(0, (1 << 53) - 1).ok_or_else(|| self.core.range_error("not an address"))
    }
}

#[napi]
impl AddressSpace {
    #[napi]
    pub fn map(&self, address: Number, length: Number, prot: Number, backing: Number, shared: bool) -> Result<()> {
        let space = self.open()?;
        let (start, end) = self.pages(address, length)?;
        let protection = self.protection(prot)?;
        let Some(backing) = backing.within(0, 1) else {
            return Err(self.core.range_error("a backing is ZERO or PAGER"));
        };
        space.borrow_mut().map(start, end, protection, backing == 1, shared);
        Ok(())
    }

    #[napi]
    pub fn unmap(&self, address: Number, length: Number) -> Result<()> {
        let space = self.open()?;
        let (start, end) = self.pages(address, length)?;
        space.borrow_mut().unmap(start, end);
        Ok(())
    }

    #[napi]
    pub fn protect(&self, address: Number, length: Number, prot: Number) -> Result<bool> {
        let space = self.open()?;
        let (start, end) = self.pages(address, length)?;
        let protection = self.protection(prot)?;
        Ok(space.borrow_mut().protect(start, end, protection))
    }

    #[napi(js_name = "move")]
    pub fn relocate(&self, from: Number, to: Number, length: Number) -> Result<()> {
        let space = self.open()?;
        let (start, end) = self.pages(from, length)?;
        let (target, target_end) = self.pages(to, length)?;
        let mut space = space.borrow_mut();
        if !space.is_mapped(start, end) || !space.is_free(target, target_end) {
            return Err(self.core.range_error("the source must be mapped and the destination free"));
        }
        space.relocate(start, target, end - start);
        Ok(())
    }

    #[napi]
    pub fn provide(&self, address: Number, frames: View<u32>, copy_on_write: bool, read_only: bool) -> Result<()> {
        let space = self.open()?;
        let frames = frames.as_slice();
        if frames.is_empty() {
            return Ok(());
        }
        let (start, end) = self.pages(address, Number(frames.len() as f64 * PAGE_SIZE as f64))?;
        if !frames.iter().all(|&frame| self.core.frames.borrow().is_live(frame)) {
            return Err(self.core.range_error("a frame is not in use"));
        }
        let mut space = space.borrow_mut();
        if !space.is_mapped(start, end) {
            return Err(self.core.range_error("the range is not mapped"));
        }
        space.provide(start, frames, copy_on_write, read_only);
        Ok(())
    }

    #[napi]
    pub fn discard(&self, address: Number, length: Number) -> Result<()> {
        let space = self.open()?;
        let (start, end) = self.pages(address, length)?;
        space.borrow_mut().discard(start, end);
        Ok(())
    }

    #[napi]
    pub fn frame_at(&self, address: Number) -> Result<i32> {
        let space = self.open()?;
        let page = space.borrow().page(self.any_address(address)?);
        Ok(if page.is_present() { page.frame() as i32 } else { -1 })
    }

    #[napi]
    pub fn page_states(&self, address: Number, length: Number, mut into: View<u8>, clear: bool) -> Result<()> {
        let space = self.open()?;
        let (start, end) = self.pages(address, length)?;
        let into = into.as_mut_slice();
        if (into.len() as u64) < (end - start) / PAGE_SIZE {
            return Err(self.core.range_error("one byte a page is needed"));
        }
        space.borrow_mut().page_states(start, end, into, clear);
        Ok(())
    }

    #[napi]
    pub fn translate(&self, address: Number, access: Number) -> Result<f64> {
        let space = self.open()?;
        let access = self.access(access)?;
        let address = self.any_address(address)?;
        let resolved = space.borrow_mut().resolve_for_kernel(address, access);
        Ok(match resolved {
            Ok(frame) => (u64::from(frame) * PAGE_SIZE + address % PAGE_SIZE) as f64,
            Err(refusal) => code(refusal),
        })
    }

    #[napi]
    pub fn runs(&self, address: Number, length: Number, access: Number, mut into: View<f64>) -> Result<u32> {
        let space = self.open()?;
        let access = self.access(access)?;
        let mut at = self.any_address(address)?;
        let Some(length) = length.within(0, USER_TOP) else {
            return Err(self.core.range_error("not a length"));
        };
        let end = at + length;
        let into = into.as_mut_slice();
        let mut space = space.borrow_mut();
        let mut count = 0;
        let mut next = f64::NAN;
        while at < end {
            let Ok(frame) = space.resolve_for_kernel(at, access) else { break };
            let bytes = (PAGE_SIZE - at % PAGE_SIZE).min(end - at) as f64;
            let offset = (u64::from(frame) * PAGE_SIZE + at % PAGE_SIZE) as f64;
            if offset == next {
                into[2 * count - 1] += bytes;
            } else if 2 * count + 1 < into.len() {
                into[2 * count] = offset;
                into[2 * count + 1] = bytes;
                count += 1;
            } else {
                break;
            }
            next = offset + bytes;
            at += bytes as u64;
        }
        Ok(count as u32)
    }

    #[napi]
    pub fn string_length(&self, address: Number, max: Number) -> Result<f64> {
        let space = self.open()?;
        let start = self.any_address(address)?;
        let Some(max) = max.within(0, USER_TOP) else {
            return Err(self.core.range_error("not a length"));
        };
        let mut space = space.borrow_mut();
        let mut length = 0;
        while length < max {
            let at = start + length;
            let frame = match space.resolve_for_kernel(at, Access::Read) {
                Ok(frame) => frame,
                Err(refusal) => {
                    self.last_fault.set(at as f64);
                    return Ok(code(refusal));
                }
            };
            let offset = (at % PAGE_SIZE) as usize;
            let bytes = (PAGE_SIZE as usize - offset).min((max - length) as usize);
            let text = unsafe { std::slice::from_raw_parts(self.core.frames.borrow().pointer(frame).add(offset), bytes) };
            if let Some(zero) = text.iter().position(|&byte| byte == 0) {
                return Ok((length + zero as u64) as f64);
            }
            length += bytes as u64;
        }
        Ok(max as f64)
    }

    #[napi(getter)]
    pub fn last_fault(&self) -> f64 {
        self.last_fault.get()
    }

    #[napi]
    pub fn fork(&self) -> Result<AddressSpace> {
        let space = self.open()?;
        let child = space.borrow_mut().fork();
        Ok(AddressSpace::new(self.core.clone(), Rc::new(RefCell::new(child))))
    }

    #[napi(getter)]
    pub fn resident_pages(&self) -> f64 {
        self.space.borrow().resident() as f64
    }

    /// Frees the pages now, even while the space is active: what runs in it faults.
    #[napi]
    pub fn dispose(&self) {
        if !self.disposed.replace(true) {
            self.space.borrow_mut().clear();
        }
    }
}
