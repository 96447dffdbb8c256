//! An address space: regions, their pages, and the rules by which an access finds its frame.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::region::{Backing, Protection, Region, Regions};
use super::table::{Pte, Table};
use crate::engine::PAGE_SIZE;
use crate::frames::Frames;

/// Up to so many pages the TLB is flushed page by page.
const FLUSH_PAGES: u64 = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
    Execute,
}

/// Why an access got no frame.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing is mapped, or the protection forbids it; whether a page is there all the same.
    Denied {
        present: bool,
    },
    /// The pager must provide the page first.
    Absent,
    NoFrame,
}

/// Where an access goes.
pub struct Resolved {
    pub frame: u32,
    /// Writing needs no further ado until the entry changes.
    pub writable: bool,
    pub executable: bool,
    /// The frame that was under the page before the access copied it.
    pub replaced: Option<u32>,
}

pub struct Space {
    pub id: u64,
    frames: Rc<RefCell<Frames>>,
    regions: Regions,
    table: Table,
    /// The region of the last access: (start, end, protection, has no pager).
    recent: (u64, u64, Protection, bool),
    /// Where memory ended for the last string.
    pub last_fault: u64,
}

const NO_RECENT: (u64, u64, Protection, bool) = (1, 0, Protection(0), false);

impl Space {
    pub fn new(frames: Rc<RefCell<Frames>>) -> Space {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        Space { id, frames, regions: Regions::default(), table: Table::default(), recent: NO_RECENT, last_fault: 0 }
    }

    pub fn resident(&self) -> u64 {
        self.table.resident()
    }

    pub fn page(&self, address: u64) -> Pte {
        self.table.get(address)
    }

    pub fn is_mapped(&self, start: u64, end: u64) -> bool {
        self.regions.covers(start, end)
    }

    pub fn is_free(&self, start: u64, end: u64) -> bool {
        self.regions.is_free(start, end)
    }

    pub fn map(&mut self, start: u64, end: u64, protection: Protection, pager: bool, shared: bool) {
        self.unmap(start, end);
        let backing = match (pager, shared) {
            (true, _) => Backing::Pager,
            (false, true) => Backing::SharedZero(Rc::new(RefCell::new(HashMap::new())), 0),
            (false, false) => Backing::Zero,
        };
        self.regions.insert(start, Region { end, protection, backing, shared });
        self.recent = NO_RECENT;
    }

    pub fn unmap(&mut self, start: u64, end: u64) {
        self.discard(start, end);
        for (_, region) in self.regions.take(start, end) {
            self.release_backing(region.backing);
        }
        self.recent = NO_RECENT;
    }

    /// The last region of a shared zero-filled range takes its pages along.
    fn release_backing(&self, backing: Backing) {
        if let Backing::SharedZero(object, _) = backing
            && let Ok(pages) = Rc::try_unwrap(object)
        {
            let mut frames = self.frames.borrow_mut();
            pages.into_inner().into_values().for_each(|frame| frames.release(frame));
        }
    }

    /// False if a part of the range is not mapped.
    pub fn protect(&mut self, start: u64, end: u64, protection: Protection) -> bool {
        let complete = self.regions.covers(start, end);
        for (at, mut region) in self.regions.take(start, end) {
            region.protection = protection;
            self.regions.insert(at, region);
        }
        self.recent = NO_RECENT;
        let (mut present, mut code) = (false, false);
        self.table.update_range(start, end, |_, pte| {
            present = true;
            if !protection.can_execute() && pte.has(Pte::EXECUTED) {
                *pte = pte.without(Pte::EXECUTED);
                code = true;
            }
        });
        if present {
            self.flush(start, end, code);
        }
        complete
    }

    /// The source must be mapped and the destination free.
    pub fn relocate(&mut self, from: u64, to: u64, length: u64) {
        let mut pages = Vec::new();
        self.table.remove_range(from, from + length, |address, pte| pages.push((address, pte)));
        let mut code = false;
        for (address, pte) in pages {
            code |= pte.has(Pte::EXECUTED);
            self.table.set(address - from + to, pte.without(Pte::EXECUTED));
        }
        for (at, mut region) in self.regions.take(from, from + length) {
            region.end = region.end - from + to;
            self.regions.insert(at - from + to, region);
        }
        self.recent = NO_RECENT;
        self.flush(from, from + length, code);
    }

    /// Takes the pages from a range.
    pub fn discard(&mut self, start: u64, end: u64) {
        let mut frames = self.frames.borrow_mut();
        let mut code = false;
        let count = self.table.remove_range(start, end, |_, pte| {
            code |= pte.has(Pte::EXECUTED);
            frames.release(pte.frame());
        });
        drop(frames);
        if count > 0 {
            self.flush(start, end, code);
        }
    }

    /// Puts frames, which must be live, under mapped pages.
    pub fn provide(&mut self, start: u64, provided: &[u32], copy_on_write: bool, read_only: bool) {
        let flags = if copy_on_write { Pte::COPY } else { 0 } | if read_only { Pte::READ_ONLY } else { 0 };
        let (mut replaced, mut code) = (false, false);
        let mut frames = self.frames.borrow_mut();
        for (address, &frame) in (start..).step_by(PAGE_SIZE as usize).zip(provided) {
            frames.retain(frame);
            let old = self.table.set(address, Pte::new(frame, flags));
            if old.is_present() {
                frames.release(old.frame());
                replaced = true;
                code |= old.has(Pte::EXECUTED);
            }
        }
        drop(frames);
        if replaced {
            self.flush(start, start + provided.len() as u64 * PAGE_SIZE, code);
        }
    }

    /// Puts frames, which must be live, under those mapped pages that have none; zeros are no frames.
    pub fn provide_missing(&mut self, start: u64, provided: &[u32], copy_on_write: bool, read_only: bool) {
        for (address, &frame) in (start..).step_by(PAGE_SIZE as usize).zip(provided) {
            if frame != 0 && !self.table.get(address).is_present() {
                self.provide(address, &[frame], copy_on_write, read_only);
            }
        }
    }

    /// One byte a page: 1 present, 2 written.
    pub fn page_states(&mut self, start: u64, end: u64, into: &mut [u8], clear: bool) {
        let mut cleared = false;
        into[..((end - start) / PAGE_SIZE) as usize].fill(0);
        self.table.update_range(start, end, |address, pte| {
            let written = pte.has(Pte::WRITTEN);
            into[((address - start) / PAGE_SIZE) as usize] = 1 | u8::from(written) << 1;
            if clear && written {
                *pte = pte.without(Pte::WRITTEN);
                cleared = true;
            }
        });
        if cleared {
            self.flush(start, end, false);
        }
    }

    /// What an access to an address finds: fills with zeros and copies as needed.
    pub fn resolve(&mut self, address: u64, access: Access) -> Result<Resolved, Refusal> {
        let (protection, fills) = self.region_of(address)?;
        let mut pte = self.table.get(address);
        let allowed = match access {
            Access::Read => protection.can_read(),
            Access::Write => protection.can_write() && !pte.has(Pte::READ_ONLY),
            Access::Execute => protection.can_execute(),
        };
        if !allowed {
            return Err(Refusal::Denied { present: pte.is_present() });
        }
        let mut replaced = None;
        let before = pte;
        if !pte.is_present() {
            if !fills {
                return Err(Refusal::Absent);
            }
            pte = Pte::new(self.zero_frame(address)?, 0);
        }
        let mut frames = self.frames.borrow_mut();
        if access == Access::Write {
            if pte.has(Pte::COPY) && frames.references(pte.frame()) > 1 {
                let copy = frames.copy_of(pte.frame()).ok_or(Refusal::NoFrame)?;
                frames.release(pte.frame());
                replaced = Some(pte.frame());
                pte = Pte::new(copy, 0);
            }
            pte = pte.without(Pte::COPY).with(Pte::WRITTEN);
        }
        let executable = protection.can_execute() && (access == Access::Execute || frames.may_have_code(pte.frame()));
        if executable {
            frames.mark_code(pte.frame());
            pte = pte.with(Pte::EXECUTED);
        }
        if pte != before {
            self.table.set(address, pte);
        }
        let writable = protection.can_write() && pte.has(Pte::WRITTEN) && !pte.has(Pte::COPY | Pte::READ_ONLY);
        if writable {
            frames.mark_written(pte.frame());
        }
        Ok(Resolved { frame: pte.frame(), writable, executable, replaced })
    }

    fn region_of(&mut self, address: u64) -> Result<(Protection, bool), Refusal> {
        if !(self.recent.0 <= address && address < self.recent.1) {
            let (start, region) = self.regions.find(address).ok_or(Refusal::Denied { present: false })?;
            self.recent = (start, region.end, region.protection, !matches!(region.backing, Backing::Pager));
        }
        Ok((self.recent.2, self.recent.3))
    }

    fn zero_frame(&self, address: u64) -> Result<u32, Refusal> {
        let mut frames = self.frames.borrow_mut();
        let Some((start, Region { backing: Backing::SharedZero(object, first), .. })) = self.regions.find(address) else {
            return frames.allocate().ok_or(Refusal::NoFrame);
        };
        let number = first + (address - start) / PAGE_SIZE;
        let mut pages = object.borrow_mut();
        let frame = match pages.get(&number) {
            Some(&frame) => frame,
            None => {
                let frame = frames.allocate().ok_or(Refusal::NoFrame)?;
                pages.insert(number, frame);
                frame
            }
        };
        frames.retain(frame);
        Ok(frame)
    }

    /// `resolve` for the kernel: the processor's view of the page is brought up to date.
    pub fn resolve_for_kernel(&mut self, address: u64, access: Access) -> Result<u32, Refusal> {
        let resolved = self.resolve(address, access)?;
        if resolved.replaced.is_some() {
            self.flush(address & !(PAGE_SIZE - 1), (address | (PAGE_SIZE - 1)) + 1, true);
        }
        if access == Access::Write {
            self.frames.borrow_mut().drop_code(resolved.frame);
        }
        Ok(resolved.frame)
    }

    /// A copy: private pages are shared copy-on-write, shared ones stay shared.
    pub fn fork(&mut self) -> Space {
        let mut child = Space::new(self.frames.clone());
        child.regions = self.regions.clone();
        let mut frames = self.frames.borrow_mut();
        let mut downgraded = false;
        for (start, region) in self.regions.iter() {
            self.table.update_range(start, region.end, |address, pte| {
                frames.retain(pte.frame());
                if !region.shared && !pte.has(Pte::COPY) {
                    *pte = pte.with(Pte::COPY);
                    downgraded = true;
                }
                child.table.set(address, *pte);
            });
        }
        drop(frames);
        if downgraded {
            self.flush(0, super::USER_TOP, false);
        }
        child
    }

    pub fn clear(&mut self) {
        self.unmap(0, super::USER_TOP);
    }

    /// The processor forgets its translations of a range; with `code`, also where jumps lead that were done before.
    fn flush(&self, start: u64, end: u64, code: bool) {
        let frames = self.frames.borrow();
        if frames.active != self.id {
            frames.engine.forget_space(self.id);
        } else if (end - start) / PAGE_SIZE > FLUSH_PAGES {
            frames.engine.flush_all(code);
        } else {
            (start..end).step_by(PAGE_SIZE as usize).for_each(|address| frames.engine.flush_page(address, code));
        }
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.clear();
    }
}
