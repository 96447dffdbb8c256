//! Translated blocks of earlier runs, in a file. native/ue_cache.inc.c says when one is used; here is what makes the file fit to be trusted:
//! it and its folder belong to the user alone, it was made by this very build of the translator for this kind of processor, and its
//! checksums are right. Whatever is not so is as if there were no file.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::SystemTime;

use crate::cpuid;
use crate::engine::{CHUNK, CachedBlocks, Engine, PAGE_SIZE, Record};

const MAGIC: u64 = u64::from_le_bytes(*b"ilcode02");
const HEADER: usize = 8;
/// A hash of the translator's machine code, from build.rs.
const BUILD: &str = env!("TRANSLATOR_BUILD");
/// All files in the folder, in bytes: the least recently used go.
const FOLDER_LIMIT: u64 = 512 << 20;
/// Fewer new blocks than this, and than a sixteenth of all, are not worth writing the file anew.
const LEAST_NEW: usize = 64;
/// So many blocks at one address with the same instructions are kept: they are in use in different pages at the same time.
const MOST_ALIKE: usize = 4;
const NO_JUMP: u16 = 0xffff;

/// What a machine has of the file, and where the next one goes.
pub struct Translations {
    path: PathBuf,
    read: Option<Source>,
}

/// A file that was there, with what the engine knows of its blocks.
struct Source {
    file: File,
    blocks: Blocks,
    used: Vec<u8>,
    chunks: Vec<u8>,
}

#[derive(Default)]
struct Blocks {
    records: Vec<Record>,
    heads: Vec<u32>,
    /// Of the chunks of the code.
    sums: Vec<u64>,
    slots: u32,
    code_length: usize,
}

impl Translations {
    /// Takes what the file has; the engine must not have run. The pointers that the engine keeps are valid as long as the answer is.
    pub fn open(path: &[u8], engine: &mut Engine) -> Translations {
        let path = PathBuf::from(OsStr::from_bytes(path));
        let mut read = load(&path, *engine);
        if let Some(Source { blocks, used, chunks, .. }) = &mut read {
            engine.adopt_blocks(&CachedBlocks {
                records: blocks.records.as_ptr(),
                heads: blocks.heads.as_ptr(),
                used: used.as_mut_ptr(),
                chunks: chunks.as_mut_ptr(),
                count: blocks.records.len() as u32,
                head_mask: blocks.heads.len() as u32 - 1,
                code_end: engine.first_code() + blocks.code_length as u32,
                slots: blocks.slots,
            });
        }
        if let Some(state) = engine.state() {
            state.keeps = 1;
        }
        Translations { path, read }
    }

    /// Brings a part of the code to its place; whether it is what was written.
    pub fn read_chunk(&self, chunk: usize, engine: Engine) -> bool {
        let Some(Source { file, blocks, .. }) = &self.read else { return false };
        let at = chunk * CHUNK;
        let length = CHUNK.min(blocks.code_length - at);
        let code = unsafe { std::slice::from_raw_parts_mut(engine.code_room().0.add(at), length) };
        file.read_exact_at(code, blocks.code_offset() + at as u64).is_ok() && Checksum::of(code) == blocks.sums[chunk]
    }

    /// Writes the file anew if enough has been translated that was not in it; whether it was written.
    pub fn save(&self, engine: Engine) -> bool {
        let new = engine.new_blocks();
        let old: &[Record] = self.read.as_ref().map_or(&[], |source| &source.blocks.records);
        if new.len() < LEAST_NEW.max(old.len() / 16) {
            return false;
        }
        let whole: Vec<&Record> = old.iter().filter(|record| engine.has_block(record)).collect();
        let blocks = gather(&whole, &new, engine);
        if blocks.records.len() <= whole.len() {
            // Full: if this run had little use for it, the next one begins anew.
            let used = self.read.iter().flat_map(|source| &source.used).filter(|&&used| used != 0).count();
            return used < whole.len() / 2 && fs::remove_file(&self.path).is_ok();
        }
        write(&self.path, &blocks, engine).is_ok()
    }
}

impl Blocks {
    fn code_offset(&self) -> u64 {
        (HEADER * 8 + size_of_val(&*self.heads) + size_of_val(&*self.records) + size_of_val(&*self.sums)) as u64
    }
}

fn identity(engine: Engine) -> u64 {
    let mut sum = Checksum::new();
    sum.add(BUILD.as_bytes());
    let features = cpuid::FEATURES;
    let words = [features.leaf1_edx, features.leaf1_ecx, features.leaf7_ebx, features.ext1_edx, features.ext1_ecx];
    words.iter().for_each(|word| sum.add(&word.to_le_bytes()));
    sum.add(&engine.code_identity().to_le_bytes());
    sum.add(&engine.first_code().to_le_bytes());
    sum.finish()
}

fn is_private(metadata: &fs::Metadata, mask: u32) -> bool {
    metadata.uid() == unsafe { libc::geteuid() } && metadata.mode() & mask == 0
}

fn is_trusted_folder(folder: &Path) -> bool {
    fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.is_dir() && is_private(&metadata, 0o022))
}

fn load(path: &Path, engine: Engine) -> Option<Source> {
    if !is_trusted_folder(path.parent()?) {
        return None;
    }
    let mut file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || !is_private(&metadata, 0o077) {
        return None;
    }
    let mut header = [0u64; HEADER];
    file.read_exact(bytes_mut(&mut header)).ok()?;
    let [magic, made_for, count, heads, slots, code_length, _, sum] = header;
    let longest = metadata.len();
    let fits =
        count > 0 && count <= longest && heads.is_power_of_two() && heads <= longest && code_length <= engine.code_room().1 as u64;
    if magic != MAGIC || made_for != identity(engine) || !fits {
        return None;
    }
    let mut blocks = Blocks {
        records: vec![Record::default(); count as usize],
        heads: vec![0; heads as usize],
        sums: vec![0; (code_length as usize).div_ceil(CHUNK)],
        slots: u32::try_from(slots).ok()?,
        code_length: code_length as usize,
    };
    if blocks.code_offset() + code_length != longest {
        return None;
    }
    let mut checksum = Checksum::new();
    checksum.add(bytes(&header[..HEADER - 1]));
    for part in [bytes_mut(&mut blocks.heads), bytes_mut(&mut blocks.records), bytes_mut(&mut blocks.sums)] {
        file.read_exact(part).ok()?;
        checksum.add(part);
    }
    if checksum.finish() != sum || !is_sound(&blocks, engine.first_code()) {
        return None;
    }
    // What was used last stays longest.
    let _ = file.set_modified(SystemTime::now());
    Some(Source { file, used: vec![0; blocks.records.len()], chunks: vec![0; blocks.sums.len()], blocks })
}

/// Nothing leads out of the file, whatever its checksum says.
fn is_sound(blocks: &Blocks, first_code: u32) -> bool {
    let count = blocks.records.len() as u32;
    let end = u64::from(first_code) + blocks.code_length as u64;
    let mut last = u64::from(first_code);
    let sound = blocks.records.iter().zip(0u32..).all(|(record, index)| {
        let begins = u64::from(record.code);
        let follows = begins >= last && record.end() <= end;
        last = record.end();
        let jumps = (0..2).all(|n| {
            let (reset, jump) = (record.jump_reset[n], record.jump[n]);
            reset == NO_JUMP || (reset <= record.code_size && jump >= 7 && u32::from(jump) + 4 <= u32::from(record.code_size))
        });
        let within_page = record.pc % PAGE_SIZE + u64::from(record.size) <= PAGE_SIZE;
        follows && jumps && within_page && record.size > 0 && record.slot < blocks.slots && record.next <= index
    });
    sound && blocks.slots < 1 << 22 && blocks.heads.iter().all(|&head| head <= count)
}

/// The blocks that there is room for, with their chains.
fn gather(old: &[&Record], new: &[Record], engine: Engine) -> Blocks {
    let (first, room) = (u64::from(engine.first_code()), engine.code_room().1);
    let count = old.len() + new.len();
    let heads = count.next_power_of_two().max(2);
    let mut blocks = Blocks { heads: vec![0; heads], ..Blocks::default() };
    let mut instructions: Vec<&[u8]> = Vec::with_capacity(count);
    for record in old.iter().copied().chain(new) {
        if record.end() - first > room as u64 {
            break;
        }
        let bytes = engine.instructions(record);
        let head = Record::hash(record.pc) as usize & (heads - 1);
        let mut alike = 0;
        let mut next = blocks.heads[head];
        while next != 0 {
            let other = &blocks.records[next as usize - 1];
            alike += usize::from(other.pc == record.pc && instructions[next as usize - 1] == bytes);
            next = other.next;
        }
        if alike < MOST_ALIKE {
            blocks.records.push(Record { next: blocks.heads[head], ..*record });
            instructions.push(bytes);
            blocks.heads[head] = blocks.records.len() as u32;
            blocks.slots = blocks.slots.max(record.slot + 1);
            blocks.code_length = (record.end() - first) as usize;
        }
    }
    blocks
}

/// To another name first: whoever reads finds the old file or the new one, whole.
fn write(path: &Path, blocks: &Blocks, engine: Engine) -> io::Result<()> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    // ~/.cache/interlinear/translations, but not the home of a user who has none.
    if !folder.ancestors().nth(3).is_some_and(Path::is_dir) {
        return Err(io::ErrorKind::NotFound.into());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if !is_trusted_folder(folder) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut code = vec![0; blocks.code_length];
    blocks.records.iter().for_each(|record| engine.copy_block(record, &mut code));
    let sums: Vec<u64> = code.chunks(CHUNK).map(Checksum::of).collect();
    let lengths = [blocks.records.len() as u64, blocks.heads.len() as u64, u64::from(blocks.slots), blocks.code_length as u64];
    let mut header = [MAGIC, identity(engine), lengths[0], lengths[1], lengths[2], lengths[3], 0, 0];
    let parts = [bytes(&blocks.heads), bytes(&blocks.records), bytes(&sums)];
    let mut checksum = Checksum::new();
    checksum.add(bytes(&header[..HEADER - 1]));
    parts.iter().for_each(|part| checksum.add(part));
    header[HEADER - 1] = checksum.finish();

    let name = format!(".{}-{}.new", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let temporary = folder.join(name);
    let _ = fs::remove_file(&temporary); // of a process that died with this number
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    let written = (|| {
        file.write_all(bytes(&header))?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.write_all(&code)?;
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written?;
    make_room(folder)
}

/// Removes what was not used for longest until the folder is within its limit.
fn make_room(folder: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)?.flatten() {
        if let Ok(metadata) = entry.metadata()
            && metadata.is_file()
        {
            files.push((metadata.modified()?, metadata.len(), entry.path()));
        }
    }
    files.sort();
    let mut total: u64 = files.iter().map(|file| file.1).sum();
    for (_, length, path) in files {
        if total <= FOLDER_LIMIT {
            break;
        }
        fs::remove_file(path)?;
        total -= length;
    }
    Ok(())
}

/// Finds what went wrong on a disk, fast; nobody's malice.
struct Checksum([u64; 4]);

impl Checksum {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

    fn new() -> Checksum {
        Checksum([1, 2, 3, 4])
    }

    fn of(bytes: &[u8]) -> u64 {
        let mut sum = Checksum::new();
        sum.add(bytes);
        sum.finish()
    }

    fn add(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(32);
        for chunk in &mut chunks {
            for (lane, word) in self.0.iter_mut().zip(chunk.as_chunks::<8>().0) {
                *lane = (*lane ^ u64::from_le_bytes(*word)).wrapping_mul(Checksum::STEP).rotate_left(29);
            }
        }
        for (index, byte) in chunks.remainder().iter().enumerate() {
            self.0[index % 4] = (self.0[index % 4] ^ u64::from(*byte)).wrapping_mul(Checksum::STEP).rotate_left(29);
        }
        self.0[0] ^= bytes.len() as u64;
    }

    fn finish(self) -> u64 {
        self.0.iter().fold(0, |sum, lane| (sum ^ lane).wrapping_mul(Checksum::STEP).rotate_left(31))
    }
}

/// Numbers of which every pattern of bits is one.
trait Plain: Copy {}
impl Plain for u32 {}
impl Plain for u64 {}
impl Plain for Record {}

fn bytes<T: Plain>(values: &[T]) -> &[u8] {
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

fn bytes_mut<T: Plain>(values: &mut [T]) -> &mut [u8] {
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), size_of_val(values)) }
}
