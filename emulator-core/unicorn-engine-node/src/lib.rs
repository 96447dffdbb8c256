//! unicorn-engine-node: Unicorn's x86-64 translator with a paged MMU, for Node. index.d.ts says what index.js makes of it.

mod call;
mod core;
mod cpuid;
mod engine;
mod exports;
mod frames;
mod mmu;
mod stop;
#[cfg(all(unix, target_arch = "x86_64"))]
mod translations;
#[cfg(not(all(unix, target_arch = "x86_64")))]
#[path = "no_translations.rs"]
mod translations;

use napi::bindgen_prelude::{JsValue, Object};
use napi::{Env, Result};
use napi_derive::napi;

#[napi(module_exports)]
pub fn initialize(module: Object, env: Env) -> Result<()> {
    exports::register_all(env.raw(), module.raw());
    Ok(())
}
