//! unicorn-engine-node: Unicorn's x86-64 translator with a paged MMU, for Node. index.d.ts says what it offers.

mod address_space;
mod arguments;
mod core;
mod cpuid;
mod engine;
mod frames;
mod machine;
mod mmu;
mod stop;
