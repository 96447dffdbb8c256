//! Our changes to Unicorn 2.1.5: (file, text that must be there exactly once, what takes its place). They are made in this order.

mod cache;
mod instructions;
mod jumps;
mod memory;
mod run;
mod translation;

pub type Edit = (&'static str, &'static str, &'static str);

pub fn all() -> impl Iterator<Item = &'static Edit> {
    [run::EDITS, jumps::EDITS, instructions::EDITS, memory::EDITS, translation::EDITS, cache::EDITS].into_iter().flatten()
}
