//! Page tables: what is behind an address, and which frame is there.

mod region;
mod space;
mod table;

pub use region::Protection;
pub use space::{Access, Refusal, Space};

/// The first address that user mode cannot have.
pub const USER_TOP: u64 = 1 << 47;
