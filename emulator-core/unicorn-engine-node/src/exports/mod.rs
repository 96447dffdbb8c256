//! The functions that index.js calls. The first argument is a machine's handle, the second often an address space's.

mod machine;
mod space;

use std::cell::RefCell;
use std::rc::Rc;

use napi::sys;

use crate::call::{Call, Failure, register};
use crate::core::{Core, SharedSpace};

thread_local! {
    /// The machines of this thread's JavaScript, by their handles, which are not used again.
    static MACHINES: RefCell<Vec<Option<Rc<Core>>>> = const { RefCell::new(Vec::new()) };
}

fn machine(call: &Call) -> Result<Rc<Core>, Failure> {
    let handle = call.handle(0);
    let found = MACHINES.with_borrow(|machines| machines.get(handle).cloned().flatten());
    found.ok_or(Failure::Gone("the machine has been disposed of"))
}

fn space(call: &Call, core: &Core) -> Result<SharedSpace, Failure> {
    let handle = call.handle(1);
    core.spaces.borrow().get(handle).cloned().flatten().ok_or(Failure::Gone("the address space has been disposed of"))
}

pub fn register_all(env: sys::napi_env, module: sys::napi_value) {
    register(env, module, machine::EXPORTS);
    register(env, module, space::EXPORTS);
    unsafe { sys::napi_add_env_cleanup_hook(env, Some(forget), std::ptr::null_mut()) };
}

/// The JavaScript of this thread ends: its machines with it, and their references to its buffers by themselves.
unsafe extern "C" fn forget(_: *mut std::ffi::c_void) {
    for core in MACHINES.take().into_iter().flatten() {
        core.dispose();
    }
}
