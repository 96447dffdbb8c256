//! Stopping a machine from any thread, by a number that may outlive it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

static NEXT: AtomicU32 = AtomicU32::new(1);
static FLAGS: LazyLock<Mutex<HashMap<u32, Arc<AtomicU8>>>> = LazyLock::new(Mutex::default);

/// The flag of one machine. C reads it between chunks of blocks.
pub struct StopFlag {
    pub handle: u32,
    flag: Arc<AtomicU8>,
}

impl StopFlag {
    pub fn new() -> StopFlag {
        let handle = NEXT.fetch_add(1, Ordering::Relaxed);
        let flag = Arc::new(AtomicU8::new(0));
        FLAGS.lock().unwrap_or_else(PoisonError::into_inner).insert(handle, flag.clone());
        StopFlag { handle, flag }
    }

    pub fn pointer(&self) -> *const u8 {
        self.flag.as_ptr()
    }

    pub fn clear(&self) {
        self.flag.store(0, Ordering::Relaxed);
    }
}

impl Drop for StopFlag {
    fn drop(&mut self) {
        FLAGS.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.handle);
    }
}

pub fn request(handle: u32) {
    if let Some(flag) = FLAGS.lock().unwrap_or_else(PoisonError::into_inner).get(&handle) {
        flag.store(1, Ordering::Relaxed);
    }
}
