//! Runs cmake and ninja, and tells cargo what to link.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

const OPTIONS: [&str; 9] = [
    "-G",
    "Ninja",
    "-DCMAKE_BUILD_TYPE=Release",
    "-DCMAKE_C_VISIBILITY_PRESET=hidden",
    "-DBUILD_SHARED_LIBS=OFF",
    "-DUNICORN_ARCH=x86",
    "-DUNICORN_BUILD_TESTS=OFF",
    "-DUNICORN_INSTALL=OFF",
    "-DUNICORN_LEGACY_STATIC_ARCHIVE=OFF",
];

/// Builds the static archives; returns them.
pub fn build(source: &Path, build: &Path) -> Vec<PathBuf> {
    let stamp = build.join("configured-with");
    let options = OPTIONS.join("\n");
    if fs::read_to_string(&stamp).ok().as_deref() != Some(&options) {
        let _ = fs::remove_dir_all(build);
        fs::create_dir_all(build).unwrap_or_else(|error| panic!("{}: {error}", build.display()));
        run(Command::new("cmake").arg("-S").arg(source).arg("-B").arg(build).args(OPTIONS));
        fs::write(&stamp, options).unwrap_or_else(|error| panic!("{}: {error}", stamp.display()));
    }
    let mut ninja = Command::new("ninja");
    ninja.arg("-C").arg(build);
    if let Some(jobs) = env::var_os("NUM_JOBS") {
        ninja.arg("-j").arg(jobs);
    }
    run(ninja.args(["unicorn", "x86_64-softmmu", "unicorn-common"]));
    ["unicorn", "x86_64-softmmu", "unicorn-common"].map(|name| archive(build, name)).to_vec()
}

/// Differs for each translator: code that another one has made is of no use.
pub fn digest(archives: &[PathBuf]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in archives {
        fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).hash(&mut hasher);
    }
    hasher.finish()
}

fn archive(build: &Path, name: &str) -> PathBuf {
    let candidates = [format!("lib{name}.a"), format!("{name}.lib")].map(|file| build.join(file));
    let found = candidates.iter().find(|path| path.exists());
    found.cloned().unwrap_or_else(|| panic!("no archive of {name} in {}", build.display()))
}

fn run(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error} (cmake, ninja and a C compiler are needed)"));
    assert!(status.success(), "{command:?}: {status}");
}

pub fn link(archives: &[PathBuf]) {
    let folder = archives[0].parent().expect("an archive is in a folder");
    println!("cargo:rustc-link-search=native={}", folder.display());
    for name in ["unicorn", "x86_64-softmmu", "unicorn-common"] {
        println!("cargo:rustc-link-lib=static={name}");
    }
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "unix") {
        println!("cargo:rustc-link-lib=pthread");
        println!("cargo:rustc-link-lib=m");
    }
}
