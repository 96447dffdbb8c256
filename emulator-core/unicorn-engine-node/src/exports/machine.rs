//! The processor, its registers and its frames.

use super::{MACHINES, machine, space};
use crate::call::{Answer, Call, Export, Failure};
use crate::core::Core;
use crate::engine::{PAGE_SIZE, SLOTS};
use crate::mmu::USER_TOP;

const MAX_MEMORY: u64 = (4 << 30) - (64 << 10);
const MAX_BUDGET: u64 = (1 << 31) - 1;
const MAX_OFFSET: u64 = 511;
const STOPPED: u32 = 7;
const FPU_SIZE: Failure = Failure::Range("a Uint8Array of 512 bytes is needed");

pub const EXPORTS: &[Export] = &[
    Export { name: "pageOffset", function: page_offset },
    Export { name: "open", function: open },
    Export { name: "close", function: close },
    Export { name: "openTranslations", function: open_translations },
    Export { name: "saveTranslations", function: save_translations },
    Export { name: "blockCount", function: block_count },
    Export { name: "stopHandle", function: stop_handle },
    Export { name: "requestStop", function: request_stop },
    Export { name: "run", function: run },
    Export { name: "step", function: step },
    Export { name: "blockOffset", function: block_offset },
    Export { name: "setBlockOffset", function: set_block_offset },
    Export { name: "saveFpu", function: save_fpu },
    Export { name: "loadFpu", function: load_fpu },
    Export { name: "setBreakpoint", function: set_breakpoint },
    Export { name: "clearBreakpoint", function: clear_breakpoint },
    Export { name: "activate", function: activate },
    Export { name: "framesUsed", function: frames_used },
    Export { name: "allocateFrame", function: allocate_frame },
    Export { name: "retainFrame", function: retain_frame },
    Export { name: "releaseFrame", function: release_frame },
    Export { name: "frameReferences", function: frame_references },
    Export { name: "touchFrame", function: touch_frame },
];

/// (bytes): how far behind a page border of the host they begin.
fn page_offset(call: &Call) -> Answer {
    let bytes = call.view::<u8>(0)?;
    call.integer((bytes.as_ptr() as u64 % PAGE_SIZE) as i32)
}

/// (memory, registers): a machine's handle.
fn open(call: &Call) -> Answer {
    const WRONG: &str = "the memory must be page aligned and a multiple of 4096 bytes, at most 4 GiB - 64 KiB";
    let memory = call.view_mut::<u8>(0)?;
    let (base, size) = (memory.as_mut_ptr(), memory.len() as u64);
    let (slots, slots_length) = call.buffer(1)?;
    let fits = (2 * PAGE_SIZE..=MAX_MEMORY).contains(&size) && slots_length >= SLOTS * 8;
    if !fits || !size.is_multiple_of(PAGE_SIZE) || !(base as u64).is_multiple_of(PAGE_SIZE) {
        return Err(Failure::Range(WRONG));
    }
    let references = [call.reference(0), call.reference(1)];
    let core = unsafe { Core::new(references, base, size, slots.cast()) };
    let core = core.ok_or(Failure::Gone("there is no memory for a translator"))?;
    let handle = MACHINES.with_borrow_mut(|machines| {
        machines.push(Some(core));
        machines.len() - 1
    });
    call.integer(handle as i32)
}

fn close(call: &Call) -> Answer {
    let handle = call.handle(0);
    let core = MACHINES.with_borrow_mut(|machines| machines.get_mut(handle).and_then(Option::take));
    if let Some(core) = core {
        core.dispose();
        core.delete_references(call.env);
    }
    call.nothing()
}

/// (machine, path's bytes)
fn open_translations(call: &Call) -> Answer {
    machine(call)?.open_translations(call.view(1)?);
    call.nothing()
}

fn save_translations(call: &Call) -> Answer {
    call.truth(machine(call)?.save_translations())
}

/// (machine, of earlier runs)
fn block_count(call: &Call) -> Answer {
    let mut engine = machine(call)?.engine.get();
    let reused = call.flag(1);
    call.number(engine.state().map_or(0, |state| if reused { state.reused } else { state.translated }) as f64)
}

fn stop_handle(call: &Call) -> Answer {
    call.number(f64::from(machine(call)?.stop.handle))
}

/// (stop handle)
fn request_stop(call: &Call) -> Answer {
    crate::stop::request(call.handle(0) as u32);
    call.nothing()
}

/// (machine, budget)
fn run(call: &Call) -> Answer {
    let budget = call.whole(1, 0, MAX_BUDGET, "a budget is a whole number up to 2^31 - 1")?;
    enter(call, budget as u32, false)
}

fn step(call: &Call) -> Answer {
    enter(call, 1, true)
}

fn enter(call: &Call, budget: u32, single: bool) -> Answer {
    let core = machine(call)?;
    let reason = unsafe { core.engine.get().run(budget, single) };
    if reason == STOPPED {
        core.stop.clear();
    }
    call.integer(reason as i32)
}

fn block_offset(call: &Call) -> Answer {
    let mut engine = machine(call)?.engine.get();
    call.integer(engine.state().map_or(0, |state| state.offset as i32))
}

/// (machine, rip, offset)
fn set_block_offset(call: &Call) -> Answer {
    let mut engine = machine(call)?.engine.get();
    let rip = call.address(1)?;
    let offset = call.whole(2, 0, MAX_OFFSET, "an offset is a whole number from 0 to 511")?;
    if let Some(state) = engine.state() {
        state.offset_rip = rip;
        state.offset = offset as u32;
    }
    call.nothing()
}

fn save_fpu(call: &Call) -> Answer {
    let engine = machine(call)?.engine.get();
    engine.save_fpu(call.view_mut(1)?.first_chunk_mut().ok_or(FPU_SIZE)?);
    call.nothing()
}

fn load_fpu(call: &Call) -> Answer {
    let engine = machine(call)?.engine.get();
    engine.load_fpu(call.view(1)?.first_chunk().ok_or(FPU_SIZE)?);
    call.nothing()
}

/// (machine, address)
fn set_breakpoint(call: &Call) -> Answer {
    let core = machine(call)?;
    let address = call.whole(1, 0, USER_TOP - 1, "a breakpoint is at a user address")?;
    core.change_breakpoints(|list| match list.binary_search(&address) {
        Ok(_) => false,
        Err(at) => {
            list.insert(at, address);
            true
        }
    });
    call.nothing()
}

/// (machine, address)
fn clear_breakpoint(call: &Call) -> Answer {
    let core = machine(call)?;
    let address = call.whole(1, 0, USER_TOP - 1, "a breakpoint is at a user address")?;
    core.change_breakpoints(|list| list.binary_search(&address).map(|at| list.remove(at)).is_ok());
    call.nothing()
}

/// (machine, space)
fn activate(call: &Call) -> Answer {
    let core = machine(call)?;
    let space = space(call, &core)?;
    core.activate(space);
    call.nothing()
}

fn frames_used(call: &Call) -> Answer {
    call.integer(machine(call)?.frames.borrow().in_use() as i32)
}

fn allocate_frame(call: &Call) -> Answer {
    let frame = machine(call)?.frames.borrow_mut().allocate();
    call.integer(frame.map_or(-1, |frame| frame as i32))
}

/// (machine, frame), the frame being in use.
fn live_frame(call: &Call, core: &Core) -> Result<u32, Failure> {
    const WRONG: &str = "the frame is not in use";
    let frames = core.frames.borrow();
    let frame = call.whole(1, 0, u64::from(frames.total()) - 1, WRONG)? as u32;
    if frames.is_live(frame) { Ok(frame) } else { Err(Failure::Range(WRONG)) }
}

fn retain_frame(call: &Call) -> Answer {
    let core = machine(call)?;
    let frame = live_frame(call, &core)?;
    if !core.frames.borrow_mut().retain(frame) {
        return Err(Failure::Range("the frame has too many references"));
    }
    call.nothing()
}

fn release_frame(call: &Call) -> Answer {
    let core = machine(call)?;
    let frame = live_frame(call, &core)?;
    core.frames.borrow_mut().release(frame);
    call.nothing()
}

fn frame_references(call: &Call) -> Answer {
    let core = machine(call)?;
    let frames = core.frames.borrow();
    let frame = call.whole(1, 0, u64::from(frames.total()) - 1, "there is no such frame")?;
    call.number(f64::from(frames.references(frame as u32)))
}

fn touch_frame(call: &Call) -> Answer {
    let core = machine(call)?;
    let frame = live_frame(call, &core)?;
    core.frames.borrow_mut().drop_code(frame);
    call.nothing()
}
