//! Address spaces: (machine, space, …).

use super::{machine, space};
use crate::call::{Answer, Call, Export, Failure, whole_pages};
use crate::core::{Core, SharedSpace};
use crate::engine::PAGE_SIZE;
use crate::mmu::{Access, Protection, Refusal, Space};

const NOT_ALLOWED: f64 = -1.0;
const NEEDS_PAGER: f64 = -2.0;
const NO_FRAME: f64 = -3.0;

pub const EXPORTS: &[Export] = &[
    Export { name: "createSpace", function: create },
    Export { name: "disposeSpace", function: dispose },
    Export { name: "fork", function: fork },
    Export { name: "map", function: map },
    Export { name: "unmap", function: unmap },
    Export { name: "protect", function: protect },
    Export { name: "move", function: relocate },
    Export { name: "provide", function: provide },
    Export { name: "provideMissing", function: provide_missing },
    Export { name: "discard", function: discard },
    Export { name: "frameAt", function: frame_at },
    Export { name: "pageStates", function: page_states },
    Export { name: "translate", function: translate },
    Export { name: "runs", function: runs },
    Export { name: "read", function: read },
    Export { name: "write", function: write },
    Export { name: "stringLength", function: string_length },
    Export { name: "lastFault", function: last_fault },
    Export { name: "residentPages", function: resident_pages },
];

fn both(call: &Call) -> Result<(std::rc::Rc<Core>, SharedSpace), Failure> {
    let core = machine(call)?;
    let space = space(call, &core)?;
    Ok((core, space))
}

fn code(refusal: Refusal) -> f64 {
    match refusal {
        Refusal::Denied { .. } => NOT_ALLOWED,
        Refusal::Absent => NEEDS_PAGER,
        Refusal::NoFrame => NO_FRAME,
    }
}

fn protection(call: &Call, index: usize) -> Result<Protection, Failure> {
    Ok(Protection(call.whole(index, 0, 7, "a protection is a mask from 0 to 7")? as u8))
}

fn access(call: &Call, index: usize) -> Result<Access, Failure> {
    Ok(match call.whole(index, 0, 2, "an access is 0, 1 or 2")? {
        0 => Access::Read,
        1 => Access::Write,
        _ => Access::Execute,
    })
}

fn create(call: &Call) -> Answer {
    let core = machine(call)?;
    let handle = core.add_space(Space::new(core.frames.clone()));
    call.integer(handle as i32)
}

/// Frees the pages now, even while the space is active: what runs in it faults.
fn dispose(call: &Call) -> Answer {
    let (core, space) = both(call)?;
    space.borrow_mut().clear();
    core.remove_space(call.handle(1));
    call.nothing()
}

fn fork(call: &Call) -> Answer {
    let (core, space) = both(call)?;
    let child = space.borrow_mut().fork();
    call.integer(core.add_space(child) as i32)
}

/// (…, address, length, prot, backing, shared)
fn map(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    let (start, end) = call.pages(2)?;
    let protection = protection(call, 4)?;
    let backing = call.whole(5, 0, 1, "a backing is ZERO or PAGER")?;
    space.borrow_mut().map(start, end, protection, backing == 1, call.flag(6));
    call.nothing()
}

/// (…, address, length)
fn unmap(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    let (start, end) = call.pages(2)?;
    space.borrow_mut().unmap(start, end);
    call.nothing()
}

/// (…, address, length, prot)
fn protect(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    let (start, end) = call.pages(2)?;
    let complete = space.borrow_mut().protect(start, end, protection(call, 4)?);
    call.truth(complete)
}

/// (…, from, to, length)
fn relocate(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    let length = call.length(4)?;
    let (start, end) = whole_pages(call.address(2)?, length)?;
    let (target, target_end) = whole_pages(call.address(3)?, length)?;
    let mut space = space.borrow_mut();
    if !space.is_mapped(start, end) || !space.is_free(target, target_end) {
        return Err(Failure::Range("the source must be mapped and the destination free"));
    }
    space.relocate(start, target, length);
    call.nothing()
}

/// (…, address, frames, copyOnWrite, readOnly)
fn provide(call: &Call) -> Answer {
    let frames = call.view::<u32>(3)?;
    let (space, start) = receiver(call, call.address(2)?, frames, false)?;
    space.borrow_mut().provide(start, frames, call.flag(4), call.flag(5));
    call.nothing()
}

/// (…, address, frames, copyOnWrite, readOnly): a zero is no frame, and may lie outside what is mapped before the first frame and behind the last.
fn provide_missing(call: &Call) -> Answer {
    let frames = call.view::<u32>(3)?;
    let Some(first) = frames.iter().position(|&frame| frame != 0) else { return call.nothing() };
    let last = frames.iter().rposition(|&frame| frame != 0).unwrap_or(first);
    let frames = &frames[first..=last];
    let (space, start) = receiver(call, call.address(2)? + first as u64 * PAGE_SIZE, frames, true)?;
    space.borrow_mut().provide_missing(start, frames, call.flag(4), call.flag(5));
    call.nothing()
}

/// The address space that frames are for, and where. All are in use, but zeros with `gaps`; the whole range is mapped.
fn receiver(call: &Call, address: u64, frames: &[u32], gaps: bool) -> Result<(SharedSpace, u64), Failure> {
    let (core, space) = both(call)?;
    let (start, end) = whole_pages(address, frames.len() as u64 * PAGE_SIZE)?;
    if !frames.iter().all(|&frame| (gaps && frame == 0) || core.frames.borrow().is_live(frame)) {
        return Err(Failure::Range("a frame is not in use"));
    }
    if !space.borrow().is_mapped(start, end) {
        return Err(Failure::Range("the range is not mapped"));
    }
    Ok((space, start))
}

/// (…, address, length)
fn discard(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    let (start, end) = call.pages(2)?;
    space.borrow_mut().discard(start, end);
    call.nothing()
}

/// (…, address)
fn frame_at(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    let page = space.borrow().page(call.address(2)?);
    call.integer(if page.is_present() { page.frame() as i32 } else { -1 })
}

/// (…, address, length, into, clear)
fn page_states(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    let (start, end) = call.pages(2)?;
    let into = call.view_mut::<u8>(4)?;
    if (into.len() as u64) < (end - start) / PAGE_SIZE {
        return Err(Failure::Range("one byte a page is needed"));
    }
    space.borrow_mut().page_states(start, end, into, call.flag(5));
    call.nothing()
}

/// (…, address, access)
fn translate(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    let (address, access) = (call.address(2)?, access(call, 3)?);
    let resolved = space.borrow_mut().resolve_for_kernel(address, access);
    call.number(match resolved {
        Ok(frame) => (u64::from(frame) * PAGE_SIZE + address % PAGE_SIZE) as f64,
        Err(refusal) => code(refusal),
    })
}

/// (…, address, length, access, into)
fn runs(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    let (mut at, length, access) = (call.address(2)?, call.length(3)?, access(call, 4)?);
    let into = call.view_mut::<f64>(5)?;
    let end = at + length;
    let mut space = space.borrow_mut();
    let mut used = 0;
    let mut next = None;
    while at < end {
        let room = used + 2 <= into.len();
        let Ok(frame) = space.resolve_for_kernel(at, access) else { break };
        let bytes = (PAGE_SIZE - at % PAGE_SIZE).min(end - at);
        let offset = u64::from(frame) * PAGE_SIZE + at % PAGE_SIZE;
        if next == Some(offset) {
            into[used - 1] += bytes as f64;
        } else if room {
            into[used] = offset as f64;
            into[used + 1] = bytes as f64;
            used += 2;
        } else {
            break;
        }
        next = Some(offset + bytes);
        at += bytes;
    }
    call.integer((used / 2) as i32)
}

/// (…, address, into, at, length)
fn read(call: &Call) -> Answer {
    copy(call, Access::Read)
}

/// (…, address, from, at, length)
fn write(call: &Call) -> Answer {
    copy(call, Access::Write)
}

/// Copies between the guest's memory and an array up to the first page that cannot be had: how many bytes.
fn copy(call: &Call, access: Access) -> Answer {
    const OUTSIDE: Failure = Failure::Range("the bytes must lie within the array");
    let (core, space) = both(call)?;
    let start = call.address(2)?;
    let bytes = call.view_mut::<u8>(3)?;
    let (at, length) = (call.length(4)? as usize, call.length(5)? as usize);
    let part = at.checked_add(length).and_then(|end| bytes.get_mut(at..end)).ok_or(OUTSIDE)?;
    let mut space = space.borrow_mut();
    let mut done = 0;
    while done < length {
        let address = start + done as u64;
        let Ok(frame) = space.resolve_for_kernel(address, access) else { break };
        let offset = (address % PAGE_SIZE) as usize;
        let count = (PAGE_SIZE as usize - offset).min(length - done);
        // The array may be a view of the machine's memory itself, so the two may overlap.
        unsafe {
            let (guest, host) = (core.frames.borrow().pointer(frame).add(offset), part.as_mut_ptr().add(done));
            match access {
                Access::Write => std::ptr::copy(host, guest, count),
                _ => std::ptr::copy(guest, host, count),
            }
        }
        done += count;
    }
    call.number(done as f64)
}

/// (…, address, max)
fn string_length(call: &Call) -> Answer {
    let (core, space) = both(call)?;
    let (start, max) = (call.address(2)?, call.length(3)?);
    let mut space = space.borrow_mut();
    let mut length = 0;
    while length < max {
        let at = start + length;
        let frame = match space.resolve_for_kernel(at, Access::Read) {
            Ok(frame) => frame,
            Err(refusal) => {
                space.last_fault = at;
                return call.number(code(refusal));
            }
        };
        let offset = (at % PAGE_SIZE) as usize;
        let bytes = (PAGE_SIZE as usize - offset).min((max - length) as usize);
        let text = unsafe { std::slice::from_raw_parts(core.frames.borrow().pointer(frame).add(offset), bytes) };
        if let Some(zero) = text.iter().position(|&byte| byte == 0) {
            return call.number((length + zero as u64) as f64);
        }
        length += bytes as u64;
    }
    call.number(max as f64)
}

fn last_fault(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    call.number(space.borrow().last_fault as f64)
}

fn resident_pages(call: &Call) -> Answer {
    let (_, space) = both(call)?;
    call.number(space.borrow().resident() as f64)
}
