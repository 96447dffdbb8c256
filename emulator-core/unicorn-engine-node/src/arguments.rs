//! Numbers from JavaScript, checked.

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Error, Result, Status, ValueType, sys};
use std::ffi::CString;

use crate::engine::PAGE_SIZE;
use crate::mmu::USER_TOP;

/// An argument that should be a number: whatever is not one becomes NaN, which no check lets pass.
#[derive(Clone, Copy)]
pub struct Number(pub f64);

impl TypeName for Number {
    fn type_name() -> &'static str {
        "number"
    }

    fn value_type() -> ValueType {
        ValueType::Number
    }
}

impl ValidateNapiValue for Number {}

impl FromNapiValue for Number {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Number> {
        let mut number = f64::NAN;
        if unsafe { sys::napi_get_value_double(env, value, &mut number) } != sys::Status::napi_ok {
            number = f64::NAN;
        }
        Ok(Number(number))
    }
}

impl Number {
    /// The number, if it is whole and within the bounds, both included.
    pub fn within(self, low: u64, high: u64) -> Option<u64> {
        let whole = self.0 as u64;
        (whole as f64 == self.0 && (low..=high).contains(&whole)).then_some(whole)
    }

    pub fn address(self) -> Option<u64> {
        self.within(0, USER_TOP - 1)
    }

    /// A page-aligned range of user addresses that is not empty: (start, end).
    pub fn pages(self, length: Number) -> Option<(u64, u64)> {
        let start = self.address().filter(|address| address % PAGE_SIZE == 0)?;
        let length = length.within(PAGE_SIZE, USER_TOP - start).filter(|length| length % PAGE_SIZE == 0)?;
        Some((start, start + length))
    }
}

/// The elements of a typed array of JavaScript, for the time of one call. Anything else is empty, which no check lets pass.
pub struct View<T> {
    data: *mut T,
    length: usize,
}

/// Element types and the typed array they belong to.
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

impl<T> TypeName for View<T> {
    fn type_name() -> &'static str {
        "typed array"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl<T> ValidateNapiValue for View<T> {}

impl<T: Element> FromNapiValue for View<T> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<View<T>> {
        let mut kind = -1;
        let mut length = 0;
        let mut data = std::ptr::null_mut();
        let none = std::ptr::null_mut();
        let status = unsafe { sys::napi_get_typedarray_info(env, value, &mut kind, &mut length, &mut data, none, none.cast()) };
        let usable = status == sys::Status::napi_ok && kind == T::ARRAY && !data.is_null();
        Ok(if usable { View { data: data.cast(), length } } else { View { data: std::ptr::NonNull::dangling().as_ptr(), length: 0 } })
    }
}

impl<T> View<T> {
    pub fn as_slice(&self) -> &[T] {
        unsafe { std::slice::from_raw_parts(self.data, self.length) }
    }

    pub fn as_mut_slice(&mut self) -> &mut [T] {
        unsafe { std::slice::from_raw_parts_mut(self.data, self.length) }
    }
}

/// Throws a RangeError; the error returned says that this has been done.
pub fn range_error(env: sys::napi_env, message: &str) -> Error {
    if let Ok(text) = CString::new(message) {
        unsafe { sys::napi_throw_range_error(env, std::ptr::null(), text.as_ptr()) };
    }
    Error::new(Status::PendingException, message.to_owned())
}
