//! One call from JavaScript: its arguments, checked, and its answer.
//!
//! The functions are registered by hand and take handles instead of wrapped objects: the checks and borrow records that
//! napi-rs keeps for a method of a class cost more than the trip into the guest and back.

use std::ffi::{CString, c_char};

use napi::sys;

use crate::engine::PAGE_SIZE;
use crate::mmu::USER_TOP;

const MAX_ARGUMENTS: usize = 8;
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Why a call throws.
pub enum Failure {
    /// A RangeError: an argument is not what it should be.
    Range(&'static str),
    /// An Error: what the call is about exists no more.
    Gone(&'static str),
}

pub type Answer = Result<sys::napi_value, Failure>;

/// A function and the name it has in JavaScript.
pub struct Export {
    pub name: &'static str,
    pub function: fn(&Call) -> Answer,
}

pub struct Call {
    pub env: sys::napi_env,
    arguments: [sys::napi_value; MAX_ARGUMENTS],
}

/// Element types of typed arrays.
pub trait Element: Copy {
    const ARRAY: sys::napi_typedarray_type;
}

impl Element for u8 {
    const ARRAY: sys::napi_typedarray_type = sys::TypedarrayType::uint8_array;
}

impl Element for u32 {
    const ARRAY: sys::napi_typedarray_type = sys::TypedarrayType::uint32_array;
}

impl Element for f64 {
    const ARRAY: sys::napi_typedarray_type = sys::TypedarrayType::float64_array;
}

impl Call {
    /// The whole number in argument `index`, if it is within the bounds, both included.
    pub fn whole(&self, index: usize, low: u64, high: u64, otherwise: &'static str) -> Result<u64, Failure> {
        let mut number = f64::NAN;
        if unsafe { sys::napi_get_value_double(self.env, self.arguments[index], &mut number) } != sys::Status::napi_ok {
            return Err(Failure::Range(otherwise));
        }
        let whole = number as u64;
        if whole as f64 == number && (low..=high).contains(&whole) { Ok(whole) } else { Err(Failure::Range(otherwise)) }
    }

    /// A handle that index.js passes: whatever is none becomes a number that names nothing.
    pub fn handle(&self, index: usize) -> usize {
        let mut handle = u32::MAX;
        unsafe { sys::napi_get_value_uint32(self.env, self.arguments[index], &mut handle) };
        handle as usize
    }

    pub fn flag(&self, index: usize) -> bool {
        let mut flag = false;
        unsafe { sys::napi_get_value_bool(self.env, self.arguments[index], &mut flag) };
        flag
    }

    /// Any address: one that no user has is simply not mapped.
    pub fn address(&self, index: usize) -> Result<u64, Failure> {
        self.whole(index, 0, MAX_SAFE_INTEGER, "an address is a whole number")
    }

    pub fn length(&self, index: usize) -> Result<u64, Failure> {
        self.whole(index, 0, USER_TOP, "a length is a whole number up to 2^47")
    }

    /// A range of whole pages that is not empty, from an address and a length: (start, end).
    pub fn pages(&self, index: usize) -> Result<(u64, u64), Failure> {
        let (start, length) = (self.address(index)?, self.length(index + 1)?);
        whole_pages(start, length)
    }

    /// The elements of a typed array.
    pub fn view<T: Element>(&self, index: usize) -> Result<&[T], Failure> {
        self.raw_view(index).map(|(data, length)| unsafe { std::slice::from_raw_parts(data, length) })
    }

    /// The elements of a typed array, to be written. One call must not ask twice.
    #[allow(clippy::mut_from_ref)]
    pub fn view_mut<T: Element>(&self, index: usize) -> Result<&mut [T], Failure> {
        self.raw_view(index).map(|(data, length)| unsafe { std::slice::from_raw_parts_mut(data, length) })
    }

    fn raw_view<T: Element>(&self, index: usize) -> Result<(*mut T, usize), Failure> {
        let (mut kind, mut length, mut data) = (-1, 0, std::ptr::null_mut());
        let (buffer, offset) = (std::ptr::null_mut(), std::ptr::null_mut());
        let value = self.arguments[index];
        let status = unsafe { sys::napi_get_typedarray_info(self.env, value, &mut kind, &mut length, &mut data, buffer, offset) };
        if status != sys::Status::napi_ok || kind != T::ARRAY {
            return Err(Failure::Range("a typed array of another kind is needed"));
        }
        if length == 0 || data.is_null() {
            return Ok((std::ptr::NonNull::dangling().as_ptr(), 0));
        }
        Ok((data.cast(), length))
    }

    /// The bytes of an ArrayBuffer, and a reference that keeps them.
    pub fn buffer(&self, index: usize) -> Result<(*mut u8, usize), Failure> {
        let (mut length, mut data) = (0, std::ptr::null_mut());
        let status = unsafe { sys::napi_get_arraybuffer_info(self.env, self.arguments[index], &mut data, &mut length) };
        if status == sys::Status::napi_ok { Ok((data.cast(), length)) } else { Err(Failure::Range("an ArrayBuffer is needed")) }
    }

    pub fn reference(&self, index: usize) -> sys::napi_ref {
        let mut reference = std::ptr::null_mut();
        unsafe { sys::napi_create_reference(self.env, self.arguments[index], 1, &mut reference) };
        reference
    }

    pub fn number(&self, number: f64) -> Answer {
        let mut value = std::ptr::null_mut();
        unsafe { sys::napi_create_double(self.env, number, &mut value) };
        Ok(value)
    }

    pub fn integer(&self, number: i32) -> Answer {
        let mut value = std::ptr::null_mut();
        unsafe { sys::napi_create_int32(self.env, number, &mut value) };
        Ok(value)
    }

    pub fn truth(&self, truth: bool) -> Answer {
        let mut value = std::ptr::null_mut();
        unsafe { sys::napi_get_boolean(self.env, truth, &mut value) };
        Ok(value)
    }

    pub fn nothing(&self) -> Answer {
        Ok(std::ptr::null_mut())
    }
}

pub fn whole_pages(start: u64, length: u64) -> Result<(u64, u64), Failure> {
    let fits = start < USER_TOP && length > 0 && length <= USER_TOP - start;
    if fits && start.is_multiple_of(PAGE_SIZE) && length.is_multiple_of(PAGE_SIZE) {
        Ok((start, start + length))
    } else {
        Err(Failure::Range("the address and the length must be multiples of 4096 below 2^47"))
    }
}

unsafe extern "C" fn enter(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let mut call = Call { env, arguments: [std::ptr::null_mut(); MAX_ARGUMENTS] };
    let mut count = MAX_ARGUMENTS;
    let mut data = std::ptr::null_mut();
    let arguments = call.arguments.as_mut_ptr();
    let export = unsafe {
        sys::napi_get_cb_info(env, info, &mut count, arguments, std::ptr::null_mut(), &mut data);
        &*data.cast::<Export>()
    };
    match (export.function)(&call) {
        Ok(value) => value,
        Err(failure) => {
            throw(env, failure);
            std::ptr::null_mut()
        }
    }
}

#[cold]
fn throw(env: sys::napi_env, failure: Failure) {
    let message = match failure {
        Failure::Range(message) | Failure::Gone(message) => CString::new(message).unwrap_or_default(),
    };
    unsafe {
        match failure {
            Failure::Range(_) => sys::napi_throw_range_error(env, std::ptr::null(), message.as_ptr()),
            Failure::Gone(_) => sys::napi_throw_error(env, std::ptr::null(), message.as_ptr()),
        };
    }
}

/// Adds functions to the module.
pub fn register(env: sys::napi_env, module: sys::napi_value, exports: &'static [Export]) {
    for export in exports {
        let name = export.name.as_ptr().cast::<c_char>();
        let length = export.name.len() as isize;
        let data = std::ptr::from_ref(export).cast_mut().cast();
        let (mut function, mut key) = (std::ptr::null_mut(), std::ptr::null_mut());
        unsafe {
            sys::napi_create_function(env, name, length, Some(enter), data, &mut function);
            sys::napi_create_string_utf8(env, name, length, &mut key);
            sys::napi_set_property(env, module, key, function);
        }
    }
}
