//! What a Machine and its AddressSpaces have in common.

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::rc::Rc;

use napi::sys;

use crate::cpuid;
use crate::engine::{Engine, FILL_FAULT, FILL_OK, FILL_RETRY, Fill, PAGE_SIZE};
use crate::frames::Frames;
use crate::mmu::{Access, Refusal, Space};
use crate::stop::StopFlag;
use crate::translations::Translations;

pub type SharedSpace = Rc<RefCell<Space>>;

pub struct Core {
    pub engine: Cell<Engine>,
    pub frames: Rc<RefCell<Frames>>,
    /// By their handles.
    pub spaces: RefCell<Vec<Option<SharedSpace>>>,
    active: RefCell<Option<SharedSpace>>,
    pub stop: StopFlag,
    breakpoints: RefCell<Vec<u64>>,
    translations: RefCell<Option<Translations>>,
    /// Keep the memory and the registers alive.
    references: [sys::napi_ref; 2],
}

impl Core {
    /// # Safety
    /// `memory` and `slots` must be the bytes of what is referenced.
    pub unsafe fn new(references: [sys::napi_ref; 2], memory: *mut u8, size: u64, slots: *mut u64) -> Option<Rc<Core>> {
        let mut engine = unsafe { Engine::open(memory, size, &cpuid::FEATURES) }?;
        let core = Rc::new(Core {
            engine: Cell::new(engine),
            frames: Rc::new(RefCell::new(Frames::new(engine, memory, (size / PAGE_SIZE) as u32))),
            spaces: RefCell::new(Vec::new()),
            active: RefCell::new(None),
            stop: StopFlag::new(),
            breakpoints: RefCell::new(Vec::new()),
            translations: RefCell::new(None),
            references,
        });
        let state = engine.state()?;
        state.opaque = Rc::as_ptr(&core).cast_mut().cast();
        state.fill = Some(fill);
        state.cpuid = Some(answer_cpuid);
        state.is_written = Some(is_written);
        state.read_chunk = Some(read_chunk);
        state.slots = slots;
        state.stop = core.stop.pointer();
        Some(core)
    }

    /// Its handle.
    pub fn add_space(&self, space: Space) -> usize {
        let mut spaces = self.spaces.borrow_mut();
        let space = Some(Rc::new(RefCell::new(space)));
        match spaces.iter().position(Option::is_none) {
            Some(handle) => {
                spaces[handle] = space;
                handle
            }
            None => {
                spaces.push(space);
                spaces.len() - 1
            }
        }
    }

    pub fn remove_space(&self, handle: usize) {
        self.spaces.borrow_mut()[handle] = None;
    }

    /// `run` executes in `space` from now on.
    pub fn activate(&self, space: SharedSpace) {
        let mut frames = self.frames.borrow_mut();
        let id = space.borrow().id;
        if frames.active != id {
            frames.active = id;
            frames.engine.change_space(id);
        }
        drop(frames);
        let former = self.active.borrow_mut().replace(space);
        drop(former);
    }

    /// Code translated with other breakpoints is void.
    pub fn change_breakpoints(&self, change: impl FnOnce(&mut Vec<u64>) -> bool) {
        let mut list = self.breakpoints.borrow_mut();
        if !change(&mut list) {
            return;
        }
        let mut engine = self.engine.get();
        if let Some(state) = engine.state() {
            state.breakpoints = list.as_ptr();
            state.breakpoint_count = list.len() as u64;
        }
        engine.drop_all_code();
    }

    /// Blocks that an earlier run translated are used; nothing may have run yet.
    pub fn open_translations(&self, path: &[u8]) {
        let mut engine = self.engine.get();
        if !engine.is_closed() && self.translations.borrow().is_none() {
            *self.translations.borrow_mut() = Some(Translations::open(path, &mut engine));
        }
    }

    /// Whether a file was written.
    pub fn save_translations(&self) -> bool {
        let engine = self.engine.get();
        !engine.is_closed() && self.translations.borrow().as_ref().is_some_and(|translations| translations.save(engine))
    }

    /// Releases everything but the buffers.
    pub fn dispose(&self) {
        let mut engine = self.engine.replace(Engine::closed());
        self.frames.borrow_mut().engine = Engine::closed();
        let spaces = (self.active.take(), self.spaces.take());
        drop(spaces);
        engine.close();
    }

    /// After `dispose`: JavaScript may collect the buffers.
    pub fn delete_references(&self, env: sys::napi_env) {
        for reference in self.references {
            unsafe { sys::napi_delete_reference(env, reference) };
        }
    }
}

unsafe extern "C" fn answer_cpuid(leaf: u32, subleaf: u32, out: *mut u32) {
    let words = cpuid::leaf(leaf, subleaf);
    unsafe { std::ptr::copy_nonoverlapping(words.as_ptr(), out, words.len()) };
}

/// Whether a page may be in the TLB of some address space as one to be written.
unsafe extern "C" fn is_written(opaque: *mut c_void, physical: u64) -> bool {
    let core = unsafe { &*opaque.cast::<Core>() };
    core.frames.borrow().is_written((physical / PAGE_SIZE) as u32)
}

/// A part of the code that earlier runs translated, for `run` and `save_translations`.
unsafe extern "C" fn read_chunk(opaque: *mut c_void, chunk: u32) -> bool {
    let core = unsafe { &*opaque.cast::<Core>() };
    core.translations.borrow().as_ref().is_some_and(|translations| translations.read_chunk(chunk as usize, core.engine.get()))
}

/// A TLB miss of the guest.
unsafe extern "C" fn fill(opaque: *mut c_void, address: u64, access: i32, out: *mut Fill) -> i32 {
    const READ: u32 = 1;
    const WRITE: u32 = 2;
    const EXECUTE: u32 = 4;
    let (core, out) = unsafe { (&*opaque.cast::<Core>(), &mut *out) };
    let access = match access {
        0 => Access::Read,
        1 => Access::Write,
        _ => Access::Execute,
    };
    let active = core.active.borrow();
    let Some(space) = active.as_ref() else { return FILL_FAULT };
    match space.borrow_mut().resolve(address, access) {
        Ok(resolved) => {
            out.physical = u64::from(resolved.frame) * PAGE_SIZE;
            out.protection = READ | if resolved.writable { WRITE } else { 0 } | if resolved.executable { EXECUTE } else { 0 };
            match resolved.replaced {
                Some(old) if core.frames.borrow().may_have_code(old) => {
                    // The block in execution may be of the frame that was just replaced: leave it.
                    core.frames.borrow_mut().drop_code(old);
                    core.engine.get().flush_page(address, true);
                    FILL_RETRY
                }
                _ => FILL_OK,
            }
        }
        Err(refusal) => {
            out.present = u32::from(refusal == Refusal::Denied { present: true });
            FILL_FAULT
        }
    }
}
