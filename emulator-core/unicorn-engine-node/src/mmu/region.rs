//! Regions: ranges of addresses with one protection and one kind of backing.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

/// A mask as in mmap(2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Protection(pub u8);

impl Protection {
    pub const WRITE: u8 = 2;
    pub const EXEC: u8 = 4;

    /// As on x86, whatever may be written or executed may be read.
    pub fn can_read(self) -> bool {
        self.0 != 0
    }

    pub fn can_write(self) -> bool {
        self.0 & Protection::WRITE != 0
    }

    pub fn can_execute(self) -> bool {
        self.0 & Protection::EXEC != 0
    }
}

/// The pages of a shared zero-filled range, which forks have in common: page number → frame, one reference each.
pub type SharedPages = Rc<RefCell<HashMap<u64, u32>>>;

#[derive(Clone)]
pub enum Backing {
    Zero,
    /// Zero-filled and shared: the pages, and the page number of the region's start among them.
    SharedZero(SharedPages, u64),
    Pager,
}

impl Backing {
    /// The backing of what lies `pages` further on.
    fn advanced(&self, pages: u64) -> Backing {
        match self {
            Backing::SharedZero(object, first) => Backing::SharedZero(object.clone(), first + pages),
            other => other.clone(),
        }
    }

    fn continues(&self, next: &Backing, pages: u64) -> bool {
        match (self, next) {
            (Backing::Zero, Backing::Zero) | (Backing::Pager, Backing::Pager) => true,
            (Backing::SharedZero(a, first), Backing::SharedZero(b, second)) => Rc::ptr_eq(a, b) && first + pages == *second,
            _ => false,
        }
    }
}

#[derive(Clone)]
pub struct Region {
    pub end: u64,
    pub protection: Protection,
    pub backing: Backing,
    pub shared: bool,
}

/// Disjoint regions by their start.
#[derive(Clone, Default)]
pub struct Regions(BTreeMap<u64, Region>);

impl Regions {
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Region)> {
        self.0.iter().map(|(&start, region)| (start, region))
    }

    pub fn find(&self, address: u64) -> Option<(u64, &Region)> {
        let (&start, region) = self.0.range(..=address).next_back()?;
        (address < region.end).then_some((start, region))
    }

    pub fn is_free(&self, start: u64, end: u64) -> bool {
        self.0.range(..end).next_back().is_none_or(|(_, region)| region.end <= start)
    }

    /// Whether every address of the range is in some region.
    pub fn covers(&self, start: u64, end: u64) -> bool {
        let mut at = start;
        while at < end {
            match self.find(at) {
                Some((_, region)) => at = region.end,
                None => return false,
            }
        }
        true
    }

    /// Takes what lies in a range out, cut at its borders.
    pub fn take(&mut self, start: u64, end: u64) -> Vec<(u64, Region)> {
        self.split(start);
        self.split(end);
        let keys: Vec<u64> = self.0.range(start..end).map(|(&key, _)| key).collect();
        keys.into_iter().filter_map(|key| Some((key, self.0.remove(&key)?))).collect()
    }

    /// Puts a region where none is, joined with equal neighbours.
    pub fn insert(&mut self, mut start: u64, mut region: Region) {
        if let Some((&before, left)) = self.0.range(..start).next_back()
            && left.end == start
            && joins(before, left, &region)
        {
            let left = self.0.remove(&before).expect("it was just found");
            start = before;
            region.backing = left.backing;
        }
        if let Some(right) = self.0.get(&region.end)
            && joins(start, &region, right)
        {
            let end = region.end;
            region.end = right.end;
            self.0.remove(&end);
        }
        self.0.insert(start, region);
    }

    fn split(&mut self, at: u64) {
        let Some((start, region)) = self.find(at) else { return };
        if start == at {
            return;
        }
        let mut right = region.clone();
        right.backing = region.backing.advanced((at - start) / crate::engine::PAGE_SIZE);
        self.0.get_mut(&start).expect("it was just found").end = at;
        self.0.insert(at, right);
    }
}

fn joins(start: u64, left: &Region, right: &Region) -> bool {
    left.protection == right.protection
        && left.shared == right.shared
        && left.backing.continues(&right.backing, (left.end - start) / crate::engine::PAGE_SIZE)
}
