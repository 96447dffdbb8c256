//! Page table entries, in leaves of 512 pages.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::engine::PAGE_SIZE;

const LEAF_PAGES: u64 = 512;
const LEAF_SPAN: u64 = LEAF_PAGES * PAGE_SIZE;

/// A frame and its flags; the default is no page.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Pte(u64);

impl Pte {
    const PRESENT: u64 = 1;
    /// A write must copy the frame first, if anybody else has it.
    pub const COPY: u64 = 2;
    /// Writes fault whatever the region allows.
    pub const READ_ONLY: u64 = 4;
    /// Written since it was provided or last asked.
    pub const WRITTEN: u64 = 8;
    /// The processor may have fetched instructions from there.
    pub const EXECUTED: u64 = 16;

    pub fn new(frame: u32, flags: u64) -> Pte {
        Pte((u64::from(frame) * PAGE_SIZE) | Pte::PRESENT | flags)
    }

    pub fn is_present(self) -> bool {
        self.0 & Pte::PRESENT != 0
    }

    pub fn has(self, flags: u64) -> bool {
        self.0 & flags != 0
    }

    pub fn with(self, flags: u64) -> Pte {
        Pte(self.0 | flags)
    }

    pub fn without(self, flags: u64) -> Pte {
        Pte(self.0 & !flags)
    }

    pub fn frame(self) -> u32 {
        (self.0 / PAGE_SIZE) as u32
    }
}

struct Leaf {
    present: u32,
    entries: [Pte; LEAF_PAGES as usize],
}

/// The pages of an address space, by address.
#[derive(Default)]
pub struct Table {
    leaves: BTreeMap<u64, Box<Leaf>>,
    resident: u64,
}

fn slot(address: u64) -> usize {
    (address / PAGE_SIZE % LEAF_PAGES) as usize
}

impl Table {
    pub fn resident(&self) -> u64 {
        self.resident
    }

    pub fn get(&self, address: u64) -> Pte {
        self.leaves.get(&(address / LEAF_SPAN)).map_or(Pte::default(), |leaf| leaf.entries[slot(address)])
    }

    /// Sets a present entry; returns the one before.
    pub fn set(&mut self, address: u64, pte: Pte) -> Pte {
        debug_assert!(pte.is_present());
        let leaf = self
            .leaves
            .entry(address / LEAF_SPAN)
            .or_insert_with(|| Box::new(Leaf { present: 0, entries: [Pte::default(); LEAF_PAGES as usize] }));
        let old = std::mem::replace(&mut leaf.entries[slot(address)], pte);
        if !old.is_present() {
            leaf.present += 1;
            self.resident += 1;
        }
        old
    }

    /// Removes the entries of a range; returns how many there were.
    pub fn remove_range(&mut self, start: u64, end: u64, mut removed: impl FnMut(u64, Pte)) -> usize {
        let mut count = 0;
        for key in self.keys(start, end) {
            let Entry::Occupied(mut entry) = self.leaves.entry(key) else { continue };
            let leaf = entry.get_mut();
            for (address, index) in slots(key, start, end) {
                let old = std::mem::take(&mut leaf.entries[index]);
                if old.is_present() {
                    leaf.present -= 1;
                    count += 1;
                    removed(address, old);
                }
            }
            if leaf.present == 0 {
                entry.remove();
            }
        }
        self.resident -= count as u64;
        count
    }

    /// Visits the present entries of a range, which may be changed but not removed.
    pub fn update_range(&mut self, start: u64, end: u64, mut visit: impl FnMut(u64, &mut Pte)) {
        for key in self.keys(start, end) {
            let Some(leaf) = self.leaves.get_mut(&key) else { continue };
            for (address, index) in slots(key, start, end) {
                if leaf.entries[index].is_present() {
                    visit(address, &mut leaf.entries[index]);
                }
            }
        }
    }

    fn keys(&self, start: u64, end: u64) -> Vec<u64> {
        if start >= end {
            return Vec::new();
        }
        self.leaves.range(start / LEAF_SPAN..=(end - 1) / LEAF_SPAN).map(|(&key, _)| key).collect()
    }
}

/// The pages of one leaf that lie in a range: (address, index).
fn slots(key: u64, start: u64, end: u64) -> impl Iterator<Item = (u64, usize)> {
    let first = start.max(key * LEAF_SPAN);
    let last = end.min((key + 1) * LEAF_SPAN);
    (first..last).step_by(PAGE_SIZE as usize).map(|address| (address, slot(address)))
}
