//! Physical memory: which frames are in use, by how many, and which hold translated code.

use crate::engine::{Engine, PAGE_SIZE};

/// Frames freed but not given back to the host, at most.
const GARBAGE_LIMIT: usize = 16 * 1024;

/// The frame may hold bytes other than zero.
const USED: u8 = 1;
/// The frame was fetched from: code may have been translated from it. Stays until the frame is allocated anew.
const CODE: u8 = 2;
/// A guest was allowed to write to the frame. Stays as long.
const WRITTEN: u8 = 4;

pub struct Frames {
    pub engine: Engine,
    base: *mut u8,
    references: Vec<u32>,
    flags: Vec<u8>,
    free: Vec<u32>,
    /// Frames from here on have never been used. Frame 0 never is.
    fresh: u32,
    in_use: u32,
    garbage: usize,
    /// The address space whose translations the processor's TLB holds.
    pub active: u64,
}

impl Frames {
    pub fn new(engine: Engine, base: *mut u8, total: u32) -> Frames {
        prefer_huge_pages(base, total as usize * PAGE_SIZE as usize);
        Frames {
            engine,
            base,
            references: vec![0; total as usize],
            flags: vec![0; total as usize],
            free: Vec::new(),
            fresh: 1,
            in_use: 0,
            garbage: 0,
            active: 0,
        }
    }

    pub fn total(&self) -> u32 {
        self.references.len() as u32
    }

    pub fn in_use(&self) -> u32 {
        self.in_use
    }

    pub fn references(&self, frame: u32) -> u32 {
        self.references[frame as usize]
    }

    pub fn is_live(&self, frame: u32) -> bool {
        self.references.get(frame as usize).is_some_and(|&count| count > 0)
    }

    /// The first byte of a frame.
    pub fn pointer(&self, frame: u32) -> *mut u8 {
        debug_assert!(frame < self.total());
        unsafe { self.base.add(frame as usize * PAGE_SIZE as usize) }
    }

    /// A zeroed frame with one reference.
    pub fn allocate(&mut self) -> Option<u32> {
        let frame = self.take()?;
        if self.flags[frame as usize] & USED != 0 {
            unsafe { std::ptr::write_bytes(self.pointer(frame), 0, PAGE_SIZE as usize) };
        }
        self.flags[frame as usize] = USED;
        Some(frame)
    }

    /// A frame with one reference and the contents of another.
    pub fn copy_of(&mut self, other: u32) -> Option<u32> {
        let frame = self.take()?;
        unsafe { std::ptr::copy_nonoverlapping(self.pointer(other), self.pointer(frame), PAGE_SIZE as usize) };
        self.flags[frame as usize] = USED;
        Some(frame)
    }

    fn take(&mut self) -> Option<u32> {
        let frame = match self.free.pop() {
            Some(frame) => frame,
            None if self.fresh < self.total() => {
                self.fresh += 1;
                self.fresh - 1
            }
            None => return None,
        };
        if self.flags[frame as usize] & USED != 0 {
            self.garbage = self.garbage.saturating_sub(1);
        }
        self.drop_code(frame);
        self.references[frame as usize] = 1;
        self.in_use += 1;
        Some(frame)
    }

    /// False, and nothing done, if the count would overflow.
    pub fn retain(&mut self, frame: u32) -> bool {
        let count = &mut self.references[frame as usize];
        *count = count.checked_add(1).unwrap_or(u32::MAX);
        *count < u32::MAX
    }

    pub fn release(&mut self, frame: u32) {
        let count = &mut self.references[frame as usize];
        *count -= 1;
        if *count == 0 {
            self.in_use -= 1;
            self.free.push(frame);
            self.garbage += 1;
            if self.garbage > GARBAGE_LIMIT {
                self.give_back();
            }
        }
    }

    pub fn mark_code(&mut self, frame: u32) {
        self.flags[frame as usize] |= CODE;
    }

    pub fn may_have_code(&self, frame: u32) -> bool {
        self.flags[frame as usize] & CODE != 0
    }

    pub fn mark_written(&mut self, frame: u32) {
        self.flags[frame as usize] |= WRITTEN;
    }

    pub fn is_written(&self, frame: u32) -> bool {
        self.flags[frame as usize] & WRITTEN != 0
    }

    /// The frame changes from outside the guest: what was translated from it is void.
    pub fn drop_code(&mut self, frame: u32) {
        if self.may_have_code(frame) {
            self.engine.drop_page_code(u64::from(frame) * PAGE_SIZE);
        }
    }

    /// Hands the memory of all free frames back to the host, a run of neighbours at a time.
    fn give_back(&mut self) {
        self.garbage = 0;
        if !cfg!(target_os = "linux") {
            return; // elsewhere the pages would not come back as zeros
        }
        self.free.sort_unstable_by(|a, b| b.cmp(a));
        let mut index = 0;
        while index < self.free.len() {
            let last = self.free[index];
            let mut first = last;
            while index + 1 < self.free.len() && self.free[index + 1] + 1 == first {
                index += 1;
                first -= 1;
            }
            index += 1;
            self.give_back_run(first, last);
        }
    }

    #[cfg(target_os = "linux")]
    fn give_back_run(&mut self, first: u32, last: u32) {
        let length = (last - first + 1) as usize * PAGE_SIZE as usize;
        if unsafe { libc::madvise(self.pointer(first).cast(), length, libc::MADV_DONTNEED) } == 0 {
            for frame in first..=last {
                self.flags[frame as usize] &= !USED;
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn give_back_run(&mut self, _first: u32, _last: u32) {}
}

/// The guest's scattered reads and writes miss the host's TLB much less often.
#[cfg(target_os = "linux")]
fn prefer_huge_pages(base: *mut u8, length: usize) {
    // Only advice: where the host does not take it, nothing changes.
    unsafe { libc::madvise(base.cast(), length, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn prefer_huge_pages(_base: *mut u8, _length: usize) {}
