//! Finds Unicorn's sources and makes a patched copy of the part that is built.

use super::edits;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CRATE: &str = "unicorn-engine-sys";

/// The folder of the crate that Cargo.lock pins; `UNICORN_SOURCE` overrides it.
pub fn find(package: &Path) -> PathBuf {
    if let Some(path) = env::var_os("UNICORN_SOURCE") {
        return path.into();
    }
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--all-features", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    let metadata = String::from_utf8(output.stdout).expect("cargo metadata writes UTF-8");
    manifest_paths(&metadata)
        .filter_map(|manifest| manifest.parent().map(Path::to_path_buf))
        .find(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(CRATE)))
        .unwrap_or_else(|| panic!("cargo metadata does not name {CRATE}"))
}

fn manifest_paths(metadata: &str) -> impl Iterator<Item = PathBuf> {
    const KEY: &str = "\"manifest_path\":\"";
    metadata.split(KEY).skip(1).filter_map(|rest| {
        let end = rest.find('"')?;
        Some(PathBuf::from(rest[..end].replace("\\\\", "\\")))
    })
}

/// Copies what an x86 build reads, edited. Files that are the same already keep their time stamp, so that ninja has nothing to do.
pub fn prepare(source: &Path, patched: &Path) {
    let mut edits: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (file, anchor, replacement) in edits::all() {
        edits.entry(file).or_default().push((anchor, replacement));
    }
    copy(source, source, patched, &mut edits);
    assert!(edits.is_empty(), "files to edit that are not in {}: {:?}", source.display(), edits.keys());
}

fn copy(root: &Path, from: &Path, patched: &Path, edits: &mut BTreeMap<&str, Vec<(&str, &str)>>) {
    let entries = fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    for entry in entries {
        let path = entry.expect("a folder of the crate can be read").path();
        let relative = path.strip_prefix(root).expect("it is inside").to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            if is_needed(&relative) {
                copy(root, &path, patched, edits);
            }
            continue;
        }
        if is_of_other_target(&relative) && !relative.ends_with("/unicorn.h") {
            continue;
        }
        let mut text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for (anchor, replacement) in edits.remove(relative.as_str()).unwrap_or_default() {
            text = replace_once(&relative, &text, anchor, replacement);
        }
        write_if_changed(&patched.join(&relative), &text);
    }
}

fn is_needed(folder: &str) -> bool {
    !["bindings", ".github", "docs", "tests", "samples"].contains(&folder)
}

/// Other guests' translators stay where they are, but for the header that uc.c includes.
fn is_of_other_target(file: &str) -> bool {
    file.strip_prefix("qemu/target/").is_some_and(|rest| !rest.starts_with("i386/"))
}

fn replace_once(file: &str, text: &[u8], anchor: &str, replacement: &str) -> Vec<u8> {
    let text = std::str::from_utf8(text).unwrap_or_else(|_| panic!("{file} is not UTF-8"));
    let found = text.matches(anchor).count();
    assert!(found == 1, "{file}: expected once, found {found} times:\n{anchor}\nIs this another version of Unicorn?");
    text.replacen(anchor, replacement, 1).into_bytes()
}

pub fn write_if_changed(path: &Path, text: &[u8]) {
    if fs::read(path).is_ok_and(|old| old == text) {
        return;
    }
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).and_then(|()| fs::write(path, text)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
